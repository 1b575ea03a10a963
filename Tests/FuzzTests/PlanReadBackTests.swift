import Contract
import Domain
import EventLog
import Foundation
import NIOCore
import Testing

@testable import CommandAPI
@testable import HTTPServer
@testable import QueryAPI
@testable import Text

/// A plan comes back as it came.
@Suite("Plans as pretix and others write them")
struct PlanReadBackTests {
    private func plan(_ json: String) throws(Problem) -> SeatingPlan {
        try JSONBody(bytes: ByteBuffer(string: json)).decode(SeatingPlanBody.self).plan()
    }

    private func equal(_ one: [UInt8], _ other: [UInt8]) throws -> Bool {
        let parse = { (json: [UInt8]) in try JSONSerialization.jsonObject(with: Data(json)) as? NSObject }
        let (one, other) = (try parse(one), try parse(other))
        return one != nil && one == other
    }

    static let documents = [
        // With ids of an editor, labels, radii and shapes that are not known here.
        #"""
        {"name":"Saal \"A\"","size":{"width":800,"height":600.5},"id":"p-1","version":{"major":2,"tags":["x",null,true]},
         "categories":[{"name":"Parkett","color":"#f80","uuid":"c-1"},{"name":"Rang"}],
         "zones":[{"name":"Links","uuid":"z","zone_id":"left","position":{"x":10,"y":-20},
          "rows":[{"row_number":"1","row_label":"Reihe","row_number_position":"both","uuid":"r","position":{"x":0,"y":3e0},
            "seats":[{"seat_guid":"Reihe 1 Platz ü 座席","seat_number":"1","seat_label":"P","uuid":"s","radius":8,
                      "position":{"x":1.50,"y":2},"category":"Parkett","start_angle":0},
                     {"seat_guid":"2","seat_number":"2","position":{"x":26,"y":2,"z":1},"category":"Rang"}]}],
          "areas":[{"shape":"circle","uuid":"a","position":{"x":0,"y":0},"color":"red","border_color":"black","rotation":45,
                    "circle":{"radius":5},"text":{"text":"Bühne\nhinten","color":"#fff","size":12,"position":{"x":1,"y":1}}},
                   {"shape":"star","points":5,"position":{"x":1,"y":2}},
                   {"width":100,"height":20,"position":{"x":1,"y":2},"text":"Bar","rotation":0},
                   {"shape":"polygon","polygon":{"points":[{"x":1,"y":2},{"x":3},{}]}},
                   {"shape":"rectangle","rectangle":{"width":1,"height":2},"circle":{"radius":1}}]}]}
        """#,
        // As little as can be.
        #"{"name":"","zones":[{"rows":[{"seats":[{"seat_guid":" ","seat_guid_":1,"category":"A"}]}]}],"categories":[{"name":"A"}]}"#
            .replacing("\" \"", with: "\"a b\""),
        // Nothing, said in so many words.
        #"""
        {"name":"n","size":null,"focal_point":null,"categories":[{"name":"A","color":null}],"zones":[
          {"name":null,"position":null,"areas":null,"rows":[]},
          {"rows":null,"areas":[{"shape":null,"text":null,"circle":null,"position":null,"color":null,"rotation":null}]},
          {"rows":[{"row_number":null,"position":{"x":null,"y":1},"rank":null,"seats":[
            {"seat_guid":"a","seat_number":null,"position":{},"category":"A","accessible":null,"companion":false}]}]}]}
        """#,
        // What is known here and not to pretix.
        #"""
        {"name":"n","focal_point":{"x":1,"y":2},"categories":[{"name":"A","color":""}],"zones":[{"rows":[
          {"rank":1.5,"seats":[{"seat_guid":"a","category":"A","accessible":true,"companion":true},
          {"seat_guid":"b","category":"A","accessible":false,"position":{"x":0.12345678901234567890,"y":9007199254740993}}]}]}]}
        """#,
    ]

    @Test("come back as they came, from the body and from the log", arguments: documents)
    func comesBack(_ document: String) throws {
        let plan = try plan(document)
        let unpacked = try packed(plan).unpacked()
        for plan in [plan, try SeatingPlan(Holdfast_V1_SeatingPlan(plan)), unpacked] {
            var json = JSONWriter()
            plan.write(into: &json)
            #expect(try equal(json.bytes, Array(document.utf8)), "\(String(decoding: json.bytes, as: UTF8.self))")
            #expect(try self.plan(String(decoding: json.bytes, as: UTF8.self)) == plan)
        }
    }

    private func packed(_ plan: SeatingPlan) throws -> PackedPlan {
        var show = Fixture.show
        show.seatingPlan = plan
        guard case .created(let read) = try EncodedEvent(.created(show)).decoded(),
            case .packed(let packed)? = read.plan
        else { throw Violation("the log gives no plan back") }
        return packed
    }

    private func refusal(_ json: String) throws -> (code: String, faults: [String], omitted: Int64?) {
        let problem = try #require(throws: Problem.self) { _ = try plan(json) }
        var faults: [String] = []
        var omitted: Int64?
        for member in problem.members {
            switch (member.name, member.value) {
            case ("faults", .array(let values)):
                faults = values.map { value in
                    guard case .object(let members) = value else { return "?" }
                    return members.map { if case .string(let text) = $0.value { text } else { "?" } }.joined(
                        separator: ": ")
                }
            case ("faultsOmitted", .integer(let count)): omitted = count
            default: break
            }
        }
        return (problem.code.name, faults, omitted)
    }

    @Test("All that is wrong is told, with its place")
    func faults() throws {
        let seat = { (guid: String, more: String) in #"{"seat_guid":\#(guid),"category":"A"\#(more)}"# }
        let seats = [
            seat(#""a""#, ""), seat(#""a""#, ""), seat(#""\u0001""#, ""), seat(#""\u202ea""#, ""),
            seat("\"\(String(repeating: "x", count: 256))\"", ""), seat(#""""#, ""),
            #"{"seat_guid":"n","category":"Balkon"}"#,
        ].joined(separator: ",")
        let invalid = try refusal(
            #"{"name":"n","categories":[{"name":"A"},{"name":"A"}],"zones":[{"rows":[{"seats":[\#(seats)]}]}]}"#)
        #expect(invalid.code == "invalid-seating-plan")
        #expect(
            invalid.faults.map { $0.prefix { $0 != ":" } } == [
                "zones[0].rows[0].seats[6].category", "categories[1].name", "zones[0].rows[0].seats[1].seat_guid",
                "zones[0].rows[0].seats[2].seat_guid", "zones[0].rows[0].seats[3].seat_guid",
                "zones[0].rows[0].seats[4].seat_guid", "zones[0].rows[0].seats[5].seat_guid",
            ])
        #expect(invalid.faults[0].contains("Seat n is of category Balkon"))

        let misshapen = try refusal(
            #"""
            {"name":null,"size":[],"categories":[1,{"color":2}],"zones":[{"position":{"x":"far","y":1e999},"rows":[
              {"seats":[{"seat_guid":1,"seat_guid":2,"x":1,"x":2},null]},{}]},{"areas":[7,{"rotation":"x"}],"rows":{}}]}
            """#)
        #expect(misshapen.code == "invalid-request")
        #expect(
            misshapen.faults.prefix(15) == [
                "name: must not be null", "size: must be an object", "categories[0]: must be an object",
                "categories[1].color: must be a string", "categories[1].name: is missing",
                "zones[0].position.x: must be a number", "zones[0].position.y: is out of range",
                "zones[0].rows[0].seats[0].seat_guid: must be a string",
                "zones[0].rows[0].seats[0].seat_guid: is there twice", "zones[0].rows[0].seats[0].x: is there twice",
                "zones[0].rows[0].seats[0].category: is missing", "zones[0].rows[0].seats[1]: must be an object",
                "zones[0].rows[1].seats: is missing", "zones[1].areas[0]: must be an object",
                "zones[1].areas[1].rotation: must be a number",
            ])
    }

    @Test("Of very much that is wrong, the first hundred are told")
    func manyFaults() throws {
        let seats = Array(repeating: #"{"seat_guid":"a","category":"A"}"#, count: 151).joined(separator: ",")
        let many = try refusal(#"{"name":"n","categories":[{"name":"A"}],"zones":[{"rows":[{"seats":[\#(seats)]}]}]}"#)
        #expect(many.faults.count == 100)
        #expect(many.omitted == 50)
    }

    @Test(
        "Seats may be called anything that can be shown", arguments: ["A 1", "Ü", "座席 1", "a/b?c#d%", " x ", "🎭", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
    func guids(_ guid: String) throws {
        let body = JSONBody(bytes: ByteBuffer(string: #"{"seats":["\#(guid)"]}"#))
        let selection = try body.decode(HoldBody.self).selection()
        #expect(selection == .named(seats: [guid], areas: []))
        #expect(SeatingPlan.Seat.isGuid(String(repeating: guid, count: 255 / guid.unicodeScalars.count)))
    }
}
