extension Notice {
    /// The types of events that anybody is told of, as the log names them; all others need not be decoded.
    public static let eventTypes: Set<String> = [
        "SeatsSold", "PurchaseFailed", "PaymentActionRequired", "PaymentRefunded", "ProviderRefunded",
        "TicketsReturned", "TicketsSwapped", "TicketChanged", "HoldPlaced", "HoldExpired", "WaitlistJoined",
        "ShowChanged", "EntriesAdmitted", "EntriesEnded",
    ]
}
