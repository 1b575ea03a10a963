import Foundation

/// A show to test with: rows of seats called `1-1`, `1-2` …, and areas.
struct SampleShow {
    var rows = 4
    var seatsPerRow = 10
    /// Capacities by area id.
    var areas: [String: Int] = [:]
    /// Longer than any test takes, so that only those holds end that a test means to.
    var holdSeconds = 3600
    var maxSeatsPerHold = 6
    var onSaleAt: Date?
    /// As long as any test takes, too.
    var paymentSeconds = 3600
    var regrantsLatePayments = false
    var seatPrice = Self.price
    /// Of a unit of an area.
    var unitPrice = Self.areaPrice

    static let price: Int64 = 4500
    static let areaPrice: Int64 = 2500

    func seat(row: Int, _ number: Int) -> String { "\(row)-\(number)" }

    /// Every seat in plan order.
    var seats: [String] { (1...rows).flatMap { row in (1...seatsPerRow).map { seat(row: row, $0) } } }

    /// What `POST /shows` takes. Written by hand: a large plan takes a JSON encoder long.
    var body: [UInt8] {
        var text = """
            {"name":"The Return","artist":"The Holdouts","venue":{"name":"Hall","city":"Hull"},\
            "startsAt":"2030-07-01T19:30:00Z","currency":"EUR","prices":{"Stalls":\(seatPrice),"Floor":\(unitPrice)},\
            "holdSeconds":\(holdSeconds),"maxSeatsPerHold":\(maxSeatsPerHold),"maxSeatsPerUser":1000000,\
            "paymentSeconds":\(paymentSeconds),"regrantsLatePayments":\(regrantsLatePayments)
            """
        if let onSaleAt {
            text += #","onSaleAt":"\#(onSaleAt.ISO8601Format(.init(includingFractionalSeconds: true)))""#
        }
        if rows > 0 { text += #","seatingPlan":\#(plan)"# }
        if !areas.isEmpty {
            let list = areas.sorted { $0.key < $1.key }.map {
                #"{"areaId":"\#($0)","name":"Area \#($0)","capacity":\#($1),"category":"Floor"}"#
            }
            text += #","areas":[\#(list.joined(separator: ","))]"#
        }
        return Array(text.utf8) + [UInt8(ascii: "}")]
    }

    private var plan: String {
        let rows = (1...rows).map { row in
            let seats = (1...seatsPerRow).map { number in
                #"{"seat_guid":"\#(seat(row: row, number))","seat_number":"\#(number)","#
                    + #""position":{"x":\#(number),"y":\#(row)},"category":"Stalls"}"#
            }
            return #"{"row_number":"\#(row)","position":{"x":0,"y":0},"seats":[\#(seats.joined(separator: ","))]}"#
        }
        return #"{"name":"Hall","size":{"width":100,"height":100},"categories":[{"name":"Stalls","color":"teal"}],"#
            + #""zones":[{"name":"Ground","position":{"x":0,"y":0},"rows":[\#(rows.joined(separator: ","))],"areas":[]}]}"#
    }
}

/// Bodies of `POST /shows/{id}/holds`.
enum Hold {
    static func seats(_ seats: String...) -> JSON { ["seats": .list(seats.map(JSON.text))] }
    static func seats(_ seats: [String]) -> JSON { ["seats": .list(seats.map(JSON.text))] }
    static func best(_ quantity: Int64) -> JSON { ["quantity": .integer(quantity)] }
}
