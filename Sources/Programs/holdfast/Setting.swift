import Bots
import Configuration
import RateLimits

/// A value that `holdfast serve` takes from its flags, its environment or its configuration file, in this order.
struct Setting: Sendable {
    /// Dotted: `http.port` is `--http-port`, `HOLDFAST_HTTP_PORT` and `{"http": {"port": …}}`.
    var key: String
    var placeholder: String
    var defaultValue: String?
    var help: String

    var flag: String { "--" + key.replacing(".", with: "-") }

    static let config = Setting(key: "config", placeholder: "FILE", help: "A JSON file with any of these settings.")
    static let roles = Setting(
        key: "roles", placeholder: "command,query,payments", defaultValue: "command,query",
        help:
            "What this process does: accept commands, answer queries, settle payments. The role payments needs the "
            + "role command; only one process with the role payments is active at a time.")
    static let httpHost = Setting(
        key: "http.host", placeholder: "ADDRESS", defaultValue: "127.0.0.1", help: "The address to listen on.")
    static let httpPort = Setting(
        key: "http.port", placeholder: "PORT", defaultValue: "8080",
        help: "The port to listen on. 0 chooses a free port.")
    static let operationsHost = Setting(
        key: "operations.host", placeholder: "ADDRESS", defaultValue: "127.0.0.1",
        help: "The address of the listener for operators. Beyond this machine it has TLS, as the other one.")
    static let operationsPort = Setting(
        key: "operations.port", placeholder: "PORT",
        help:
            "The port of the listener for operators: metrics, health with its numbers, and the views. 0 chooses a free "
            + "port. Without it, there is no such listener.")
    static let tlsCertificate = Setting(
        key: "tls.certificate", placeholder: "FILE",
        help: "PEM certificate chain. With it, HTTP/1.1 and HTTP/2 over TLS.")
    static let tlsKey = Setting(key: "tls.key", placeholder: "FILE", help: "PEM private key of the certificate.")
    static let corsOrigins = Setting(
        key: "cors.origins", placeholder: "ORIGIN,…",
        help: "Origins, such as https://shop.example, whose pages may call this node from a browser. Without it, none.")
    static let data = Setting(
        key: "data", placeholder: "DIR", help: "This process's own folder, for snapshots of its views. Required.")
    static let snapshotSeconds = Setting(
        key: "snapshot.seconds", placeholder: "N", defaultValue: "60", help: "Time between two snapshots, 1 to 86400.")
    static let postgresURL = Setting(
        key: "postgres.url", placeholder: "CONNINFO",
        help:
            "libpq connection string of the log, role holdfast_appender; holdfast_reader for a node with the role query "
            + "alone. Required.")
    static let ordersURL = Setting(
        key: "orders.url", placeholder: "CONNINFO",
        help: "libpq connection string of the stored views, role holdfast_reader. Default: the log's.")
    static let publishEndpoint = Setting(
        key: "publish.endpoint", placeholder: "ENDPOINT",
        help: "ZeroMQ endpoint for committed events, e.g. ipc:///run/holdfast/a. Required for the role command.")
    static let subscribeEndpoints = Setting(
        key: "subscribe.endpoints", placeholder: "ENDPOINT,…",
        help: "The publish endpoints of all command nodes. Without them, the node polls the log.")
    static let curveKey = Setting(
        key: "curve.key", placeholder: "FILE",
        help: "This process's CURVE secret key. Required for fan-out over TCP.")
    static let curveAllowedClients = Setting(
        key: "curve.allowed.clients", placeholder: "FILE",
        help: "Public keys of the processes that may subscribe, one per line.")
    static let curveServers = Setting(
        key: "curve.servers", placeholder: "FILE",
        help: "The publishers: endpoint, a space and public key, one per line.")
    static let jwks = Setting(
        key: "jwt.jwks", placeholder: "FILE|URL",
        help:
            "The JWK Set with the token issuer's public keys (ES256, EdDSA, RS256). Default: the one that the metadata of "
            + "--jwt-issuer name. One of the two is required.")
    static let issuer = Setting(
        key: "jwt.issuer", placeholder: "NAME",
        help: "What tokens must have as iss: a URL for OpenID Connect. Without it, iss is not looked at.")
    static let audiences = Setting(
        key: "jwt.audiences", placeholder: "NAME,…",
        help: "Tokens must have one of these as aud. Without it, aud is not looked at.")
    static let tokenHours = Setting(
        key: "jwt.lifetime.hours", placeholder: "N", defaultValue: "24",
        help: "The longest that a token may be valid from now on, 1 to 8760.")
    static let deniedTokens = Setting(
        key: "jwt.denied", placeholder: "FILE",
        help: "The jti of tokens that are revoked, one per line; read again within a second when it changes.")
    static let otherIssuers = Setting(
        key: "jwt.other.issuers", placeholder: "FILE",
        help: "Further issuers, as JSON: [{\"issuer\", \"audiences\", \"jwks\", \"grantsRoles\"}]. A user of theirs is "
            + "another one than a user of the first issuer with the same sub.")
    static let paymentsURL = Setting(
        key: "payments.url", placeholder: "URL", defaultValue: "https://api.stripe.com",
        help: "The payment provider's URL, without /v1: Stripe's, or a service with the same API.")
    static let paymentsKey = Setting(
        key: "payments.key", placeholder: "FILE",
        help: "The provider's secret key (sk_…). Required for the role payments.")
    static let paymentsTimeoutSeconds = Setting(
        key: "payments.timeout.seconds", placeholder: "N", defaultValue: "10",
        help: "The time limit for one call to the provider, 1 to 60.")
    static let paymentsWebhookSecret = Setting(
        key: "payments.webhook.secret", placeholder: "FILE",
        help: "The secret that signs the provider's webhooks (whsec_…). Without it, the node rejects all webhooks.")
    static let ticketKey = Setting(
        key: "ticket.key", placeholder: "FILE",
        help: "The Ed25519 private key (PEM) that signs tickets, the same on every node. Default: "
            + "ticket-key.pem in the JWK Set's folder, where `holdfast keys` creates it.")
    static let ticketOtherKeys = Setting(
        key: "ticket.other.keys", placeholder: "FILE,…",
        help: "Ed25519 keys (PEM, private or public) whose tickets are good too: those that signed before, and the one "
            + "that will sign next.")
    static let auditLog = Setting(
        key: "audit.log", placeholder: "FILE",
        help: "The file that the audit log is added to, as JSON lines. Default: standard error.")
    static let allowUnsafe = Setting(
        key: "allow.unsafe", placeholder: "NAME,…",
        help:
            "Starts that are refused otherwise: http (listening beyond this machine without TLS), payments (an http:// "
            + "payment provider beyond this machine), brokers (Kafka or RabbitMQ beyond this machine without TLS), key-files "
            + "(keys that others on this machine may read).")
    static let accountsURL = Setting(
        key: "accounts.url", placeholder: "URL",
        help:
            "The public address of the shop's pages, such as https://shop.example; mails link there. With it, the node has "
            + "accounts, and their cookies stand for callers. http:// only on the loopback. The same on every node.")
    static let accountsOrigins = Setting(
        key: "accounts.origins", placeholder: "ORIGIN,…",
        help: "Other origins whose pages may act for who is logged in.")
    static let accountsOwn = Setting(
        key: "accounts.own", placeholder: "on|off", defaultValue: "on",
        help: "Whether people may register here, with an address and a password. off leaves the identity provider of "
            + "--openid-client-id, and needs no mail.")
    static let openIDClient = Setting(
        key: "openid.client.id", placeholder: "TEXT",
        help:
            "What the identity provider --jwt-issuer calls this instance. With it, browsers log in there; the provider has to "
            + "know --accounts-url and /api/v1/auth/openid/callback as where to send them back to.")
    static let openIDSecret = Setting(
        key: "openid.client.secret", placeholder: "FILE",
        help: "The client's secret at the provider. Without it, it is a public client, which PKCE protects.")
    static let openIDScopes = Setting(
        key: "openid.scopes", placeholder: "SCOPE,…", defaultValue: "openid",
        help: "What the provider is asked for. Nothing but the subject is used.")
    static let mailFrom = Setting(
        key: "mail.from", placeholder: "ADDRESS",
        help: "What mail comes from. Required for accounts. Also called --accounts-mail-from.")
    static let mailProgram = Setting(
        key: "mail.program", placeholder: "FILE",
        help:
            "The program that sends mail, with sendmail's interface, such as /usr/sbin/sendmail. Accounts need it, or "
            + "--mail-smtp, or --mail-folder. Also called --accounts-mail-program.")
    static let mailSMTP = Setting(
        key: "mail.smtp", placeholder: "URL",
        help: "The server that sends mail: smtp://host:port, which has to become TLS (STARTTLS) unless it is of this "
            + "machine, or smtps://host:port.")
    static let mailSMTPUser = Setting(
        key: "mail.smtp.user", placeholder: "TEXT", help: "What the mail server knows this instance as.")
    static let mailSMTPPassword = Setting(
        key: "mail.smtp.password", placeholder: "FILE", help: "The password at the mail server.")
    static let mailSMTPAuthorities = Setting(
        key: "mail.smtp.ca", placeholder: "FILE",
        help:
            "The authorities (PEM) that the mail server's certificate is of, in place of the system's. With it, a server "
            + "of this machine has to use TLS, too.")
    static let mailFolder = Setting(
        key: "mail.folder", placeholder: "DIR",
        help: "Where to write mail to, a file each, in place of sending it. Also called --accounts-mail-folder.")
    static let mailNotices = Setting(
        key: "mail.notices", placeholder: "on|off", defaultValue: "on",
        help: "Whether owners of accounts get their tickets, and news of them, by mail.")
    static let mailTemplates = Setting(
        key: "mail.templates", placeholder: "DIR",
        help: "Templates of notices that take the place of the program's own, in a folder for each language.")
    static let mailLanguage = Setting(
        key: "mail.language", placeholder: "LANGUAGE", defaultValue: "en",
        help: "The language of notices for those who said none, such as de.")
    static let mailName = Setting(
        key: "mail.name", placeholder: "TEXT",
        help: "The sender's name in notices of shows that are no organisation's. Default: the host of --accounts-url.")
    static let mailReplyTo = Setting(
        key: "mail.reply.to", placeholder: "ID=ADDRESS,…",
        help: "Where answers to notices go, for shows of these organisations.")
    static let accountsMailFrom = Setting(
        key: "accounts.mail.from", placeholder: "ADDRESS", help: "The same as --mail-from.")
    static let accountsMailProgram = Setting(
        key: "accounts.mail.program", placeholder: "FILE", help: "The same as --mail-program.")
    static let accountsMailFolder = Setting(
        key: "accounts.mail.folder", placeholder: "DIR", help: "The same as --mail-folder.")
    static let accountsCookie = Setting(
        key: "accounts.cookie.name", placeholder: "NAME", defaultValue: "Holdfast-Session",
        help: "The name of sessions' cookies; __Host- comes before it, but for a plain HTTP instance. Instances on one "
            + "host need different ones.")
    static let accountsSameSite = Setting(
        key: "accounts.cookie.samesite", placeholder: "strict|lax|none", defaultValue: "lax",
        help: "Whether browsers send sessions' cookies along with links from other sites (lax), or whatever these send "
            + "(none).")
    static let accountsSessionHours = Setting(
        key: "accounts.session.hours", placeholder: "N", defaultValue: "24",
        help: "When a session ends, whatever happens, 1 to 720.")
    static let accountsIdleMinutes = Setting(
        key: "accounts.session.idle.minutes", placeholder: "N", defaultValue: "120",
        help: "When a session ends that is not used, 1 to 43200.")
    static let accountsPasswordCost = Setting(
        key: "accounts.password.cost", placeholder: "N", defaultValue: "17",
        help:
            "The base 2 logarithm of scrypt's N for passwords, 14 to 20. 17 takes 128 MiB for each of the two that are "
            + "checked at once.")
    static let trustedProxies = Setting(
        key: "http.trusted.proxies", placeholder: "RANGE,…",
        help: "Addresses of the proxies in front, such as 10.0.0.0/8: X-Forwarded-For counts from them alone, from the "
            + "right.")
    static let rateLimits = Setting(
        key: "rate.limits", placeholder: "on|off", defaultValue: "off",
        help: "Limits requests by caller and by address, and the quotas of streams and connections.")
    static let rateQuotas = Setting(
        key: "rate.quotas", placeholder: "CLASS=N,…",
        help: "Requests a minute of one caller, 1 to 100000, where they are not to be the defaults: "
            + RateClass.allCases.map { "\($0)=\($0.perMinuteDefault)" }.joined(separator: ",") + ".")
    static let rateAddressMultiples = Setting(
        key: "rate.address.multiples", placeholder: "CLASS=N,…",
        help: "How many callers' quotas all callers of one address (/24, /56) have together, 0: any number. Defaults: "
            + RateClass.allCases.map { "\($0)=\($0.addressMultipleDefault)" }.joined(separator: ",") + ".")
    static let rateNodes = Setting(
        key: "rate.nodes", placeholder: "N", defaultValue: "1",
        help: "Nodes that requests are spread over, 1 to 1000: each gives its part of every quota.")
    static let rateServices = Setting(
        key: "rate.services", placeholder: "SUBJECT,…",
        help: "Subjects of access tokens whose requests are of the class service, such as shops' servers.")
    static let rateOrganisations = Setting(
        key: "rate.organisations", placeholder: "ID=N,…",
        help:
            "Requests a minute of all API keys of an organisation together, where not as many as the class service has."
    )
    static let webhooksPrivate = Setting(
        key: "webhooks.private", placeholder: "on|off", defaultValue: "off",
        help: "Lets webhooks go to private networks, and over http; for trying them out.")
    static let webhooksAuthorities = Setting(
        key: "webhooks.ca", placeholder: "FILE",
        help: "Authorities (PEM) that webhooks' certificates may be of, beside the system's.")
    static let outbox = Setting(
        key: "outbox", placeholder: "on|off", defaultValue: "off",
        help: "Puts the log's events into the table holdfast_sinks.outbox too, for change data capture.")
    static let outboxDays = Setting(
        key: "outbox.days", placeholder: "N", defaultValue: "7",
        help: "How long the outbox keeps its rows, 1 to 365.")
    static let kafkaServers = Setting(
        key: "kafka.servers", placeholder: "HOST:PORT,…",
        help: "Some of Kafka's brokers. With them, every event of the log is put into a topic, in order.")
    static let kafkaTopic = Setting(
        key: "kafka.topic", placeholder: "NAME", defaultValue: "holdfast.events",
        help: "The topic. A new one is told from the log's first event.")
    static let kafkaProperties = Setting(
        key: "kafka.properties", placeholder: "FILE",
        help:
            "librdkafka's properties, name=value in each line: security.protocol=SASL_SSL, ssl.ca.location, sasl.mechanism, "
            + "sasl.username, sasl.password and the like. None but its owner may read it.")
    static let rabbitMQURLs = Setting(
        key: "rabbitmq.urls", placeholder: "URL,…",
        help:
            "RabbitMQ, as amqps://user@host:port/vhost; several servers of one cluster are tried in turn. With it, every "
            + "event of the log is put into a queue, in order.")
    static let rabbitMQPassword = Setting(
        key: "rabbitmq.password", placeholder: "FILE",
        help: "The user's password. None but its owner may read it. Required for --rabbitmq-urls.")
    static let rabbitMQAuthorities = Setting(
        key: "rabbitmq.ca", placeholder: "FILE", defaultValue: "/etc/ssl/certs/ca-certificates.crt",
        help: "The authorities (PEM) that RabbitMQ's certificates are of, for amqps://.")
    static let rabbitMQQueue = Setting(
        key: "rabbitmq.queue", placeholder: "NAME",
        help: "The quorum queue, declared if it is not there. A new one is told from the log's first event. Default: "
            + "holdfast.events.")
    static let rabbitMQStream = Setting(
        key: "rabbitmq.stream", placeholder: "NAME",
        help: "A stream in place of the queue, declared if it is not there.")
    static let rabbitMQExchange = Setting(
        key: "rabbitmq.exchange", placeholder: "NAME",
        help: "An exchange in place of the queue, which must be there. Routing keys are types, such as "
            + "holdfast.SeatsSold.v1; some queue has to take each.")
    static let bots = Setting(
        key: "bots", placeholder: "off|watch|on", defaultValue: "off",
        help:
            "Scores callers who take places; on asks those who act like programs to prove that they are none, and watch "
            + "only shows it. Needs --rate-limits on.")
    static let botsWorkBits = Setting(
        key: "bots.work.bits", placeholder: "N", defaultValue: "\(WorkDifficulty.baseBitsDefault)",
        help: "The work that the least suspicious are asked for on a calm day, in bits, 8 to 24.")
    static let botsVerifyURL = Setting(
        key: "bots.verify.url", placeholder: "URL",
        help:
            "Where a provider confirms challenges, such as https://challenges.cloudflare.com/turnstile/v0/siteverify or "
            + "https://api.hcaptcha.com/siteverify. Without it, more work takes the place of such challenges.")
    static let botsVerifySecret = Setting(
        key: "bots.verify.secret", placeholder: "FILE", help: "The provider's secret. Required for --bots-verify-url.")
    static let botsSiteKey = Setting(
        key: "bots.site.key", placeholder: "TEXT",
        help: "The provider's public key, which pages show its challenge with. Required for --bots-verify-url.")
    static let botsJA4Header = Setting(
        key: "bots.ja4.header", placeholder: "NAME",
        help: "The header in which a trusted proxy tells the JA4 fingerprint of a caller's TLS.")
    static let streamsPerCaller = Setting(
        key: "streams.per.caller", placeholder: "N", defaultValue: "20",
        help: "Streams that one caller may have open at once, with --rate-limits on.")
    static let streamsPerAddress = Setting(
        key: "streams.per.address", placeholder: "N", defaultValue: "500",
        help: "Streams that one address may have open at once, with --rate-limits on.")
    static let connectionsPerAddress = Setting(
        key: "connections.per.address", placeholder: "N", defaultValue: "1000",
        help:
            "Connections that one address may have open at once, with --rate-limits on; trusted proxies may have any number."
    )
    static let logHeadKey = Setting(
        key: "log.head.key", placeholder: "FILE",
        help:
            "The private key (PEM, Ed25519 or P-256) that signs what GET /api/v1/log/head publishes. Without it, the node "
            + "publishes no head.")
    static let tracesURL = Setting(
        key: "traces.url", placeholder: "URL",
        help:
            "An OpenTelemetry collector that takes OTLP over HTTP, such as http://127.0.0.1:4318. Without it, nothing is "
            + "traced.")
    static let tracesHeaders = Setting(
        key: "traces.headers", placeholder: "FILE",
        help:
            "Headers that the collector wants, such as its key, one a line: Name: value. None but the file's owner may "
            + "read it.")
    static let tracesAuthorities = Setting(
        key: "traces.ca", placeholder: "FILE",
        help: "The authorities (PEM) that the collector's certificate is of, in place of the system's.")
    static let tracesSample = Setting(
        key: "traces.sample", placeholder: "PART", defaultValue: "0.01",
        help: "Which part of the requests without a trace of their own is traced, 0 to 1.")
    static let tracesCallers = Setting(
        key: "traces.callers", placeholder: "N", defaultValue: "100",
        help:
            "Requests a second that are traced because their callers trace them (traceparent with the flag sampled), 0 to "
            + "100000.")
    static let logLevel = Setting(
        key: "log.level", placeholder: "LEVEL", defaultValue: "info",
        help: "trace, debug, info, notice, warning, error or critical.")
    static let logFormat = Setting(
        key: "log.format", placeholder: "auto|json|text", defaultValue: "auto",
        help:
            "How the log is written to standard error: json, a document in each line; or text. auto is text on a terminal."
    )

    static let all = [
        config, roles, httpHost, httpPort, operationsHost, operationsPort, tlsCertificate, tlsKey, corsOrigins, data,
        snapshotSeconds, postgresURL, ordersURL, publishEndpoint, subscribeEndpoints, curveKey, curveAllowedClients,
        curveServers, jwks, issuer, audiences, tokenHours, deniedTokens, otherIssuers, ticketKey,
        ticketOtherKeys, paymentsURL,
        paymentsKey, paymentsTimeoutSeconds, paymentsWebhookSecret, accountsURL, accountsOrigins, accountsOwn,
        openIDClient,
        openIDSecret, openIDScopes, mailFrom, mailProgram, mailSMTP, mailSMTPUser, mailSMTPPassword,
        mailSMTPAuthorities, mailFolder,
        mailNotices, mailTemplates, mailLanguage, mailName, mailReplyTo, accountsMailFrom, accountsMailProgram,
        accountsMailFolder, accountsCookie, accountsSameSite, accountsSessionHours,
        accountsIdleMinutes, accountsPasswordCost, logHeadKey, auditLog, allowUnsafe, trustedProxies, rateLimits,
        rateQuotas,
        rateAddressMultiples, rateNodes, rateServices, rateOrganisations, webhooksPrivate, webhooksAuthorities, outbox,
        outboxDays,
        kafkaServers, kafkaTopic, kafkaProperties, rabbitMQURLs, rabbitMQPassword, rabbitMQAuthorities, rabbitMQQueue,
        rabbitMQStream,
        rabbitMQExchange,
        bots, botsWorkBits,
        botsVerifyURL,
        botsVerifySecret,
        botsSiteKey, botsJA4Header, streamsPerCaller, streamsPerAddress, connectionsPerAddress,
        tracesURL, tracesHeaders, tracesAuthorities, tracesSample, tracesCallers, logLevel, logFormat,
    ]

    /// The table in `--help`.
    static var help: String {
        "Settings: flags, environment variables (HOLDFAST_HTTP_PORT for --http-port) or the --config file:\n\n"
            + all.map { setting in
                let defaultText = setting.defaultValue.map { " Default: \($0)." } ?? ""
                return "  \(setting.flag) \(setting.placeholder)\n      \(setting.help)\(defaultText)"
            }.joined(separator: "\n")
    }
}

extension ConfigReader {
    /// The value given, or the default.
    func text(_ setting: Setting) -> String? {
        let key = ConfigKey(setting.key)
        // A flag's value comes apart at its commas, and then is no single string any more.
        return string(forKey: key) ?? stringArray(forKey: key)?.joined(separator: ",") ?? setting.defaultValue
    }

    func required(_ setting: Setting) throws -> String {
        guard let text = text(setting), !text.isEmpty else { throw SettingError("\(setting.flag) is required.") }
        return text
    }

    func number(_ setting: Setting, in range: ClosedRange<Int>) throws -> Int {
        // From a file a number may come as a number.
        let text = text(setting) ?? ""
        guard let number = int(forKey: ConfigKey(setting.key)) ?? Int(text), range.contains(number) else {
            throw SettingError("\(setting.flag) must be \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    func list(_ setting: Setting) -> [String] {
        (text(setting) ?? "").split(separator: ",").map(String.init)
    }
}

struct SettingError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
