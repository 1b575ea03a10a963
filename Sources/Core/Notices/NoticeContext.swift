public import Domain

/// What a notice's templates may say, and the codes that it shows as images.
///
/// Optional members are left out where there is nothing to say, so that a section of their name shows nothing.
public struct NoticeContext {
    /// A ticket's code, as an image of the mail.
    public struct Code: Equatable, Sendable {
        public var ticketID: TicketID
        public var generation: Int
        /// What the HTML calls the image.
        public var imageID: String
        public var fileName: String
    }

    /// What is the same for all notices of an instance, or of a reader.
    public struct Frame: Sendable {
        /// The shop's pages, without a slash at the end.
        public var shopURL: String
        /// Whose show it is.
        public var senderName: String
        /// Such as `de`.
        public var language: String
        /// Where the reader goes who wants no more of such mail.
        public var unsubscribeURL: String?

        public init(shopURL: String, senderName: String, language: String, unsubscribeURL: String?) {
            self.shopURL = shopURL
            self.senderName = senderName
            self.language = language
            self.unsubscribeURL = unsubscribeURL
        }
    }

    /// Codes that one mail shows; the shop shows the others.
    public static let codesMax = 20

    public private(set) var values: [String: Any]
    public private(set) var codes: [Code] = []
    private let text: NoticeText
    private let show: ShowFacts

    public init(_ notice: Notice, _ show: ShowFacts, _ frame: Frame) {
        text = NoticeText(language: frame.language)
        self.show = show
        values = [
            "url": frame.shopURL, "sender": NoticeText.name(frame.senderName), "language": frame.language,
            "show": Self.describe(show, text), "isReminder": notice.kind.isReminder,
        ]
        values["unsubscribeUrl"] = frame.unsubscribeURL
        fill(notice.content)
    }

    private mutating func fill(_ content: Notice.Content) {
        switch content {
        case .order(let sold): fill(sold)
        case .paymentAction(let order): values["orderId"] = order.rawValue
        case .paymentFailed(let order, let reason):
            values["orderId"] = order.rawValue
            if case .declined = reason { values["isDeclined"] = true } else { values["isDeclined"] = false }
            values["isTooLate"] = reason == .expired
            values["isGivenUp"] = reason == .abandoned
        case .refund(let order, let amount):
            values["orderId"] = order.rawValue
            values["amount"] = text.money(amount, show.currency)
        case .ticketsEnded(let order, let numbers, let reason):
            values["orderId"] = order.rawValue
            values["numbers"] = numbers.map(String.init).joined(separator: ", ")
            values["isUnpaid"] = reason == .revoked
            values["isReturned"] = reason == .requested
            values["isEnded"] = reason == .ended
        case .ticketsResold(let resold):
            values["count"] = String(resold.count)
            values["amount"] = text.money(resold.reduce(0) { $0 + $1.amount }, show.currency)
        case .tickets(let order, let tickets):
            values["orderId"] = order.rawValue
            values["tickets"] = tickets.map { describe($0, showsCode: $0.status == .valid) }
            values["hasMoreCodes"] = codes.count < tickets.count
        case .transfer(let ticket): values["ticket"] = describe(ticket, showsCode: false)
        case .waitlistJoined(let place): values["place"] = String(place)
        case .waitlistOffer(let hold):
            values["count"] = String(hold.seats.count + hold.areas.reduce(0) { $0 + $1.quantity })
            values["total"] = text.money(hold.total, hold.currency)
            values["until"] = text.time(hold.expiresAt, in: show.timeZone)
        case .admission(let claimUntil, let sessionUntil):
            values["until"] = text.time(claimUntil, in: show.timeZone)
            values["sessionUntil"] = text.time(sessionUntil, in: show.timeZone)
        case .admissionMissed: break
        case .showChanged(let before): fill(changedFrom: before)
        case .showCancelled(let order, let amount):
            if let order, amount > 0 {
                values["orderId"] = order.rawValue
                values["amount"] = text.money(amount, show.currency)
            }
        }
    }

    private mutating func fill(_ sold: SeatsSold) {
        values["orderId"] = sold.orderID.rawValue
        values["total"] = text.money(sold.total, sold.currency)
        let units = sold.areas.flatMap { repeatElement($0.areaID, count: $0.quantity) }
        let fares = Array(sold.fares.all)
        let places = sold.seats.map { (seat: $0.guid as String?, area: nil as AreaID?) } + units.map { (nil, $0) }
        let tickets = places.enumerated().map { index, place in
            OrderRecord.Ticket(
                ticketID: TicketID(index + 1, of: sold.orderID), seat: place.seat, area: place.area,
                fare: fares.indices.contains(index) ? fares[index] : nil, owner: sold.userID)
        }
        values["tickets"] = tickets.map { describe($0, showsCode: true) }
        values["hasMoreCodes"] = codes.count < tickets.count
    }

    private mutating func fill(changedFrom before: ShowFacts) {
        values["before"] = Self.describe(before, text)
        values["hasNewTime"] =
            !show.isPostponed
            && (show.startsAt != before.startsAt || show.doorsAt != before.doorsAt || before.isPostponed)
        values["hasNewPlace"] = show.venueName != before.venueName || show.city != before.city
        values["hasNewName"] = show.name != before.name
        values["isPostponed"] = show.isPostponed
    }

    private static func describe(_ show: ShowFacts, _ text: NoticeText) -> [String: Any] {
        var values: [String: Any] = [
            "name": NoticeText.name(show.name), "artist": NoticeText.name(show.artist),
            "venue": NoticeText.name(show.venueName), "city": NoticeText.name(show.city),
            "startsAt": text.time(show.startsAt, in: show.timeZone), "isPostponed": show.isPostponed,
        ]
        values["doorsAt"] = show.doorsAt.map { text.time($0, in: show.timeZone) }
        return values
    }

    private mutating func describe(_ ticket: OrderRecord.Ticket, showsCode: Bool) -> [String: Any] {
        let number = ticket.ticketID.number ?? 0
        var values: [String: Any] = ["number": String(number), "id": ticket.ticketID.rawValue]
        if let guid = ticket.seat {
            let seat = show.seats[guid]
            values["seat"] = NoticeText.name(seat.map { $0.number.isEmpty ? guid : $0.number } ?? guid)
            if let row = seat?.row, !row.isEmpty { values["row"] = NoticeText.name(row) }
            if let zone = seat?.zone, !zone.isEmpty { values["zone"] = NoticeText.name(zone) }
        }
        if let area = ticket.area { values["area"] = NoticeText.name(show.areaNames[area] ?? area.rawValue) }
        if let fare = ticket.fare {
            values["price"] = text.money(fare.amount, show.currency)
            if !fare.ticketType.isEmpty { values["type"] = NoticeText.name(fare.ticketType) }
        }
        if showsCode, codes.count < Self.codesMax {
            let name = "ticket-\(number)"
            codes.append(
                Code(
                    ticketID: ticket.ticketID, generation: ticket.generation, imageID: "\(name)@holdfast",
                    fileName: "\(name).png"))
            values["image"] = "cid:\(name)@holdfast"
        }
        return values
    }
}
