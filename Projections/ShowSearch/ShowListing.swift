public import Domain

/// A show as it is found: what the search looks at, and nothing that a hold changes.
public struct ShowListing: Equatable, Sendable {
    public var showID: ShowID
    /// The sequence numbers of the event that created it, and of the last that changed something here.
    public var created: Int64
    public var position: Int64
    public var name: String
    public var artist: String
    public var venue: Venue
    public var category: String?
    public var startsAt: Timestamp
    public var onSaleAt: Timestamp?
    /// Nil: when it starts.
    public var offSaleAt: Timestamp?
    public var cancelledAt: Timestamp?
    public var isDraft: Bool
    /// It starts at another time than was announced, which is not known yet.
    public var isPostponed: Bool

    public init(
        showID: ShowID, created: Int64, position: Int64, name: String, artist: String, venue: Venue, category: String?,
        startsAt: Timestamp, onSaleAt: Timestamp?, offSaleAt: Timestamp?, cancelledAt: Timestamp?, isDraft: Bool,
        isPostponed: Bool
    ) {
        self.showID = showID
        self.created = created
        self.position = position
        self.name = name
        self.artist = artist
        self.venue = venue
        self.category = category
        self.startsAt = startsAt
        self.onSaleAt = onSaleAt
        self.offSaleAt = offSaleAt
        self.cancelledAt = cancelledAt
        self.isDraft = isDraft
        self.isPostponed = isPostponed
    }

    init(_ show: ShowCreated, at position: Int64) {
        self.init(
            showID: show.showID, created: position, position: position, name: show.name, artist: show.artist,
            venue: show.venue, category: show.category, startsAt: show.startsAt, onSaleAt: show.onSaleAt,
            offSaleAt: show.offSaleAt, cancelledAt: nil, isDraft: show.isDraft, isPostponed: false)
        describe(show)
    }

    /// Takes over what a show says about itself now.
    mutating func describe(_ show: ShowCreated) {
        (name, artist, venue, category) = (show.name, show.artist, show.venue, show.category)
        (startsAt, onSaleAt, offSaleAt) = (show.startsAt, show.onSaleAt, show.offSaleAt)
        isDraft = show.isDraft
        isPostponed = show.isPostponed
    }

    // MARK: What follows from it

    public var nameKey: String { SearchText.sortKey(name) }
    public var cityKey: String { SearchText.key(venue.city) }
    public var categoryKey: String? { category.map(SearchText.key) }
    /// In UTC, such as "2035-06".
    public var month: String {
        String(min(max(startsAt, Self.years.lowerBound), Self.years.upperBound).rfc3339.prefix(7))
    }

    private static let years = Timestamp.rfc3339Range

    /// The words to find the show by, as a `tsvector`: A of the artist, B of the show's name, C of the venue's, D of
    /// category and place.
    public var document: String {
        var places: [String: [String]] = [:]
        var number = 0
        let fields = [
            (artist, "A"), (name, "B"), (venue.name, "C"), (venue.city, "D"), (category ?? "", "D"),
            (venue.country ?? "", "D"),
        ]
        for (text, weight) in fields {
            for word in SearchText.words(text) {
                number += 1
                places[word, default: []].append("\(number)\(weight)")
            }
        }
        return places.sorted { $0.key < $1.key }.map { "'\($0.key)':\($0.value.joined(separator: ","))" }
            .joined(separator: " ")
    }

    /// Every word of ``document``.
    public var words: Set<String> {
        Set([artist, name, venue.name, venue.city, category ?? "", venue.country ?? ""].flatMap(SearchText.words))
    }
}
