import Domain
import HTTPServer
import WebAPI

/// The member `ticketTypes` of a hold: by seat the name of a type, by area how many of each, or for best places how many
/// of each.
struct TicketTypeWish: Decodable {
    private enum Value: Decodable {
        case type(String)
        case count(Int)
        case counts([String: Int])

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            do {
                self = .type(try value.decode(String.self))
            } catch {
                do {
                    self = .count(try value.decode(Int.self))
                } catch {
                    self = .counts(try value.decode([String: Int].self))
                }
            }
        }
    }

    private var values: [String: Value]

    /// Places that one request may name.
    private static let countMax = 200

    init(from decoder: any Decoder) throws { values = try decoder.singleValueContainer().decode([String: Value].self) }

    /// For places that are named.
    ///
    /// - Parameter isArea: whether an area of the request is called so.
    func named(areas isArea: (String) -> Bool) throws(Problem) -> TicketTypeChoice {
        guard values.count <= Self.countMax else {
            throw .invalid("ticketTypes has more than \(Self.countMax) members.")
        }
        var seats: [String: String] = [:]
        var areas: [AreaID: [String: Int]] = [:]
        for (place, value) in values.sorted(by: { $0.key < $1.key }) {
            switch value {
            case .type(let type): seats[place] = try Self.name(type)
            case .counts(let counts):
                guard isArea(place), let id = AreaID(checking: place) else {
                    throw .invalid("ticketTypes names an area that the request does not.")
                }
                areas[id] = try Self.check(counts)
            case .count: throw .invalid("ticketTypes gives each seat a type, and each area counts by type.")
            }
        }
        return .named(seats: seats, areas: areas)
    }

    /// For a number of best places.
    func counted(of quantity: Int) throws(Problem) -> TicketTypeChoice {
        guard values.count <= Self.countMax else {
            throw .invalid("ticketTypes has more than \(Self.countMax) members.")
        }
        var counts: [String: Int] = [:]
        for (type, value) in values {
            guard case .count(let count) = value else {
                throw .invalid("With a quantity, ticketTypes says how many of each type.")
            }
            counts[type] = count
        }
        counts = try Self.check(counts)
        guard counts.values.reduce(0, { $0 + min($1, 1_000) }) <= quantity else {
            throw .invalid("ticketTypes counts more places than the quantity.")
        }
        return .counted(counts)
    }

    private static func check(_ counts: [String: Int]) throws(Problem) -> [String: Int] {
        for (type, count) in counts {
            _ = try name(type)
            guard count > 0 else { throw .invalid("A count in ticketTypes must be at least 1.") }
        }
        return counts
    }

    /// Rejections store the name, so it must be short and printable.
    private static func name(_ type: String) throws(Problem) -> String {
        guard DisplayText(type) != nil else {
            throw Problem(.unknownTicketType, detail: "That can't be the name of a ticket type.")
        }
        return type
    }
}
