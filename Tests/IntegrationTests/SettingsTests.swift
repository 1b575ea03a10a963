import Foundation
import Testing
import TestSupport

/// `holdfast serve` says what is wrong with how it is started, and does not half start.
@Suite("Starting with bad settings")
struct SettingsTests {
    @Test(
        "is refused with a word on what is wrong",
        arguments: [
            (["--no-such-flag", "x"], "--no-such-flag"), (["--http-port", "70000"], "--http-port"),
            (["--http-port", "http"], "--http-port"), (["--roles", "painter"], "painter"),
            (["--roles", ""], "--roles"),
            (["stray"], "stray"), (["--snapshot-seconds", "0"], "--snapshot-seconds"),
            (["--log-level", "loud"], "--log-level"),
            (["--config", "/nowhere/at/all.json"], "/nowhere/at/all.json"),
            (["--jwt-jwks", "/nowhere/jwks.json"], "/nowhere/jwks.json"),
            (["--publish-endpoint", "carrier-pigeon://loft"], "carrier-pigeon"),
            (["--publish-endpoint", "tcp://127.0.0.1:5555"], "CURVE"),
            (["--subscribe-endpoints", "tcp://10.0.0.1:5555"], "CURVE"),
            (["--curve-key", "/nowhere/key"], "--curve-servers"),
            (["--http-host", "0.0.0.0"], "--allow-unsafe http"),
            (["--payments-url", "http://192.0.2.1"], "--allow-unsafe payments"),
            (["--payments-key", "/etc/passwd"], "--allow-unsafe key-files"),
            (["--openid-client-secret", "/etc/passwd"], "--allow-unsafe key-files"),
            (["--rabbitmq-password", "/etc/passwd"], "--allow-unsafe key-files"),
            (["--kafka-servers", "192.0.2.1:9092"], "--allow-unsafe brokers"),
            (["--traces-url", "http://192.0.2.1", "--traces-headers", "/etc/passwd"], "--allow-unsafe traces"),
            (["--traces-headers", "/etc/passwd"], "--allow-unsafe key-files"),
            (["--kafka-servers", "kafka"], "host:port"),
            (["--kafka-servers", "127.0.0.1:1", "--kafka-properties", "/etc/passwd"], "/etc/passwd: line 1"),
            (["--rabbitmq-urls", "amqp://127.0.0.1"], "--rabbitmq-password"),
            (["--rabbitmq-urls", "amqp://a:b@mq", "--rabbitmq-password", "/etc/hostname"], "password"),
            (
                ["--rabbitmq-urls", "amqp://192.0.2.1", "--rabbitmq-password", "/etc/hostname"],
                "--allow-unsafe brokers"
            ),
            (["--rabbitmq-urls", "amqp://mq", "--rabbitmq-queue", "a", "--rabbitmq-stream", "b"], "at most one"),
            (["--openid-client-id", "shop"], "--accounts-url"),
            (["--openid-client-id", "shop", "--accounts-url", "http://localhost:1"], "--jwt-issuer"),
            (["--accounts-own", "off", "--accounts-url", "http://localhost:1"], "--openid-client-id"),
            (
                [
                    "--openid-client-id", "shop", "--accounts-url", "http://localhost:1", "--jwt-issuer",
                    "http://id.example",
                ], "https URL"
            ),
            (["--accounts-url", "http://localhost:1"], "--mail-from"),
            (["--accounts-url", "http://localhost:1", "--mail-from", "a@b.example"], "--mail-smtp"),
            (
                [
                    "--accounts-url", "http://localhost:1", "--mail-from", "a@b.example", "--mail-smtp", "smtp://h:25",
                    "--mail-smtp-user", "u",
                ], "--mail-smtp-password"
            ),
            (
                [
                    "--accounts-url", "http://localhost:1", "--mail-from", "a@b.example", "--mail-folder", "/nowhere",
                    "--accounts-mail-folder", "/nowhere",
                ], "the same setting"
            ),
            (
                [
                    "--accounts-url", "http://localhost:1", "--mail-from", "a@b.example", "--mail-folder", "/nowhere",
                    "--mail-templates", "/nowhere",
                ], "--mail-templates: /nowhere"
            ),
            (["--allow-unsafe", "all"], "all"),
            (["--postgres-url", "host=db password=secret"], "PGPASSFILE"),
            (["--audit-log", "/nowhere/audit.log"], "/nowhere/audit.log"),
            (["--cors-origins", "*"], "--cors-origins"),
            (["--rate-limits", "maybe"], "--rate-limits"), (["--rate-quotas", "seat=1"], "seat=1"),
            (["--http-trusted-proxies", "home"], "home"),
            (["--tls-key", "/nowhere/key.pem"], "--tls-certificate"),
            (["--tls-certificate", "/nowhere/a.pem", "--tls-key", "/nowhere/key.pem"], "/nowhere/a.pem"),
        ])
    func refused(settings: [String], word: String) async throws {
        try await withTemporaryFolder { folder in
            try await Executable.run("keys", "--data", folder.path)
            let log = folder.appending(path: "log")
            var arguments = [
                "serve", "--data", folder.path, "--postgres-url", "host=\(folder.path) dbname=none", "--http-port", "0",
                "--jwt-jwks", folder.path + "/keys/jwks.json", "--publish-endpoint", "ipc://\(folder.path)/p.ipc",
            ]
            if let flag = settings.first, let index = arguments.firstIndex(of: flag) {
                arguments.removeSubrange(index...(index + 1))
            }
            let process = try await NodeProcess.start(Executable.path, arguments + settings, logFile: log)
            let killer = Task {
                try await Task.sleep(for: .seconds(20))
                process.signal(SIGKILL)
            }
            let status = try await process.end()
            killer.cancel()
            let text = try String(contentsOf: log, encoding: .utf8)
            #expect((1..<128).contains(status), "\(status): \(text)")
            #expect(text.contains(word), "\(text)")
            #expect(!text.contains("Fatal error"), "\(text)")
        }
    }

    @Test("Two nodes can't have one port: the second says so and leaves the first in peace")
    func portTaken() async throws {
        try await Cluster.with { cluster in
            let a = cluster.node("a")
            try await cluster.start(a)
            let folder = cluster.tokens.dataFolder
            let second = try await NodeProcess.start(
                Executable.path,
                [
                    "serve", "--roles", "query", "--data", folder.path + "/second", "--postgres-url",
                    cluster.database.readerConninfo, "--http-port", "\(a.port)", "--jwt-jwks",
                    folder.path + "/keys/jwks.json",
                ], logFile: folder.appending(path: "second.log"))
            #expect(try await second.end() != 0)
            #expect(
                try String(contentsOf: folder.appending(path: "second.log"), encoding: .utf8).contains(
                    "ddress already in use"))
            try await a.ready()
        }
    }
}
