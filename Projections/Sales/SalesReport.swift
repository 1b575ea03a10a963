public import Domain

/// What the sale of one show came to: in all, by kind of ticket, and by time.
public struct SalesReport: Sendable {
    /// A kind of tickets.
    public enum Kind: Hashable, Comparable, Sendable {
        /// An empty text: the place has no ticket type, or is of no channel.
        case tickets(category: String, ticketType: String, channel: String)
        /// Money that no tickets can be named for, and the kinds beyond the most that are kept apart.
        case rest
    }

    public struct Row: Equatable, Sendable {
        public var kind: Kind
        /// Without orders and holds, which may have tickets of several kinds.
        public var figures = SalesFigures()
    }

    /// A stretch of time that begins and ends with an hour of UTC.
    public struct Bucket: Equatable, Sendable {
        /// Hours since 1970.
        public var firstHour: Int64
        /// How many hours it has: 1, or 24, or more in the earliest.
        public var hourCount: Int64
        public var figures: SalesFigures

        public init(firstHour: Int64, hourCount: Int64, figures: SalesFigures = SalesFigures()) {
            self.firstHour = firstHour
            self.hourCount = hourCount
            self.figures = figures
        }

        public var start: Timestamp { Timestamp(microseconds: firstHour * Self.microseconds) }
        public var end: Timestamp { Timestamp(microseconds: (firstHour + hourCount) * Self.microseconds) }

        static let microseconds: Int64 = 3_600_000_000
        static let hoursADay: Int64 = 24

        /// The hour that a time is in.
        static func hour(of time: Timestamp) -> Int64 {
            let range = Timestamp.rfc3339Range
            let known = min(max(time.microseconds, range.lowerBound.microseconds), range.upperBound.microseconds)
            return known.floored(to: microseconds)
        }

        /// The first hour of the day that an hour is in.
        static func day(of hour: Int64) -> Int64 { hour.floored(to: hoursADay) * hoursADay }
    }

    /// Kinds that are kept apart, the rest not counted: a show's prices and types may change for ever.
    public static let kindsMax = 2_000
    /// Hours that are kept apart, of those in which anything happened: two months without a quiet hour. Beyond them, the
    /// earliest become days.
    public static let hoursMax = 24 * 62
    /// Days that are kept apart: three years. Beyond them, the two earliest become one.
    public static let daysMax = 3 * 366

    public internal(set) var showID: ShowID
    public internal(set) var name: String
    /// ISO 4217.
    public internal(set) var currency: String
    public internal(set) var startsAt: Timestamp
    /// ``OrganisationID/instance``: the instance's own.
    public internal(set) var organisationID: OrganisationID
    /// The sequence number of the last event that changed any of this.
    public internal(set) var version: Int64

    public private(set) var total = SalesFigures()
    /// In the order of their first sale.
    public private(set) var rows: [Row] = []
    /// Ascending; before ``hours``.
    public private(set) var days: [Bucket] = []
    /// Ascending.
    public private(set) var hours: [Bucket] = []
    /// Minor units that are on their way back.
    public internal(set) var refundsDue: Int64 = 0

    private var indexes: [Kind: Int] = [:]

    init(
        showID: ShowID, name: String, currency: String, startsAt: Timestamp, organisationID: OrganisationID,
        version: Int64
    ) {
        self.showID = showID
        self.name = name
        self.currency = currency
        self.startsAt = startsAt
        self.organisationID = organisationID
        self.version = version
    }

    /// By time; ascending.
    public var buckets: [Bucket] { days + hours }

    // MARK: Counting

    /// Counts what happened at a time, to a kind of tickets or to none.
    mutating func count(at time: Timestamp, row: Int? = nil, _ change: (inout SalesFigures) -> Void) {
        change(&total)
        if let row { change(&rows[row].figures) }
        let hour = Bucket.hour(of: time)
        if let last = hours.indices.last, hours[last].firstHour == hour { return change(&hours[last].figures) }
        // An hour of a day that is one by now, or of an earlier one, comes from a damaged log.
        let day = Bucket.day(of: hour)
        if let last = days.last, day < last.firstHour + last.hourCount {
            change(&days[days.place(ofHour: day, Bucket.hoursADay)].figures)
            return mergeEarliestDays()
        }
        change(&hours[hours.place(ofHour: hour, 1)].figures)
        if hours.count > Self.hoursMax { mergeEarliestDay() }
    }

    /// The row of a kind of tickets, which is made if there is room.
    mutating func row(of kind: Kind) -> Int {
        if let index = indexes[kind] { return index }
        guard kind == .rest || rows.count < Self.kindsMax else { return row(of: .rest) }
        rows.append(Row(kind: kind))
        indexes[kind] = rows.count - 1
        return rows.count - 1
    }

    private mutating func mergeEarliestDay() {
        guard let first = hours.first else { return }
        let day = Bucket.day(of: first.firstHour)
        let count = hours.prefix { Bucket.day(of: $0.firstHour) == day }.count
        var merged = Bucket(firstHour: day, hourCount: Bucket.hoursADay)
        for hour in hours[..<count] { merged.figures += hour.figures }
        hours.removeFirst(count)
        days.append(merged)
        mergeEarliestDays()
    }

    private mutating func mergeEarliestDays() {
        guard days.count > Self.daysMax else { return }
        let second = days.remove(at: 1)
        days[0].hourCount = second.firstHour + second.hourCount - days[0].firstHour
        days[0].figures += second.figures
    }

    // MARK: Snapshots

    /// False where they are none that this could have come to.
    mutating func restore(_ rows: [Row], days: [Bucket], hours: [Bucket]) -> Bool {
        self.rows = rows
        self.days = days
        self.hours = hours
        for (index, row) in rows.enumerated() where indexes.updateValue(index, forKey: row.kind) != nil { return false }
        for bucket in buckets { total += bucket.figures }
        var end = Int64.min
        for bucket in buckets {
            guard Bucket.hours.contains(bucket.firstHour), (1...Bucket.hours.upperBound).contains(bucket.hourCount),
                bucket.firstHour >= end
            else { return false }
            end = bucket.firstHour + bucket.hourCount
        }
        return rows.count <= Self.kindsMax + 1 && days.count <= Self.daysMax && hours.count <= Self.hoursMax
            && hours.allSatisfy { $0.hourCount == 1 }
    }
}

extension SalesReport.Bucket {
    /// All hours that a time can be in.
    fileprivate static let hours =
        hour(of: Timestamp.rfc3339Range.lowerBound)...hour(of: Timestamp.rfc3339Range.upperBound)
}

extension [SalesReport.Bucket] {
    /// The index of the bucket that an hour is in, which is made if it is not there.
    fileprivate mutating func place(ofHour hour: Int64, _ hourCount: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].firstHour + self[middle].hourCount <= hour { low = middle + 1 } else { high = middle }
        }
        if low == count || self[low].firstHour > hour {
            insert(SalesReport.Bucket(firstHour: hour, hourCount: hourCount), at: low)
        }
        return low
    }
}

extension Int64 {
    fileprivate func floored(to unit: Int64) -> Int64 {
        let (quotient, rest) = quotientAndRemainder(dividingBy: unit)
        return rest < 0 ? quotient - 1 : quotient
    }
}
