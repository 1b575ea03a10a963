public import HTTPServer

/// Why a request about shows, holds, orders or tickets was refused.
extension Problem.Code {
    // MARK: What there is not

    public static let showNotFound = Self("show-not-found", 404, "There is no such show")
    public static let venueNotFound = Self("venue-not-found", 404, "There is no such venue")
    public static let holdNotFound = Self("hold-not-found", 404, "There is no such hold")
    public static let waitlistEntryNotFound = Self(
        "waitlist-entry-not-found", 404, "There is no such entry on a waiting list")
    public static let orderNotFound = Self("order-not-found", 404, "There is no such order")
    public static let ticketNotFound = Self("ticket-not-found", 404, "There is no such ticket")
    public static let commandNotFound = Self("command-not-found", 404, "There is no such command")
    public static let queueNotFound = Self("queue-not-found", 404, "The show has no waiting room")
    public static let entryNotFound = Self("entry-not-found", 404, "There is no such entry in the queue")
    public static let organisationNotFound = Self("organisation-not-found", 404, "There is no such organisation")
    public static let unknownOrganisation = Self("unknown-organisation", 422, "No organisation has that id")
    public static let organisationExists = Self("organisation-exists", 409, "The organisation exists already")
    public static let tooManyMembers = Self("too-many-members", 409, "The organisation has too many members")
    public static let tooManyKeys = Self("too-many-keys", 409, "There are too many API keys")
    public static let webhookNotFound = Self("webhook-not-found", 404, "There is no such webhook")
    public static let tooManyWebhooks = Self("too-many-webhooks", 409, "The organisation has too many webhooks")
    public static let invalidWebhook = Self("invalid-webhook", 422, "The webhook is not valid")
    public static let onBehalfOfRequired = Self(
        "on-behalf-of-required", 400, "An API key acts for a customer, whom the request does not name")
    public static let unknownVenue = Self("unknown-venue", 422, "No venue has that id")
    public static let unknownSeat = Self("unknown-seat", 422, "There is no such seat")
    public static let unknownArea = Self("unknown-area", 422, "There is no such area")
    public static let unknownCategory = Self("unknown-category", 422, "There is no such category")
    public static let unknownZone = Self("unknown-zone", 422, "There is no such zone")
    public static let unknownRow = Self("unknown-row", 422, "There is no such row")

    public static let unknownParty = Self("unknown-party", 422, "The draw has no such party")

    // MARK: What is refused

    public static let queueNotOpen = Self("queue-not-open", 409, "The queue is not open yet")
    public static let queueEnded = Self("queue-ended", 409, "The queue has ended")
    public static let queueUnderWay = Self("queue-under-way", 409, "That can't be changed any more")
    public static let alreadyInQueue = Self("already-in-queue", 409, "The caller is in the queue")
    public static let notAdmitted = Self("not-admitted", 409, "The entry is not admitted yet")
    public static let drawNotSealable = Self("draw-not-sealable", 409, "There is no draw to seal")
    public static let challengeUnmet = Self("challenge-unmet", 409, "The challenge is not met")
    /// Before anything of the request was looked at: nothing of it is recorded, as with the next two.
    public static let challengeRequired = Self(
        "challenge-required", 403, "The caller has to meet a challenge first")
    public static let callerSlowed = Self(
        "caller-slowed", 429, "The caller acts like a program, and has to go slowly", retryable: true)
    public static let callerRefused = Self("caller-refused", 403, "The caller acts like a program")
    public static let drawNotSealed = Self("draw-not-sealed", 409, "Seeds can't be revealed yet")
    public static let wrongSeed = Self("wrong-seed", 422, "The seed is not the one that was committed")
    public static let wrongBeacon = Self("wrong-beacon", 422, "The beacon's value is not the one that was fixed")
    public static let seedRevealed = Self("seed-revealed", 409, "The seed is known already")
    public static let seedForfeited = Self("seed-forfeited", 409, "The seed was left out of the draw")
    public static let invalidQueue = Self("invalid-queue", 422, "The queue's settings are not valid")

    /// Depends on the caller's token, so it is not recorded.
    public static let ticketWrongShow = Self("ticket-wrong-show", 403, "The ticket is for another show")
    public static let paymentDeclined = Self("payment-declined", 402, "The payment was declined")
    public static let seatsUnavailable = Self("seats-unavailable", 409, "Some of the requested places are taken")
    public static let leavesSingleSeat = Self(
        "leaves-single-seat", 409, "A single seat would be left over")
    public static let notOnSale = Self("not-on-sale", 409, "The show is not on sale yet")
    public static let saleEnded = Self("sale-ended", 409, "The sale is over")
    public static let showPostponed = Self("show-postponed", 409, "The show is postponed")
    public static let admissionRequired = Self("admission-required", 409, "The show has a waiting room")
    public static let admissionExpired = Self("admission-expired", 409, "The admission is over")
    public static let userLimit = Self("user-limit", 409, "One person can't have that many places")
    public static let holdAtLimit = Self("hold-at-limit", 409, "The hold can't be extended any further")
    public static let notInHold = Self("not-in-hold", 422, "The hold does not have that place")
    public static let unknownTicketType = Self("unknown-ticket-type", 422, "There is no such ticket type")
    public static let tooFewOfType = Self("too-few-of-ticket-type", 422, "An order needs more of a ticket type")
    public static let tooManyOfType = Self(
        "too-many-of-ticket-type", 422, "An order can't have that many of a ticket type")
    public static let invalidChange = Self("invalid-change", 422, "The show can't be changed so")
    public static let placesInUse = Self("places-in-use", 409, "Some of the places are held or sold")
    public static let unchargeablePrice = Self("unchargeable-price", 422, "A price can't be charged")
    public static let showExists = Self("show-exists", 409, "The show already exists")
    public static let venueExists = Self("venue-exists", 409, "The venue already exists")
    public static let showCancelled = Self("show-cancelled", 409, "The show is cancelled")
    public static let staleFencingToken = Self("stale-fencing-token", 409, "The fencing token is out of date")
    public static let purchaseInProgress = Self("purchase-in-progress", 409, "The hold is being paid for")
    public static let alreadyOrdered = Self("already-ordered", 409, "The hold was already ordered")
    public static let mixedChannels = Self(
        "mixed-channels", 409, "The holds have units of an area through different channels")
    /// Each show's log is its own, so this is not recorded.
    public static let holdsOfSeveralShows = Self("holds-of-several-shows", 422, "The holds are of different shows")
    /// The order failed for any reason but a refusal by the provider, which is ``paymentDeclined``.
    public static let paymentFailed = Self("payment-failed", 409, "The order failed")
    public static let orderNotCompleted = Self("order-not-completed", 409, "The order has not been paid")
    public static let notSold = Self("not-sold", 409, "The order has no sale")
    public static let orderNotVoidable = Self("order-not-voidable", 409, "The payment can no longer be voided")
    public static let paymentNotParked = Self("payment-not-parked", 409, "The payment is not waiting for an operator")
    public static let paymentNotAcceptable = Self(
        "payment-not-acceptable", 409, "The payment can't be left as it is")
    public static let ticketUnusable = Self("ticket-unusable", 409, "The ticket is not in a usable state")
    public static let ticketAlreadyScanned = Self(
        "ticket-already-scanned", 409, "The ticket has already been scanned")
    public static let ticketWrongArea = Self("ticket-wrong-area", 409, "The ticket is for another part of the house")
    public static let tooManySeats = Self("too-many-seats", 422, "One hold can't have that many places")
    public static let duplicateSeat = Self("duplicate-seat", 422, "A seat is named twice")
    public static let emptyHold = Self("empty-hold", 422, "A hold needs at least one place")
    public static let notResellable = Self("not-resellable", 422, "Only tickets for seats can be resold")
    public static let notSwappable = Self("not-swappable", 422, "Only tickets for seats can get another seat")
    public static let swapCostsMore = Self("swap-costs-more", 409, "The new seats cost more than the old ones")
    public static let invalidTicketCode = Self("invalid-ticket-code", 422, "The ticket code is not valid")
    public static let invalidSeatingPlan = Self("invalid-seating-plan", 422, "The seating plan is not valid")
    public static let invalidShow = Self("invalid-show", 422, "The show is not valid")
    public static let alreadyOnWaitlist = Self("already-on-waitlist", 409, "The caller is on the waiting list already")
    public static let waitlistFull = Self("waitlist-full", 409, "The waiting list is full")
    public static let offeredToWaitlist = Self(
        "offered-to-waitlist", 409, "What is free is being offered to those who wait")
    public static let waitlistUnfillable = Self("waitlist-unfillable", 422, "The show can never serve that wish")
    public static let historyTooLong = Self(
        "history-too-long", 422, "The show's past is too long to be read in one call")
    public static let invalidVenue = Self("invalid-venue", 422, "The venue is not valid")

    // MARK: Accounts

    public static let crossSiteRequest = Self("cross-site-request", 403, "The request comes from another site")
    /// Says neither which of the two is wrong, nor whether the address has an account.
    public static let wrongCredentials = Self("wrong-credentials", 401, "The address or the password is wrong")
    public static let secondFactorRequired = Self("second-factor-required", 401, "The account needs its second factor")
    public static let secondFactorExists = Self("second-factor-exists", 409, "The account has a second factor")
    public static let invalidAddress = Self("invalid-address", 422, "The e-mail address is not valid")
    public static let unsuitablePassword = Self("unsuitable-password", 422, "The password is not good enough")
    public static let invalidCode = Self("invalid-code", 422, "The code is not valid, or not any more")
    public static let invalidPasskey = Self("invalid-passkey", 422, "The passkey can't be registered")
    public static let passkeyNotFound = Self("passkey-not-found", 404, "There is no such passkey")
    public static let freshLoginRequired = Self("fresh-login-required", 403, "This needs a fresh log-in")
    public static let accountAtProvider = Self(
        "account-at-provider", 403, "The account is the identity provider's")
    public static let invalidLogin = Self(
        "invalid-login", 400, "The answer of the identity provider is to no log-in of this browser")
    public static let loginDeclined = Self("login-declined", 401, "The identity provider logged nobody in")
    public static let sessionNotFound = Self("session-not-found", 404, "There is no such session")

    // MARK: The service

    public static let accountsUnavailable = Self(
        "accounts-unavailable", 503, "The accounts are unavailable", retryable: true)
    public static let providerUnavailable = Self(
        "provider-unavailable", 503, "The identity provider is unavailable", retryable: true)
    public static let ordersUnavailable = Self(
        "orders-unavailable", 503, "The order history is unavailable", retryable: true)
    public static let searchUnavailable = Self(
        "search-unavailable", 503, "The search for shows is unavailable", retryable: true)
    /// Asking again won't help: somebody has to look at the event that stopped the view.
    public static let projectionStopped = Self("projection-stopped", 503, "The view has stopped")
    /// Asking again won't help: somebody has to look at the event.
    public static let showUnavailable = Self("show-unavailable", 503, "The show can't be read")

    /// Every code that the API answers with.
    public static let catalogue: [Self] =
        common + [
            showNotFound, holdNotFound, orderNotFound, ticketNotFound, commandNotFound, unknownSeat, unknownArea,
            unknownCategory, unknownZone, unknownRow, leavesSingleSeat, paymentDeclined, seatsUnavailable, notOnSale,
            showExists, showCancelled,
            staleFencingToken, purchaseInProgress, alreadyOrdered, mixedChannels, holdsOfSeveralShows, paymentFailed,
            orderNotCompleted, orderNotVoidable, notSold,
            paymentNotParked, paymentNotAcceptable, ticketUnusable, ticketAlreadyScanned, ticketWrongShow,
            ticketWrongArea, tooManySeats, duplicateSeat, emptyHold, saleEnded, showPostponed, userLimit, holdAtLimit,
            notInHold, unknownTicketType, tooFewOfType, tooManyOfType, invalidChange, placesInUse, unchargeablePrice,
            notResellable, notSwappable, swapCostsMore, invalidTicketCode, invalidSeatingPlan, invalidShow,
            ordersUnavailable, projectionStopped,
            webhookNotFound, tooManyWebhooks, invalidWebhook, showUnavailable, venueNotFound, unknownVenue, venueExists,
            invalidVenue, searchUnavailable,
            historyTooLong, admissionRequired, admissionExpired, queueNotFound, entryNotFound, unknownParty,
            queueNotOpen, queueEnded, queueUnderWay, alreadyInQueue, notAdmitted, drawNotSealable, drawNotSealed,
            challengeUnmet, challengeRequired, callerSlowed,
            callerRefused,
            wrongSeed, wrongBeacon, seedRevealed, seedForfeited, invalidQueue,
            waitlistEntryNotFound, alreadyOnWaitlist, waitlistFull, offeredToWaitlist,
            waitlistUnfillable,
            organisationNotFound, unknownOrganisation, organisationExists, tooManyMembers, tooManyKeys,
            onBehalfOfRequired,
            crossSiteRequest, wrongCredentials, secondFactorRequired, secondFactorExists, invalidAddress,
            unsuitablePassword, invalidCode, sessionNotFound,
            invalidPasskey, passkeyNotFound, freshLoginRequired,
            accountAtProvider, invalidLogin, loginDeclined,
            accountsUnavailable, providerUnavailable,
        ]
}
