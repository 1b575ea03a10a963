import Domain
import Text

/// Reads a seating plan from a body in one pass, and goes on where something is wrong, so that all of it is told.
///
/// Each object is read member by member. A known member becomes a value; where that value would not be written out as it
/// came (a position with a third coordinate, a `null`), the member is kept as well. Every other member is kept as it is.
/// Shapes, which are few and only drawn, are kept whole.
struct PlanReader {
    /// What is not of the format's shape, and so can't be read. Places are in the plan's document; a reason is a rule that
    /// follows its place.
    private(set) var faults = FaultList()
    /// Seats of a category that the plan doesn't have.
    private(set) var unknownCategories = FaultList()
    private var cursor: JSONCursor
    /// The names that seats have for their categories; until all is read, a seat's category is an index into them.
    private var categoryNames: [String] = []
    private var categoryNumbers: [String: Int] = [:]

    /// - Parameter cursor: at the plan.
    init(_ cursor: JSONCursor) { self.cursor = cursor }

    /// The plan; nil where the value is no object. Without faults it is what the document says.
    mutating func plan() -> SeatingPlan? {
        var plan = SeatingPlan(name: "", size: SeatingPlan.Size(width: 0, height: 0), categories: [], zones: [])
        var read = ReadObject(
            .plan, [.name, .size, .categories, .zones],
            required: [(.name, "name"), (.categories, "categories"), (.zones, "zones")])
        let isObject = members { reader, name in
            switch name {
            case "name": reader.text(.name, name, &read, into: &plan.name)
            case "size":
                if let (width, height) = reader.pair(.size, name, ("width", "height"), &read) {
                    plan.size = SeatingPlan.Size(width: width, height: height)
                }
            case "categories":
                reader.array(.categories, name, &read) { reader, index in
                    reader.category(index).map { plan.categories.append($0) } != nil
                }
            case "zones":
                reader.array(.zones, name, &read) { reader, index in
                    reader.zone(index).map { plan.zones.append($0) } != nil
                }
            case "focal_point":
                if let (x, y) = reader.pair(.focalPoint, name, ("x", "y"), &read) {
                    plan.focalPoint = SeatingPlan.Position(x: x, y: y)
                }
            default: reader.keep(name, &read)
            }
        }
        guard isObject else { return nil }
        plan.rest = finish(read)
        resolveCategories(&plan)
        return plan
    }

    private mutating func category(_ index: Int) -> SeatingPlan.Category? {
        var category = SeatingPlan.Category(name: "", color: "")
        var read = ReadObject(.category(index), [.name, .color], required: [(.name, "name")])
        let isObject = members { reader, name in
            switch name {
            case "name": reader.text(.name, name, &read, into: &category.name)
            case "color": reader.text(.color, name, &read, into: &category.color)
            default: reader.keep(name, &read)
            }
        }
        guard isObject else { return nil }
        category.rest = finish(read)
        return category
    }

    private mutating func zone(_ index: Int) -> SeatingPlan.Zone? {
        var zone = SeatingPlan.Zone(name: "", position: .zero, rows: [], shapes: [])
        var read = ReadObject(.zone(index), [.name, .position, .rows, .areas])
        let isObject = members { reader, name in
            switch name {
            case "name": reader.text(.name, name, &read, into: &zone.name)
            case "position": reader.position(&read, into: &zone.position)
            case "rows":
                reader.array(.rows, name, &read) { reader, row in
                    reader.row(row, zone: index).map { zone.rows.append($0) } != nil
                }
            case "areas":
                reader.array(.areas, name, &read) { reader, area in
                    reader.shape(.area(zone: index, area)).map { zone.shapes.append($0) } != nil
                }
            default: reader.keep(name, &read)
            }
        }
        guard isObject else { return nil }
        zone.rest = finish(read)
        return zone
    }

    private mutating func row(_ index: Int, zone: Int) -> SeatingPlan.Row? {
        var row = SeatingPlan.Row(number: "", position: .zero, seats: [])
        var read = ReadObject(
            .row(zone: zone, index), [.rowNumber, .position, .seats], required: [(.seats, "seats")])
        let isObject = members { reader, name in
            switch name {
            case "row_number": reader.text(.rowNumber, name, &read, into: &row.number)
            case "position": reader.position(&read, into: &row.position)
            case "seats":
                reader.array(.seats, name, &read) { reader, seat in
                    reader.seat(.seat(zone: zone, row: index, seat)).map { row.seats.append($0) } != nil
                }
            case "rank": row.rank = reader.number(.rank, name, &read)
            default: reader.keep(name, &read)
            }
        }
        guard isObject else { return nil }
        row.rest = finish(read)
        return row
    }

    private mutating func seat(_ place: PlanPlace) -> SeatingPlan.Seat? {
        var seat = SeatingPlan.Seat(guid: "", number: "", position: .zero, category: 0)
        var category = ""
        var read = ReadObject(
            place, [.seatGuid, .seatNumber, .position, .category],
            required: [(.seatGuid, "seat_guid"), (.category, "category")])
        let isObject = members { reader, name in
            switch name {
            case "seat_guid": reader.text(.seatGuid, name, &read, into: &seat.guid)
            case "seat_number": reader.text(.seatNumber, name, &read, into: &seat.number)
            case "position": reader.position(&read, into: &seat.position)
            case "category": reader.text(.category, name, &read, into: &category)
            case "accessible": seat.isAccessible = reader.flag(.accessible, name, &read)
            case "companion": seat.isCompanion = reader.flag(.companion, name, &read)
            default: reader.keep(name, &read)
            }
        }
        guard isObject else { return nil }
        seat.category = number(ofCategory: category)
        seat.rest = finish(read)
        return seat
    }

    // MARK: Categories

    private mutating func number(ofCategory name: String) -> Int {
        if let number = categoryNumbers[name] { return number }
        categoryNumbers[name] = categoryNames.count
        categoryNames.append(name)
        return categoryNames.count - 1
    }

    /// Gives every seat the index of its category, now that the categories are known: one beyond the last, if the plan
    /// doesn't have it.
    private mutating func resolveCategories(_ plan: inout SeatingPlan) {
        let indexes = Dictionary(
            zip(plan.categories.map(\.name), plan.categories.indices), uniquingKeysWith: { first, _ in first })
        let resolved = categoryNames.map { indexes[$0] ?? plan.categories.count }
        for zone in plan.zones.indices {
            for row in plan.zones[zone].rows.indices {
                for seat in plan.zones[zone].rows[row].seats.indices {
                    let number = plan.zones[zone].rows[row].seats[seat].category
                    plan.zones[zone].rows[row].seats[seat].category = resolved[number]
                    guard resolved[number] == plan.categories.count else { continue }
                    let guid = plan.zones[zone].rows[row].seats[seat].guid
                    unknownCategories.add(
                        PlanPlace.seat(zone: zone, row: row, seat).member("category"),
                        "Seat \(Self.named(guid)) is of category \(Self.named(categoryNames[number])), which the plan "
                            + "doesn't have.")
                }
            }
        }
    }

    /// What may be repeated to the caller.
    private static func named(_ name: String) -> String { SeatingPlan.Seat.isGuid(name) ? name : "…" }
}

/// An object of a plan as far as it was read.
private struct ReadObject {
    let place: PlanPlace
    /// Members that are written out, whatever their value.
    let known: SeatingPlan.Members
    let required: [(member: SeatingPlan.Members, name: String)]
    /// Members that are there.
    var seen: SeatingPlan.Members = []
    /// Those of them that their values say all about.
    var exact: SeatingPlan.Members = []
    var keptNames: Set<String> = []
    var kept = ""

    init(
        _ place: PlanPlace, _ known: SeatingPlan.Members,
        required: [(member: SeatingPlan.Members, name: String)] = []
    ) {
        self.place = place
        self.known = known
        self.required = required
    }

    var rest: SeatingPlan.Rest {
        SeatingPlan.Rest(members: kept, unwritten: known.union(seen).subtracting(exact))
    }
}

// MARK: Members

extension PlanReader {
    /// Reads the object at the cursor; false, and passes over it, for anything else.
    private mutating func members(_ member: (inout PlanReader, _ name: String) -> Void) -> Bool {
        var cursor = cursor
        let isObject = cursor.members { name, cursor in
            self.cursor = cursor
            member(&self, name)
            cursor = self.cursor
        }
        if !isObject { cursor.skip() }
        self.cursor = cursor
        return isObject
    }

    private mutating func elements(_ element: (inout PlanReader, _ index: Int) -> Void) -> Bool {
        var cursor = cursor
        var index = 0
        let isArray = cursor.elements { cursor in
            self.cursor = cursor
            element(&self, index)
            cursor = self.cursor
            index += 1
        }
        if !isArray { cursor.skip() }
        self.cursor = cursor
        return isArray
    }

    /// Keeps a member that nothing here knows.
    private mutating func keep(_ name: String, _ read: inout ReadObject) {
        guard read.keptNames.insert(name).inserted else {
            faults.add(read.place.member(Self.named(name)), "is there twice")
            return
        }
        keep(name, cursor.skip(), &read)
    }

    private func keep(_ name: String, _ value: Range<Int>, _ read: inout ReadObject) {
        var key = JSONWriter(capacity: name.utf8.count + 3)
        key.key(name)
        if !read.kept.isEmpty { read.kept += "," }
        read.kept += String(decoding: key.bytes, as: UTF8.self) + cursor.compact(value)
    }

    /// Reads a known member by `value`, which returns whether the value says all about it; nil: it is of another type, and
    /// was left.
    private mutating func member(
        _ member: SeatingPlan.Members, _ name: String, _ type: String, _ read: inout ReadObject,
        _ value: (inout PlanReader) -> Bool?
    ) {
        guard !read.seen.contains(member) else {
            faults.add(read.place.member(name), "is there twice")
            return
        }
        read.seen.insert(member)
        let start = cursor.index
        if let isExact = value(&self) {
            if isExact { read.exact.insert(member) } else { keep(name, start..<cursor.index, &read) }
        } else if cursor.null(), !read.required.contains(where: { $0.member == member }) {
            // As good as if it were not there, but for coming back.
            keep(name, start..<cursor.index, &read)
        } else {
            faults.add(read.place.member(name), cursor.index > start ? "must not be null" : "must be \(type)")
        }
    }

    private mutating func text(
        _ member: SeatingPlan.Members, _ name: String, _ read: inout ReadObject, into text: inout String
    ) {
        self.member(member, name, "a string", &read) { reader in
            guard let value = reader.cursor.string() else { return nil }
            text = value
            return true
        }
    }

    /// True only where it says so: false is as good as nothing.
    private mutating func flag(_ member: SeatingPlan.Members, _ name: String, _ read: inout ReadObject) -> Bool {
        var flag = false
        self.member(member, name, "true or false", &read) { reader in
            guard let value = reader.cursor.boolean() else { return nil }
            flag = value
            return value
        }
        return flag
    }

    private mutating func number(_ member: SeatingPlan.Members, _ name: String, _ read: inout ReadObject) -> Double? {
        var number: Double?
        let place = read.place
        self.member(member, name, "a number", &read) { reader in
            guard let (value, isExact) = reader.double(place.member(name)) else { return nil }
            number = value
            return isExact
        }
        return number
    }

    private mutating func position(_ read: inout ReadObject, into position: inout SeatingPlan.Position) {
        if let (x, y) = pair(.position, "position", ("x", "y"), &read) {
            position = SeatingPlan.Position(x: x, y: y)
        }
    }

    /// Reads an object of two numbers; one that is not there is zero.
    private mutating func pair(
        _ member: SeatingPlan.Members, _ name: String, _ names: (String, String), _ read: inout ReadObject
    ) -> (Double, Double)? {
        var pair: (Double, Double)?
        let place = read.place
        self.member(member, name, "an object", &read) { reader in
            guard let (values, isExact) = reader.doubles(place.member(name), names) else { return nil }
            pair = values
            return isExact
        }
        return pair
    }

    /// - Parameter element: reads the next element; false: it is no object, and was passed over.
    private mutating func array(
        _ member: SeatingPlan.Members, _ name: String, _ read: inout ReadObject,
        _ element: (inout PlanReader, _ index: Int) -> Bool
    ) {
        let place = read.place
        self.member(member, name, "an array", &read) { reader in
            guard reader.cursor.kind == .array else { return nil }
            return reader.elements { reader, index in
                if !element(&reader, index) {
                    reader.faults.add("\(place.member(name))[\(index)]", "must be an object")
                }
            }
        }
    }

    /// A number, and whether a `Double` is just that; nil for any other value, which is left.
    private mutating func double(_ place: @autoclosure () -> String) -> (Double, isExact: Bool)? {
        guard let number = cursor.number() else { return nil }
        guard let value = number.jsonDouble else {
            faults.add(place(), "is out of range")
            return (0, true)
        }
        // No Double has more digits that count.
        return (value, number.count <= 17)
    }

    /// An object of two numbers, and whether it is just that; nil for any other value, which is left.
    private mutating func doubles(
        _ place: @autoclosure () -> String, _ names: (String, String)
    ) -> ((Double, Double), isExact: Bool)? {
        guard cursor.kind == .object else { return nil }
        var values: (Double?, Double?)
        var isExact = true
        _ = members { reader, name in
            guard name == names.0 || name == names.1 else { return isExact = false }
            guard let (value, isExactNumber) = reader.double("\(place()).\(name)") else {
                isExact = false
                if !reader.cursor.null() { reader.faults.add("\(place()).\(name)", "must be a number") }
                return
            }
            isExact = isExact && isExactNumber
            if name == names.0 { values.0 = value } else { values.1 = value }
        }
        return ((values.0 ?? 0, values.1 ?? 0), isExact && values.0 != nil && values.1 != nil)
    }

    private mutating func finish(_ read: ReadObject) -> SeatingPlan.Rest {
        for (member, name) in read.required where !read.seen.contains(member) {
            faults.add(read.place.member(name), "is missing")
        }
        return read.rest
    }
}

// MARK: Shapes

extension PlanReader {
    /// An area to draw. One of a kind that is not known here draws nothing; the document has it still.
    private mutating func shape(_ place: PlanPlace) -> SeatingPlan.Shape? {
        var shape = SeatingPlan.Shape(
            outline: .text, position: .zero, color: "", borderColor: "", rotation: 0, label: nil)
        var kind = ""
        var outlines: [String: SeatingPlan.Shape.Outline] = [:]
        let start = cursor.index
        let isObject = members { reader, name in
            let at = place.member(name)
            switch name {
            case "position": if let position = reader.point(at) { shape.position = position }
            case "color": shape.color = reader.string(at)
            case "border_color": shape.borderColor = reader.string(at)
            case "rotation": shape.rotation = reader.plainNumber(at)
            case "shape": kind = reader.string(at)
            case "text": shape.label = reader.label(at)
            case "circle", "ellipse", "rectangle", "polygon": outlines[name] = reader.outline(name, at)
            default: break
            }
        }
        guard isObject else { return nil }
        if let outline = outlines[kind] { shape.outline = outline }
        shape.rest = SeatingPlan.Rest(
            members: String(cursor.compact(start..<cursor.index).dropFirst().dropLast()),
            unwritten: [.position, .color, .borderColor, .rotation, .shape, .outline, .text])
        return shape
    }

    private mutating func outline(_ kind: String, _ place: String) -> SeatingPlan.Shape.Outline? {
        if cursor.null() { return nil }
        if kind == "rectangle" {
            return plainPair(place, ("width", "height")).map { .rectangle(SeatingPlan.Size(width: $0, height: $1)) }
        }
        var outline: SeatingPlan.Shape.Outline?
        let isObject = members { reader, name in
            let at = "\(place).\(name)"
            switch (kind, name) {
            case ("circle", "radius"): outline = .circle(radius: reader.plainNumber(at))
            case ("ellipse", "radius"): outline = reader.point(at).map(SeatingPlan.Shape.Outline.ellipse)
            case ("polygon", "points"):
                if reader.cursor.null() { return }
                var points: [SeatingPlan.Position] = []
                let isArray = reader.elements { reader, index in
                    reader.point("\(at)[\(index)]").map { points.append($0) }
                }
                if isArray { outline = .polygon(points) } else { reader.faults.add(at, "must be an array") }
            default: break
            }
        }
        if !isObject { faults.add(place, "must be an object") }
        return outline
    }

    /// The words on a shape; early versions of the format have them as a string.
    private mutating func label(_ place: String) -> SeatingPlan.Shape.Label? {
        var label = SeatingPlan.Shape.Label(text: "", color: "", size: 0, position: .zero)
        if cursor.null() { return nil }
        if let text = cursor.string() {
            label.text = text
            return label
        }
        let isObject = members { reader, name in
            let at = "\(place).\(name)"
            switch name {
            case "text": label.text = reader.string(at)
            case "color": label.color = reader.string(at)
            case "size": label.size = reader.plainNumber(at)
            case "position": if let position = reader.point(at) { label.position = position }
            default: break
            }
        }
        if !isObject { faults.add(place, "must be an object") }
        return isObject ? label : nil
    }

    private mutating func string(_ place: String) -> String {
        if let text = cursor.string() { return text }
        if !cursor.null() { faults.add(place, "must be a string") }
        return ""
    }

    private mutating func plainNumber(_ place: String) -> Double {
        if let (number, _) = double(place) { return number }
        if !cursor.null() { faults.add(place, "must be a number") }
        return 0
    }

    private mutating func plainPair(_ place: String, _ names: (String, String)) -> (Double, Double)? {
        if let (values, _) = doubles(place, names) { return values }
        if !cursor.null() { faults.add(place, "must be an object") }
        return nil
    }

    private mutating func point(_ place: String) -> SeatingPlan.Position? {
        plainPair(place, ("x", "y")).map { SeatingPlan.Position(x: $0, y: $1) }
    }
}
