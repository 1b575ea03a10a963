// swift-tools-version: 6.2
import PackageDescription

/// What our own targets are built with: Swift 6 mode, warnings as errors, the upcoming features that make imports
/// and existentials say what they mean.
let strict: [SwiftSetting] =
    ["ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault"].map { .enableUpcomingFeature($0) }
    + [.treatAllWarnings(as: .error)]

/// Targets that touch C also mark every unsafe expression.
let strictC: [SwiftSetting] = strict + [.strictMemorySafety()]

extension Target.Dependency {
    static let hummingbird = Self.product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = Self.product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdHTTP2 = Self.product(name: "HummingbirdHTTP2", package: "hummingbird")
    static let hummingbirdTesting = Self.product(name: "HummingbirdTesting", package: "hummingbird")
    static let httpTypes = Self.product(name: "HTTPTypes", package: "swift-http-types")
    static let nioCore = Self.product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded = Self.product(name: "NIOEmbedded", package: "swift-nio")
    static let nioFoundationCompat = Self.product(name: "NIOFoundationCompat", package: "swift-nio")
    static let nioHTTP1 = Self.product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPTypes = Self.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioHTTPTypesHTTP1 = Self.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
    static let nioPosix = Self.product(name: "NIOPosix", package: "swift-nio")
    static let nioTLS = Self.product(name: "NIOTLS", package: "swift-nio")
    static let nioSSL = Self.product(name: "NIOSSL", package: "swift-nio-ssl")
    static let asyncHTTPClient = Self.product(name: "AsyncHTTPClient", package: "async-http-client")
    static let argumentParser = Self.product(name: "ArgumentParser", package: "swift-argument-parser")
    static let configuration = Self.product(name: "Configuration", package: "swift-configuration")
    static let collections = Self.product(name: "Collections", package: "swift-collections")
    static let asyncAlgorithms = Self.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
    static let crypto = Self.product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras = Self.product(name: "CryptoExtras", package: "swift-crypto")
    static let logging = Self.product(name: "Logging", package: "swift-log")
    static let metrics = Self.product(name: "Metrics", package: "swift-metrics")
    static let mustache = Self.product(name: "Mustache", package: "swift-mustache")
    static let protobuf = Self.product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let serviceLifecycle = Self.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let systemPackage = Self.product(name: "SystemPackage", package: "swift-system")
    static let tracing = Self.product(name: "Tracing", package: "swift-distributed-tracing")
    static let unixSignals = Self.product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let subprocess = Self.product(name: "Subprocess", package: "swift-subprocess")
}

let package = Package(
    name: "holdfast",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "HoldfastClient", targets: ["HoldfastClient"]),
        .executable(name: "holdfast", targets: ["holdfast"]),
        .executable(name: "replay", targets: ["replay"]),
        .executable(name: "loadgen", targets: ["loadgen"]),
        .executable(name: "baseline", targets: ["baseline"]),
        .executable(name: "logbench", targets: ["logbench"]),
        .executable(name: "simulate", targets: ["simulate"]),
        .executable(name: "bot-crowd", targets: ["bot-crowd"]),
        .executable(name: "payments-simulator", targets: ["payments-simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration", exact: "1.4.0",
            traits: [.defaults, "CommandLineArguments"]),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-async-algorithms", exact: "1.1.4"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", exact: "1.7.3"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        // How values are written as text: JSON, times, hexadecimal, base 64.
        .target(name: "Text", path: "Sources/Core/Text", swiftSettings: strict),
        // The decisions: pure, no IO.
        .target(
            name: "Domain", dependencies: ["Text", .collections, .crypto], path: "Sources/Core/Domain",
            swiftSettings: strict),
        // The log as everybody sees it, and the in-memory one.
        .target(
            name: "EventLog", dependencies: ["Domain", "Text", .collections, .crypto], path: "Sources/Core/EventLog",
            swiftSettings: strict),
        // The log's public contract: generated protobuf and the codecs.
        .target(
            name: "Contract", dependencies: ["Domain", "EventLog", .protobuf], path: "Sources/Core/Contract",
            swiftSettings: strict),
        // The log's events as others are told of them.
        .target(
            name: "Feed", dependencies: ["Domain", "EventLog", "Text", .crypto], path: "Sources/Core/Feed",
            swiftSettings: strict),
        // Webhooks, as far as they are rules.
        .target(
            name: "Webhooks", dependencies: ["Domain", "EventLog", "Text", .crypto], path: "Sources/Core/Webhooks",
            swiftSettings: strict),
        // Accounts and sessions, as far as they are rules: no IO but one list of its own.
        .target(
            name: "Accounts", dependencies: ["Domain", "Text", .crypto, .cryptoExtras], path: "Sources/Core/Accounts",
            resources: [.copy("common-passwords.txt")], swiftSettings: strict),
        // How the program logs: lines of JSON, and levels that change while it runs.
        .target(name: "Logs", dependencies: ["Text", .logging], path: "Sources/Core/Logs", swiftSettings: strict),
        // Spans and their places in traces, and which requests are traced.
        .target(
            name: "Traces", dependencies: [.collections, .metrics, .tracing], path: "Sources/Core/Traces",
            swiftSettings: strict),
        // What a machine, a database and a node should be like.
        .target(name: "Diagnosis", path: "Sources/Core/Diagnosis", swiftSettings: strict),
        // Threads that wait by blocking.
        .target(
            name: "Threads", dependencies: [.collections], path: "Sources/Core/Threads", swiftSettings: strictC),
        // How a process's threads share memory.
        .systemLibrary(name: "CMalloc", path: "Sources/C/CMalloc"),
        .target(
            name: "Allocation", dependencies: ["CMalloc"], path: "Sources/Core/Allocation", swiftSettings: strictC),
        // Where tests may kill a process.
        .target(name: "Failpoints", path: "Sources/Core/Failpoints", swiftSettings: strict),
        // Mails as they are sent (RFC 5322).
        .target(
            name: "MailMessages", dependencies: ["Accounts", "Domain", "Text"], path: "Sources/Core/MailMessages",
            swiftSettings: strict),
        // Whom the log's events are told to by mail, and in which words.
        .target(
            name: "Notices", dependencies: ["Domain", "EventLog", "Text", .crypto, .mustache],
            path: "Sources/Core/Notices", resources: [.copy("Templates")], swiftSettings: strict),
        // How mail leaves.
        .systemLibrary(name: "CCurl", path: "Sources/C/CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(
            name: "MailDelivery",
            dependencies: ["Accounts", "CCurl", "Domain", "Threads", .subprocess, .systemPackage],
            path: "Sources/Wire/MailDelivery", swiftSettings: strictC),
        // PostgreSQL.
        .systemLibrary(
            name: "CPostgres", path: "Sources/C/CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "Postgres", dependencies: ["CPostgres", "Threads", .logging, .metrics],
            path: "Sources/Store/Postgres",
            swiftSettings: strictC),
        .target(
            name: "PostgresEventLog", dependencies: ["Domain", "EventLog", "Postgres", .logging],
            path: "Sources/Store/PostgresEventLog", swiftSettings: strict),
        // ZeroMQ.
        .systemLibrary(name: "CZeroMQ", path: "Sources/C/CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .target(
            name: "Fanout",
            dependencies: ["EventLog", "Contract", "Threads", "CZeroMQ", .logging, .protobuf, .serviceLifecycle],
            path: "Sources/Wire/Fanout", swiftSettings: strictC),
        // Spans on their way to a collector.
        .target(
            name: "OTLP",
            dependencies: [
                "Traces", .asyncHTTPClient, .logging, .metrics, .nioCore, .nioHTTP1, .nioSSL, .protobuf,
                .serviceLifecycle,
                .tracing,
            ],
            path: "Sources/Wire/OTLP", exclude: ["otlp.proto"], swiftSettings: strict),
        // Compression.
        .systemLibrary(name: "CZlib", path: "Sources/C/CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Gzip", dependencies: ["CZlib", .nioCore], path: "Sources/Web/Gzip", swiftSettings: strictC),
        // The write path.
        .target(
            name: "Sequencing",
            dependencies: [
                "Domain", "EventLog", "Contract", "Failpoints", "Threads", "Traces", .collections, .crypto, .logging,
                .metrics, .serviceLifecycle, .tracing,
            ],
            path: "Sources/Write/Sequencing", swiftSettings: strict),
        // The read path.
        .target(
            name: "Projection",
            dependencies: ["Domain", "EventLog", "Contract", "Text", .crypto], path: "Sources/Follow/Projection",
            swiftSettings: strict),
        .target(
            name: "Following",
            dependencies: [
                "Allocation", "Domain", "EventLog", "Contract", "Failpoints", "Projection", "Traces", .collections,
                .crypto, .logging, .metrics, .protobuf, .serviceLifecycle, .tracing,
            ],
            path: "Sources/Follow/Following", exclude: ["snapshot.proto"], swiftSettings: strict),
        // What operators see of the sale and of how far the views are.
        .target(
            name: "Signals",
            dependencies: [
                "Contract", "Domain", "EventLog", "Following", "Projection", "Traces", .collections, .logging, .metrics,
            ],
            path: "Sources/Follow/Signals", swiftSettings: strict),
        .target(
            name: "Availability", dependencies: ["Domain", "Contract", "Projection", .protobuf],
            path: "Projections/Availability", exclude: ["availability.proto"], swiftSettings: strict),
        .target(
            name: "MyHolds", dependencies: ["Domain", "Contract", "Projection", .protobuf],
            path: "Projections/MyHolds", exclude: ["my_holds.proto"], swiftSettings: strict),
        .target(
            name: "Deadlines", dependencies: ["Domain", "Contract", "Projection", .collections, .protobuf],
            path: "Projections/Deadlines", exclude: ["deadlines.proto"], swiftSettings: strict),
        .target(
            name: "OpenPayments", dependencies: ["Domain", "Contract", "Projection", .collections, .protobuf],
            path: "Projections/OpenPayments", exclude: ["open_payments.proto"], swiftSettings: strict),
        .target(
            name: "Inlets", dependencies: ["Domain", "EventLog", "Contract", "Projection", .protobuf],
            path: "Projections/Inlets", exclude: ["inlets.proto"], swiftSettings: strict),
        .target(
            name: "Organisations", dependencies: ["Domain", "Contract", "Projection", .protobuf],
            path: "Projections/Organisations", exclude: ["organisations.proto"], swiftSettings: strict),
        .target(
            name: "Sales", dependencies: ["Domain", "Contract", "Projection", .protobuf],
            path: "Projections/Sales", exclude: ["sales.proto"], swiftSettings: strict),
        .target(
            name: "Venues", dependencies: ["Domain", "Contract", "Projection", .protobuf],
            path: "Projections/Venues", exclude: ["venues.proto"], swiftSettings: strict),
        .target(
            name: "WaitingLines", dependencies: ["Domain", "Contract", "Projection", .protobuf],
            path: "Projections/WaitingLines", exclude: ["waiting_lines.proto"], swiftSettings: strict),
        .target(
            name: "Waitlists", dependencies: ["Domain", "Contract", "Projection", .collections, .protobuf],
            path: "Projections/Waitlists", exclude: ["waitlists.proto"], swiftSettings: strict),
        .target(
            name: "Orders", dependencies: ["Domain", "Contract", "Projection"], path: "Projections/Orders",
            swiftSettings: strict),
        .target(
            name: "ShowSearch", dependencies: ["Domain", "Contract", "Projection"], path: "Projections/ShowSearch",
            swiftSettings: strict),
        // Which projections there are.
        .target(
            name: "Catalogue",
            dependencies: [
                "Projection", "Following", "Availability", "MyHolds", "Deadlines", "Inlets", "OpenPayments",
                "Orders", "Organisations", "Sales", "ShowSearch", "Venues", "WaitingLines", "Waitlists",
            ],
            path: "Projections/Catalogue", swiftSettings: strict),
        // Accounts and sessions in PostgreSQL.
        .target(
            name: "PostgresAccounts", dependencies: ["Accounts", "Domain", "Postgres", "Text", .logging],
            path: "Sources/Store/PostgresAccounts", swiftSettings: strict),
        // Webhooks in PostgreSQL.
        .target(
            name: "PostgresWebhooks", dependencies: ["Domain", "EventLog", "Postgres", "Webhooks", .logging],
            path: "Sources/Store/PostgresWebhooks", swiftSettings: strict),
        // How far sinks are, in PostgreSQL.
        .target(
            name: "PostgresSinks", dependencies: ["EventLog", "Postgres", .logging],
            path: "Sources/Store/PostgresSinks", swiftSettings: strict),
        // Whom notices go to, and what is left to tell, in PostgreSQL.
        .target(
            name: "PostgresNotices", dependencies: ["Accounts", "Domain", "EventLog", "Postgres", .logging],
            path: "Sources/Store/PostgresNotices", swiftSettings: strict),
        // The views that live in PostgreSQL.
        .target(
            name: "PostgresViews",
            dependencies: [
                "Domain", "EventLog", "Contract", "Postgres", "Projection", "Following", "Orders", "ShowSearch", "Text",
                .crypto, .logging,
            ],
            path: "Sources/Store/PostgresViews", swiftSettings: strict),
        // The API's client, for programs in Swift.
        .target(
            name: "HoldfastClient", dependencies: [.asyncHTTPClient, .nioCore, .nioFoundationCompat, .nioHTTP1],
            path: "Sources/Client/HoldfastClient", swiftSettings: strict),
        // Payments: the provider, and the process that follows the log and moves the money.
        .target(
            name: "Payments",
            dependencies: [
                "Domain", "EventLog", "Contract", "Sequencing", "Following", "Projection", "OpenPayments", "Failpoints",
                "SeededRandom", "Text", "Traces",
                .asyncHTTPClient, .collections, .crypto, .logging, .metrics, .nioCore, .nioHTTP1, .nioPosix,
                .serviceLifecycle, .tracing,
            ],
            path: "Sources/Work/Payments", swiftSettings: strict),
        // Sinks: what puts the log's events outside, in order, with a checkpoint.
        .target(
            name: "Sinks",
            dependencies: [
                "Domain", "EventLog", "Failpoints", "Feed", "Following", "Traces", .collections, .logging, .metrics,
                .serviceLifecycle, .tracing,
            ],
            path: "Sources/Work/Sinks", swiftSettings: strict),
        // The sink of change data capture.
        .target(
            name: "OutboxSink", dependencies: ["EventLog", "Feed", "PostgresSinks", "Sinks", .logging],
            path: "Sources/Work/OutboxSink", swiftSettings: strict),
        // Mail: the sink that tells people of what concerns them.
        .target(
            name: "Mailing",
            dependencies: [
                "Accounts", "Contract", "Domain", "EventLog", "Feed", "MailDelivery", "MailMessages", "Notices",
                "PostgresNotices", "QRCode", "Sinks", .logging, .metrics,
            ],
            path: "Sources/Work/Mailing", swiftSettings: strict),
        // Message brokers as sinks: Kafka and RabbitMQ.
        .target(
            name: "Brokers", dependencies: ["Domain", "EventLog", "Feed", "Sinks"], path: "Sources/Work/Brokers",
            swiftSettings: strict),
        .systemLibrary(name: "CRdKafka", path: "Sources/C/CRdKafka", providers: [.apt(["librdkafka-dev"])]),
        .target(
            name: "KafkaSink", dependencies: ["Brokers", "CRdKafka", "EventLog", "Feed", "Sinks", "Threads", .logging],
            path: "Sources/Work/KafkaSink", swiftSettings: strictC),
        .systemLibrary(name: "CRabbitMQ", path: "Sources/C/CRabbitMQ", providers: [.apt(["librabbitmq-dev"])]),
        .target(
            name: "RabbitMQSink", dependencies: ["Brokers", "CRabbitMQ", "EventLog", "Feed", "Sinks", "Threads"],
            path: "Sources/Work/RabbitMQSink", swiftSettings: strictC),
        // Webhooks: the process that follows the log and tells others.
        .target(
            name: "WebhookDelivery",
            dependencies: [
                "Domain", "EventLog", "Failpoints", "Feed", "Following", "PostgresWebhooks", "Sinks", "Traces",
                "Webhooks",
                .asyncHTTPClient, .logging, .metrics, .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .serviceLifecycle,
                .tracing,
            ],
            path: "Sources/Work/WebhookDelivery", swiftSettings: strict),
        // Admission: the process that follows the log and brings the waiting rooms on.
        .target(
            name: "Admission",
            dependencies: [
                "Domain", "EventLog", "Sequencing", "Following", "Projection", "Inlets", .logging, .serviceLifecycle,
            ],
            path: "Sources/Work/Admission", swiftSettings: strict),
        // A provider to try it with: a process of its own, which shares nothing with the above but the API's shapes.
        .executableTarget(
            name: "payments-simulator",
            dependencies: [
                "ProgramOutput", "SeededRandom", "Text", .argumentParser, .asyncHTTPClient, .crypto, .hummingbird,
                .hummingbirdCore,
                .httpTypes, .logging, .nioCore, .nioHTTP1, .nioHTTPTypes, .serviceLifecycle, .systemPackage,
            ],
            path: "Sources/Programs/payments-simulator", swiftSettings: strict),
        // Who looks like a program: pure, time is a parameter.
        .target(name: "Bots", path: "Sources/Core/Bots", swiftSettings: strict),
        // How much one caller may ask for: pure, time is a parameter.
        .target(name: "RateLimits", path: "Sources/Web/RateLimits", swiftSettings: strict),
        // HTTP: a server with limits and problem documents, who asks, metrics; then what all calls share, the commands,
        // the reads.
        .target(
            name: "HTTPServer",
            dependencies: [
                "EventLog", "RateLimits", "Text", "Traces", .hummingbird, .hummingbirdCore, .hummingbirdHTTP2,
                .httpTypes,
                .logging, .metrics, .nioCore, .nioHTTP1, .nioHTTPTypes, .nioHTTPTypesHTTP1, .nioSSL, .nioTLS,
            ],
            path: "Sources/Web/HTTPServer", swiftSettings: strict),
        .target(
            name: "Identity", dependencies: ["Accounts", "Domain", "Text", .crypto, .cryptoExtras],
            path: "Sources/Web/Identity",
            swiftSettings: strict),
        // The keys of token issuers, as they publish them.
        .target(
            name: "OpenID",
            dependencies: [
                "Accounts", "Identity", "Text", .asyncAlgorithms, .asyncHTTPClient, .logging, .nioCore, .nioHTTP1,
                .serviceLifecycle,
            ],
            path: "Sources/Web/OpenID", swiftSettings: strict),
        // A provider who tells people from programs.
        .target(
            name: "SiteVerify", dependencies: ["Text", .asyncHTTPClient, .logging, .nioCore, .nioHTTP1],
            path: "Sources/Web/SiteVerify", swiftSettings: strict),
        .target(
            name: "Prometheus", dependencies: [.metrics], path: "Sources/Web/Prometheus", swiftSettings: strict),
        .target(
            name: "WebAPI",
            dependencies: [
                "Accounts", "Bots", "Contract", "Domain", "EventLog", "Following", "HTTPServer", "Identity",
                "Organisations", "Projection", "Prometheus", "RateLimits", "Text", "Traces", .collections, .crypto,
                .hummingbird, .httpTypes, .logging, .metrics, .nioCore,
                .nioHTTP1, .nioHTTPTypes, .tracing,
            ],
            path: "Sources/Web/WebAPI", resources: [.copy("openapi.yaml")], swiftSettings: strict),
        .target(
            name: "CommandAPI",
            dependencies: [
                "Feed", "PostgresWebhooks", "WebhookDelivery", "Webhooks",
                "Contract", "Domain", "EventLog", "Following", "HTTPServer", "Identity", "OpenPayments", "Projection",
                "Sequencing", "Text", "Traces", "WebAPI", .hummingbird, .httpTypes, .nioCore, .serviceLifecycle,
                .tracing,
            ],
            path: "Sources/Web/CommandAPI", swiftSettings: strict),
        // Accounts for instances without an identity provider: passwords, sessions, mail.
        .target(
            name: "AccountAPI",
            dependencies: [
                "Accounts", "Domain", "HTTPServer", "Identity", "MailDelivery", "MailMessages", "Notices", "OpenID",
                "PostgresAccounts", "PostgresNotices", "RateLimits", "Text", "Threads", "WebAPI",
                .collections, .crypto, .cryptoExtras, .httpTypes, .hummingbird, .logging, .metrics, .nioCore,
                .serviceLifecycle,
            ],
            path: "Sources/Web/AccountAPI", resources: [.copy("Page/Files")], swiftSettings: strict),
        // Tickets as images.
        .systemLibrary(name: "CQRencode", path: "Sources/C/CQRencode", providers: [.apt(["libqrencode-dev"])]),
        .target(
            name: "QRCode", dependencies: ["CQRencode", "CZlib"], path: "Sources/Core/QRCode", swiftSettings: strictC),
        .target(
            name: "QueryAPI",
            dependencies: [
                "Diagnosis", "Domain", "Logs", "EventLog", "Contract", "Feed", "Following", "Gzip", "HTTPServer",
                "Identity", "Projection",
                "Prometheus",
                "Availability", "MyHolds", "Organisations", "PostgresViews", "QRCode", "Sales", "ShowSearch", "Text",
                "Venues",
                "WaitingLines", "Waitlists", "WebAPI", .hummingbird, .httpTypes, .asyncAlgorithms, .collections,
                .logging, .nioCore, .protobuf,
                .serviceLifecycle,
            ],
            path: "Sources/Web/QueryAPI", swiftSettings: strict),
        // Whether the kernel's clock is right.
        .systemLibrary(name: "CTimex", path: "Sources/C/CTimex"),
        .executableTarget(
            name: "holdfast",
            dependencies: [
                "AccountAPI", "Accounts", "Admission", "Allocation", "Bots", "Brokers", "CTimex", "CommandAPI",
                "Contract",
                "Domain",
                "QueryAPI",
                "Catalogue", "Deadlines", "Diagnosis",
                "EventLog", "Feed", "HTTPServer", "HoldfastClient", "Identity", "Inlets", "KafkaSink", "Logs", "OpenID",
                "OpenPayments",
                "Organisations", "Payments",
                "Postgres", "PostgresAccounts", "PostgresEventLog", "PostgresViews", "ProgramOutput", "Prometheus",
                "RabbitMQSink",
                "RateLimits", "Sales", "Signals", "SiteVerify", "Venues", "WaitingLines", "Waitlists", "OutboxSink",
                "PostgresSinks", "PostgresWebhooks", "Sinks", "WebAPI", "WebhookDelivery", "MailDelivery", "Mailing",
                "Notices", "PostgresNotices",
                "Fanout", "OTLP", "Traces", .argumentParser, .asyncHTTPClient, .configuration, .httpTypes, .logging,
                .metrics, .nioCore,
                .nioHTTP1,
                .serviceLifecycle, .systemPackage, .tracing, .unixSignals,
            ],
            path: "Sources/Programs/holdfast", swiftSettings: strict),
        .executableTarget(
            name: "replay",
            dependencies: [
                "Allocation", "Contract", "Domain", "EventLog", "Following", "Identity", "Projection", "Catalogue",
                "Postgres", "PostgresEventLog", "PostgresViews", "ProgramOutput", "Text", .argumentParser,
                .asyncHTTPClient,
                .collections, .logging,
                .nioCore, .nioHTTP1,
            ],
            path: "Sources/Programs/replay", swiftSettings: strict),

        // What programs print, for people and with --json for programs.
        .target(
            name: "ProgramOutput", dependencies: [.argumentParser], path: "Sources/Programs/ProgramOutput",
            swiftSettings: strict),

        // What tools/bench measures with, and against.
        .systemLibrary(name: "CEpoll", path: "Sources/C/CEpoll"),
        .target(name: "SeededRandom", path: "Sources/Core/SeededRandom", swiftSettings: strict),
        .executableTarget(
            name: "loadgen", dependencies: ["CEpoll", "ProgramOutput", "SeededRandom", .argumentParser],
            path: "Sources/Programs/loadgen", swiftSettings: strictC),
        .executableTarget(
            name: "baseline",
            dependencies: [
                "CPostgres", .hummingbird, .argumentParser, .collections, .logging, .nioCore, .nioPosix,
            ],
            path: "Sources/Programs/baseline", swiftSettings: strictC),
        .executableTarget(
            name: "logbench",
            dependencies: [
                "Domain", "EventLog", "Contract", "Identity", "PostgresEventLog", "RateLimits", "SeededRandom",
                .argumentParser, .logging,
            ],
            path: "Sources/Programs/logbench", swiftSettings: strict),

        // The whole path in a simulated world, seeded; for tools/simulate and for the tests.
        .target(
            name: "Simulation",
            dependencies: [
                "Domain", "EventLog", "Contract", "Sequencing", "Following", "Projection", "Catalogue", "Availability",
                "MyHolds", "Deadlines", "OpenPayments", "Orders", "Payments", "SeededRandom", .collections,
            ],
            path: "Tests/Simulation", swiftSettings: strict),
        .executableTarget(
            name: "simulate", dependencies: ["ProgramOutput", "Simulation", .argumentParser],
            path: "Sources/Programs/simulate", swiftSettings: strict),

        // An on-sale of fans and bots, seeded; for tools/bot-crowd and for the tests.
        .target(
            name: "Crowd", dependencies: ["Bots", "SeededRandom"], path: "Tests/Crowd", swiftSettings: strict),
        .executableTarget(
            name: "bot-crowd", dependencies: ["Bots", "Crowd", "ProgramOutput", .argumentParser],
            path: "Sources/Programs/bot-crowd", swiftSettings: strict),

        // Tests. Those that need PostgreSQL get it from tools/test.
        .target(
            name: "TestSupport",
            dependencies: ["Postgres", "Sequencing", .collections, .logging, .serviceLifecycle, .subprocess],
            path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(
            name: "EventLogContract", dependencies: ["Domain", "EventLog"], path: "Tests/EventLogContract",
            swiftSettings: strict),
        .target(
            name: "PaymentContract", dependencies: ["Domain", "Payments"], path: "Tests/PaymentContract",
            swiftSettings: strict),
        .testTarget(
            name: "PaymentsTests",
            dependencies: [
                "CommandAPI", "Domain", "EventLog", "Contract", "OpenPayments", "PaymentContract", "Payments",
                "Following", "Projection", "SeededRandom", "Sequencing", "TestSupport", "payments-simulator", .crypto,
                .httpTypes, .hummingbird, .logging, .nioCore,
                .serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FeedTests", dependencies: ["Contract", "Domain", "EventLog", "Feed", "Text"], swiftSettings: strict),
        .testTarget(
            name: "NoticesTests",
            dependencies: [
                "Accounts", "Contract", "Domain", "EventLog", "MailDelivery", "MailMessages", "Notices", "QRCode",
                .subprocess, .systemPackage,
            ], swiftSettings: strict),
        .testTarget(
            name: "WebhooksTests", dependencies: ["Domain", "EventLog", "Text", "Webhooks"], swiftSettings: strict),
        .testTarget(
            name: "BrokersTests",
            dependencies: ["Brokers", "Domain", "EventLog", "Feed", "KafkaSink", "RabbitMQSink"], swiftSettings: strict),
        .testTarget(
            name: "SinksTests",
            dependencies: [
                "Contract", "Domain", "EventLog", "Following", "Organisations", "PostgresWebhooks", "Projection",
                "SeededRandom", "Sinks", "TestSupport", "WebhookDelivery", "Webhooks", .hummingbird, .logging, .nioCore,
                .serviceLifecycle,
            ], swiftSettings: strict),
        .testTarget(
            name: "HoldfastClientTests",
            dependencies: [
                "HoldfastClient", .asyncHTTPClient, .httpTypes, .hummingbird, .hummingbirdTesting, .nioCore,
            ], swiftSettings: strict),
        .testTarget(name: "TracesTests", dependencies: ["Traces", .tracing], swiftSettings: strict),
        .testTarget(
            name: "OTLPTests",
            dependencies: [
                "OTLP", "Traces", .hummingbird, .httpTypes, .logging, .nioCore, .protobuf, .serviceLifecycle, .tracing,
            ], swiftSettings: strict),
        .testTarget(name: "BotsTests", dependencies: ["Bots", "Crowd"], swiftSettings: strict),
        .testTarget(name: "BenchTests", dependencies: ["loadgen"], swiftSettings: strict),
        .testTarget(
            name: "DomainTests",
            dependencies: ["Contract", "Domain", "EventLog", "Projection", "Sales", "SeededRandom"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CarParkTests",
            dependencies: [
                "Contract", "Deadlines", "Domain", "EventLog", "Fanout", "Following", "Postgres", "PostgresEventLog",
                "PostgresViews", "Projection", "Sequencing", "TestSupport", .crypto, .logging, .protobuf,
                .serviceLifecycle,
            ],
            exclude: ["car_park.proto", "visits.sql"], swiftSettings: strict),
        .testTarget(
            name: "ContractTests", dependencies: ["Domain", "EventLog", "Contract", "SeededRandom", .protobuf],
            exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "EventLogTests", dependencies: ["Domain", "EventLog", "EventLogContract", "SeededRandom", "Text"],
            swiftSettings: strict),
        .testTarget(
            name: "PostgresTests", dependencies: ["Postgres", "TestSupport", .logging], swiftSettings: strict),
        .testTarget(
            name: "PostgresEventLogTests",
            dependencies: [
                "Domain", "EventLog", "EventLogContract", "Postgres", "PostgresEventLog", "PostgresSinks",
                "SeededRandom",
                "TestSupport", .logging, .subprocess,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PostgresViewsTests",
            dependencies: [
                "Domain", "EventLog", "Contract", "Postgres", "PostgresEventLog", "PostgresViews", "Following",
                "Orders", "SeededRandom", "ShowSearch",
                "Projection", "TestSupport", .logging, .serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(name: "QRCodeTests", dependencies: ["QRCode"], swiftSettings: strict),
        .testTarget(
            name: "FanoutTests",
            dependencies: [
                "Fanout", "EventLog", "Domain", "Contract", "SeededRandom", "TestSupport", .logging, .protobuf,
                .serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation"], swiftSettings: strict),
        .testTarget(
            name: "SequencingTests",
            dependencies: [
                "Domain", "EventLog", "Contract", "SeededRandom", "Sequencing", "Traces", .logging, .serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FollowingTests",
            dependencies: [
                "Domain", "EventLog", "Contract", "Following", "Projection", "Catalogue", "Availability", "MyHolds",
                "Deadlines", "OpenPayments", "Orders", "Organisations", "Sales", "SeededRandom", "ShowSearch",
                "Signals",
                "TestSupport", "Traces",
                "WaitingLines", "Waitlists",
                .logging, .protobuf, .serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AdmissionTests",
            dependencies: [
                "Admission", "Domain", "EventLog", "Contract", "Following", "Inlets", "Projection", "SeededRandom",
                "Sequencing", "TestSupport", .logging, .serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TextTests", dependencies: ["Domain", "SeededRandom", "Text"], swiftSettings: strict),
        .testTarget(name: "RateLimitTests", dependencies: ["RateLimits", "SeededRandom"], swiftSettings: strict),
        .testTarget(
            name: "AccountAPITests",
            dependencies: [
                "AccountAPI", "Accounts", "Domain", "EventLog", "HTTPServer", "Identity", "MailDelivery",
                "MailMessages", "OpenID", "Postgres", "PostgresAccounts", "TestSupport", "Text", "Threads", "WebAPI",
                .crypto, .httpTypes, .hummingbird, .logging,
                .nioCore, .nioEmbedded,
                .serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AccountsTests", dependencies: ["Accounts", "Domain", "Text", .crypto], swiftSettings: strict),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Accounts", "Bots", "Contract", "Domain", "EventLog", "Following", "HTTPServer", "Identity", "OpenID",
                "Organisations", "Prometheus", "RateLimits", "SeededRandom", "SiteVerify", "TestSupport", "Text",
                "WebAPI",
                .hummingbird, .hummingbirdCore, .httpTypes, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .asyncHTTPClient,
                .crypto, .cryptoExtras, .logging, .metrics, .serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CommandAPITests",
            dependencies: [
                "CommandAPI", "Domain", "EventLog", "Contract", "Following", "HTTPServer", "Identity", "OpenPayments",
                "Payments", "Projection", "Sequencing", "TestSupport", "WebAPI", .hummingbird, .httpTypes, .crypto,
                .logging, .nioCore, .nioEmbedded, .serviceLifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "QueryAPITests",
            dependencies: [
                "CommandAPI", "Diagnosis", "Logs", "QueryAPI", "Domain", "EventLog", "Contract", "Following",
                "HTTPServer",
                "Identity",
                "Projection", "Prometheus", "Availability", "MyHolds", "OpenPayments", "Organisations",
                "PostgresViews", "Sales", "ShowSearch", "Venues", "WaitingLines", "Waitlists", "WebAPI", .hummingbird,
                .httpTypes, .logging, .nioCore,
                .nioEmbedded,
            ],
            swiftSettings: strict),
        // Every parser of what comes from outside, on inputs that nobody would write; see tools/fuzz.
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Accounts", "CommandAPI", "QueryAPI", "HTTPServer", "Identity", "Prometheus", "RateLimits", "Text",
                "WebAPI",
                "Domain",
                "EventLog", "Contract", "Fanout", "Sequencing", "Following", "Projection", "Catalogue",
                "Availability", "MyHolds", "Deadlines", "Inlets", "OpenPayments", "PostgresViews", "SeededRandom",
                "ShowSearch", "TestSupport", "Traces", "WaitingLines", .hummingbird, .hummingbirdCore, .httpTypes,
                .nioCore, .crypto, .logging, .protobuf, .serviceLifecycle,
            ],
            exclude: ["Corpus"], swiftSettings: strict),
        // Real processes, real sockets, a real PostgreSQL.
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Domain", "EventLog", "Contract", "Failpoints", "Fanout", "PaymentContract", "Payments", "Postgres",
                "PostgresEventLog", "SeededRandom", "Identity", "TestSupport", "Text", .asyncHTTPClient, .crypto,
                .logging,
                .nioCore,
                .nioHTTP1, .nioPosix, .subprocess, .systemPackage,
            ],
            exclude: ["Fixtures"], swiftSettings: strict),
    ]
)
