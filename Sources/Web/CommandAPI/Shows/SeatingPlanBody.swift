import Domain
import HTTPServer
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

    /// The plan as the body has it, for ``SeatingPlan/validate()`` to check.
    ///
    /// Throws `invalid-seating-plan` for a shape that there is not.
    func plan() throws(Problem) -> SeatingPlan {
        let indexes = Dictionary(
            zip(categories.map(\.name), categories.indices), uniquingKeysWith: { first, _ in first })
        var zones: [SeatingPlan.Zone] = []
        for zone in self.zones {
            var rows: [SeatingPlan.Row] = []
            for row in zone.rows {
                var seats: [SeatingPlan.Seat] = []
                for seat in row.seats {
                    // Of a category that the plan doesn't have: of one beyond the last.
                    seats.append(
                        SeatingPlan.Seat(
                            guid: seat.seat_guid, number: seat.seat_number ?? "",
                            position: seat.position?.position ?? .zero,
                            category: indexes[seat.category] ?? categories.count))
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
        return SeatingPlan(
            name: name, size: size?.size ?? SeatingPlan.Size(width: 0, height: 0),
            categories: categories.map { SeatingPlan.Category(name: $0.name, color: $0.color ?? "") }, zones: zones)
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

    func drawn() throws(Problem) -> SeatingPlan.Shape {
        let outline: SeatingPlan.Shape.Outline
        switch shape {
        case "circle": outline = .circle(radius: circle?.radius ?? 0)
        case "ellipse": outline = .ellipse(radius: ellipse?.radius?.position ?? .zero)
        case "rectangle": outline = .rectangle(rectangle?.size ?? SeatingPlan.Size(width: 0, height: 0))
        case "polygon": outline = .polygon((polygon?.points ?? []).map(\.position))
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
