import Testing

@testable import RateLimits

@Suite("Where a request comes from")
struct AddressTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text), "\(text)") }

    @Test("A /24 and a /56 are one place each; IPv4 is the same in either notation")
    func groups() throws {
        #expect(try address("192.0.2.1").group == address("192.0.2.254").group)
        #expect(try address("192.0.2.1").group != address("192.0.3.1").group)
        #expect(try address("::ffff:192.0.2.1") == address("192.0.2.1"))
        #expect(try address("2001:db8:0:1200::1").group == address("2001:db8:0:12ff:ffff::").group)
        #expect(try address("2001:db8:0:1200::1").group != address("2001:db8:0:1300::1").group)
        #expect(try address("2001:DB8::1") == address("2001:0db8:0:0:0:0:0:1"))
        #expect(try address("::") == address("0:0:0:0:0:0:0:0"))
        #expect(try address("1::") != address("::1"))
    }

    @Test(
        "What is no address",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.a", "+1.2.3.4", "1..2.3", "0001.2.3.4", ":", ":::", "1:2",
            "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "::1::", "12345::", "g::", "+1::", "fe80::1%eth0", "1.2.3.4::",
            "::1.2.3", "-1::", " 1.2.3.4",
        ])
    func malformed(text: String) { #expect(IPAddress(text) == nil) }

    @Test("Ranges")
    func ranges() throws {
        let private4 = try #require(AddressRange("10.0.0.0/8"))
        #expect(try private4.contains(address("10.255.0.1")) && !private4.contains(address("11.0.0.1")))
        #expect(try !private4.contains(address("a00::1")))
        let documented = try #require(AddressRange("2001:db8::/32"))
        #expect(try documented.contains(address("2001:db8:ffff::")) && !documented.contains(address("2001:db9::")))
        let one = try #require(AddressRange("127.0.0.1"))
        #expect(try one.contains(address("127.0.0.1")) && !one.contains(address("127.0.0.2")))
        #expect(try #require(AddressRange("0.0.0.0/0")).contains(address("9.9.9.9")))
        #expect(try !#require(AddressRange("0.0.0.0/0")).contains(address("2001:db8::1")))
        for text in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "10.0.0.0/8/8", "x/8"] {
            #expect(AddressRange(text) == nil)
        }
    }

    @Test(
        "The forwarded address counts from the right, as far as the proxies are ours",
        arguments: [
            // Nobody's proxy: the header is made up.
            ("192.0.2.7", ["198.51.100.1"], "192.0.2.7"),
            ("10.0.0.1", [], "10.0.0.1"), ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", ["1.1.1.1", "198.51.100.1 , 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"), ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
            ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"), ("10.0.0.1", ["[2001:db8::1]:80"], "2001:db8::1"),
            ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
            // What is no address is said by nobody that can be trusted: the last known one counts.
            ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"), ("10.0.0.1", ["198.51.100.1,"], "198.51.100.1"),
        ])
    func forwarded(peer: String, forwarded: [String], expected: String) throws {
        let proxies = TrustedProxies([try #require(AddressRange("10.0.0.0/8"))])
        #expect(try proxies.caller(peer: address(peer), forwarded: forwarded) == address(expected))
    }

    @Test("An endless list of proxies is not read to its end")
    func hops() throws {
        let proxies = TrustedProxies([try #require(AddressRange("10.0.0.0/8"))])
        let list = "198.51.100.1" + String(repeating: ",10.0.0.2", count: 1_000)
        #expect(try proxies.caller(peer: address("10.0.0.1"), forwarded: [list]) == address("10.0.0.2"))
    }
}
