import Domain
import WebAPI

/// A seating plan in the format of pretix. What the format has beyond this (ids for its editor, images) is ignored.
struct SeatingPlanBody: Decodable {
    struct PointBody: Decodable {
        var x: Double?
        var y: Double?

        var position: SeatingPlan.Position { SeatingPlan.Position(x: x ?? 0, y: y ?? 0) }
    }

    struct SizeBody: Decodable {
        var width: Double?
        var height: Double?

        var size: SeatingPlan.Size { SeatingPlan.Size(width: width ?? 0, height: height ?? 0) }
    }

    struct CategoryBody: Decodable {
        var name: String
        var color: String?
    }

    struct SeatBody: Decodable {
        var seat_guid: String
        var seat_number: String?
        var position: PointBody?
        var category: String
    }

    struct RowBody: Decodable {
        var row_number: String?
        var position: PointBody?
        var seats: [SeatBody]
    }

    struct ZoneBody: Decodable {
        var name: String?
        var position: PointBody?
        var rows: [RowBody]
        var areas: [ShapeBody]?
    }

    var name: String
    var size: SizeBody?
    var categories: [CategoryBody]
    var zones: [ZoneBody]

    private static let seatsMax = 200_000
    private static let categoriesMax = 200
    /// Of a name, a number or a colour.
    private static let textBytesMax = 256

    /// Throws `invalid-seating-plan`, naming the first thing that is wrong.
    func plan() throws(Problem) -> SeatingPlan {
        guard (1...Self.categoriesMax).contains(categories.count) else {
            throw .plan("There must be 1 to \(Self.categoriesMax) categories.")
        }
        var categoryIndexes: [String: Int] = [:]
        for (index, category) in categories.enumerated() {
            try Self.bound(category.name, category.color)
            guard DisplayText(category.name) != nil else { throw .plan("A category needs a name of one line.") }
            guard categoryIndexes.updateValue(index, forKey: category.name) == nil else {
                throw .plan("Two categories are called \(category.name).")
            }
        }
        var guids: Set<String> = []
        var zones: [SeatingPlan.Zone] = []
        try Self.bound(name)
        for zone in self.zones {
            try Self.bound(zone.name)
            var rows: [SeatingPlan.Row] = []
            for row in zone.rows {
                try Self.bound(row.row_number)
                var seats: [SeatingPlan.Seat] = []
                for seat in row.seats {
                    try Self.bound(seat.seat_number)
                    guard Identifier<Self>(checking: seat.seat_guid) != nil else {
                        throw .plan("A seat_guid is not 1 to 64 visible ASCII characters.")
                    }
                    guard guids.insert(seat.seat_guid).inserted else {
                        throw .plan("The seat_guid \(seat.seat_guid) is there twice.")
                    }
                    guard guids.count <= Self.seatsMax else {
                        throw .plan("There are more than \(Self.seatsMax) seats.")
                    }
                    guard let category = categoryIndexes[seat.category] else {
                        throw .plan("Seat \(seat.seat_guid) is of a category that the plan doesn't have.")
                    }
                    seats.append(
                        SeatingPlan.Seat(
                            guid: seat.seat_guid, number: seat.seat_number ?? "",
                            position: seat.position?.position ?? .zero, category: category))
                }
                rows.append(
                    SeatingPlan.Row(
                        number: row.row_number ?? "", position: row.position?.position ?? .zero, seats: seats))
            }
            var shapes: [SeatingPlan.Shape] = []
            for shape in zone.areas ?? [] { shapes.append(try shape.drawn()) }
            zones.append(
                SeatingPlan.Zone(
                    name: zone.name ?? "", position: zone.position?.position ?? .zero, rows: rows, shapes: shapes))
        }
        guard !guids.isEmpty else { throw .plan("There are no seats.") }
        return SeatingPlan(
            name: name, size: size?.size ?? SeatingPlan.Size(width: 0, height: 0),
            categories: categories.map { SeatingPlan.Category(name: $0.name, color: $0.color ?? "") }, zones: zones)
    }

    static func bound(_ texts: String?...) throws(Problem) {
        guard texts.allSatisfy({ ($0?.utf8.count ?? 0) <= textBytesMax }) else {
            throw .plan("A name, number or colour has more than \(textBytesMax) bytes.")
        }
    }
}

extension Problem {
    fileprivate static func plan(_ detail: String) -> Problem {
        Problem(.invalidSeatingPlan, detail: detail)
    }
}

/// A drawn shape of a zone: pretix calls it an area.
struct ShapeBody: Decodable {
    struct CircleBody: Decodable { var radius: Double? }
    struct EllipseBody: Decodable { var radius: SeatingPlanBody.PointBody? }
    struct PolygonBody: Decodable { var points: [SeatingPlanBody.PointBody]? }
    struct TextBody: Decodable {
        var text: String?
        var color: String?
        var size: Double?
        var position: SeatingPlanBody.PointBody?
    }

    var shape: String
    var position: SeatingPlanBody.PointBody?
    var color: String?
    var border_color: String?
    var rotation: Double?
    var circle: CircleBody?
    var ellipse: EllipseBody?
    var rectangle: SeatingPlanBody.SizeBody?
    var polygon: PolygonBody?
    var text: TextBody?

    private static let pointsMax = 10_000

    func drawn() throws(Problem) -> SeatingPlan.Shape {
        try SeatingPlanBody.bound(color, border_color, text?.text, text?.color)
        let outline: SeatingPlan.Shape.Outline
        switch shape {
        case "circle": outline = .circle(radius: circle?.radius ?? 0)
        case "ellipse": outline = .ellipse(radius: ellipse?.radius?.position ?? .zero)
        case "rectangle": outline = .rectangle(rectangle?.size ?? SeatingPlan.Size(width: 0, height: 0))
        case "polygon":
            let points = polygon?.points ?? []
            guard points.count <= Self.pointsMax else {
                throw .plan("A polygon has more than \(Self.pointsMax) points.")
            }
            outline = .polygon(points.map(\.position))
        case "text": outline = .text
        default: throw .plan("A shape is not a circle, ellipse, rectangle, polygon or text.")
        }
        return SeatingPlan.Shape(
            outline: outline, position: position?.position ?? .zero, color: color ?? "",
            borderColor: border_color ?? "",
            rotation: rotation ?? 0,
            label: text.map {
                SeatingPlan.Shape.Label(
                    text: $0.text ?? "", color: $0.color ?? "", size: $0.size ?? 0,
                    position: $0.position?.position ?? .zero)
            })
    }
}
