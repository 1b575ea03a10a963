@testable import CommandAPI
import Domain
@testable import HTTPServer
import NIOCore
import Payments
import Testing
@testable import WebAPI

@Suite("How a show is paid for")
struct ShowPaymentTests {
    private func show(_ more: String, price: Int = 100, currency: String = "EUR") throws -> ShowCreated {
        let body = #"""
            {"name":"Night","artist":"Band","venue":{"name":"Hall","city":"Gent"},"startsAt":"2040-01-01T20:00:00Z",
            "currency":"\#(currency)","prices":{"A":\#(price)},"areas":[{"areaId":"a","name":"A","capacity":1,"category":"A"}]\#(more)}
            """#
        return try JSONBody(bytes: ByteBuffer(string: body)).decode(ShowBody.self).show(
            ShowID("show"), canCharge: StripeProvider.canCharge
        ).show
    }

    @Test("120 seconds and no late ones, unless it says otherwise") func settings() throws {
        for more in ["", #","paymentSeconds":null,"regrantsLatePayments":null"#] {
            let show = try show(more)
            #expect(show.paymentSeconds == 120)
            #expect(!show.regrantsLatePayments)
        }
        let show = try show(#","paymentSeconds":10,"regrantsLatePayments":true"#)
        #expect(show.paymentSeconds == 10)
        #expect(show.regrantsLatePayments)
        #expect(try self.show(#","paymentSeconds":3600"#).paymentSeconds == 3600)
    }

    @Test("What can't be charged can't be a price", arguments: [("KWD", 1_005), ("MGA", 150)])
    func steps(currency: String, price: Int) throws {
        let problem = #expect(throws: Problem.self) { try show("", price: price, currency: currency) }
        #expect(problem?.code == .invalidShow)
        #expect(problem?.members.contains { $0.name == "faults" } == true)
        #expect(try show("", price: price * 10 / 100 * 100, currency: currency).currency == currency)
    }

    @Test(
        "A show is priced in money that there is, and that can be charged",
        arguments: ["ZZZ", "XXX", "XTS", "XAU", "HRK", "eur", "EURO", "", "IRR", "CHE"])
    func currencies(currency: String) {
        let problem = #expect(throws: Problem.self) { try show("", currency: currency) }
        #expect(problem?.code == .invalidShow)
        #expect(problem?.detail?.contains(currency) == true)
    }

    @Test("Money of any number of decimals", arguments: ["JPY", "USD", "CHF", "TND", "GHS"])
    func goodCurrencies(currency: String) throws {
        #expect(try show("", price: 1000, currency: currency).currency == currency)
    }

    @Test("Between 10 seconds and an hour", arguments: ["9", "3601", "-1", "9223372036854775807"]) func bounds(
        seconds: String
    ) {
        let problem = #expect(throws: Problem.self) { try show(#","paymentSeconds":\#(seconds)"#) }
        #expect(problem?.code == .invalidShow)
    }
}
