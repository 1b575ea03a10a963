import Domain
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import WebhookDelivery

private struct NoSuchHost: Error {}

@Suite(.timeLimit(.minutes(2))) struct `Looking up the hosts of webhooks` {
    /// Name servers of which those for `silent…` answer when the test says so.
    private final class NameServers: Sendable {
        private let isSilent = Mutex(true)
        let asked = Mutex<[String]>([])

        func speak() { isSilent.withLock { $0 = false } }

        func resolve(_ host: String, _ port: Int) throws -> SocketAddress {
            asked.withLock { $0.append(host) }
            while host.hasPrefix("silent"), isSilent.withLock({ $0 }) { usleep(1_000) }
            guard !host.hasSuffix("nobody") else { throw NoSuchHost() }
            return try SocketAddress(ipAddress: "192.0.2.1", port: port)
        }
    }

    private static func text(_ answer: HostLookUp.Answer) -> String {
        switch answer {
        case .address(let address): address.ipAddress ?? ""
        case .none: "none"
        case .unknown: "unknown"
        }
    }

    @Test func `whose name servers are silent holds up nobody else`() async {
        let servers = NameServers()
        let lookUp = HostLookUp { try servers.resolve($0, $1) }
        let silent = OrganisationID("silent"), other = OrganisationID("other")
        await withTaskGroup(of: String.self) { group in
            for number in 0..<50 {
                group.addTask {
                    Self.text(await lookUp.address(of: "silent\(number)", port: 443, for: silent))
                }
            }
            while servers.asked.withLock(\.count) < 2 { await Task.yield() }
            for _ in 0..<10 {
                #expect(Self.text(await lookUp.address(of: "well", port: 443, for: other)) == "192.0.2.1")
                #expect(Self.text(await lookUp.address(of: "nobody", port: 443, for: other)) == "none")
            }
            // A share of the threads, and no more.
            #expect(servers.asked.withLock { $0.count { $0.hasPrefix("silent") } } == 2)
            for await answer in group { #expect(answer == "unknown") }
        }
        // Those that nobody waits for any more are not asked for.
        servers.speak()
        #expect(Self.text(await lookUp.address(of: "silent-no-more", port: 443, for: silent)) == "192.0.2.1")
        #expect(servers.asked.withLock { $0.count { $0.hasPrefix("silent") } } == 3)
    }

    @Test func `each that waits has its turn`() async {
        let servers = NameServers()
        let lookUp = HostLookUp { try servers.resolve($0, $1) }
        let answers = await withTaskGroup(of: String.self) { group in
            for number in 0..<20 {
                group.addTask {
                    Self.text(await lookUp.address(of: "silent\(number)", port: 443, for: OrganisationID("one")))
                }
            }
            while servers.asked.withLock(\.count) < 2 { await Task.yield() }
            servers.speak()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: "192.0.2.1", count: 20))
    }
}
