import Testing

@testable import Fanout

@Suite struct EndpointTests {
    @Test(arguments: [
        "ipc:///run/x", "ipc://*",
    ])
    func `The file system guards`(_ text: String) throws {
        #expect(try FanoutEndpoint(text).isGuardedByFiles)
    }

    @Test(arguments: [
        "tcp://127.0.0.1:5555", "tcp://127.255.255.254:*", "tcp://localhost:1", "tcp://[::1]:65535",
        "ipc://@abstract", "tcp://*:5555", "tcp://0.0.0.0:5555", "tcp://[::]:5555", "tcp://eth0:5555", "tcp://lo:5555",
        "tcp://10.0.0.1:5555", "tcp://127.0.0.1.example.org:5555", "tcp://127.1:5555", "tcp://127.0.0.256:5555",
        "tcp://0127.0.0.1:5555", "tcp://127.0.0.01:5555", "tcp://localhost.example.org:5555",
        "tcp://[::ffff:127.0.0.1]:5555",
        "tcp://127..0.1:5555", "tcp://LOCALHOST:1",
    ])
    func `Strangers may reach`(_ text: String) throws {
        #expect(try !FanoutEndpoint(text).isGuardedByFiles)
    }

    @Test(arguments: [
        "", "tcp://", "ipc://", "tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://127.0.0.1:0", "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1:-1", "tcp://127.0.0.1:+1", "tcp://:5555", "tcp://[]:5555", "tcp://::1:5555",
        "udp://127.0.0.1:1",
        "inproc://x", "pgm://x:1", "tcp://127.0.0.1:1;10.0.0.1:2", "tcp://a b:1", "tcp://a\u{0}:1", "TCP://127.0.0.1:1",
        "tcp://é:1", "tcp://127.0.0.1/x:1", "tcp://a@b:1",
    ])
    func `Not an endpoint`(_ text: String) {
        #expect { try FanoutEndpoint(text) } throws: { ($0 as? FanoutError)?.code == .invalidEndpoint }
    }

    @Test func `A very long endpoint is refused`() {
        #expect(throws: FanoutError.self) { try FanoutEndpoint("ipc://" + String(repeating: "x", count: 300)) }
    }
}
