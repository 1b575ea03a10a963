import Domain

/// How often a run came by the places that matter, so that a test can say whether the runs say anything.
package struct Tally: Equatable, Sendable, Encodable {
    package var happenings = 0
    package var commits = 0
    package var events = 0
    package var accepted = 0
    package var rejected = 0
    package var replays = 0
    package var lostAnswers = 0
    package var keysReused = 0
    package var unknown = 0
    package var notRecorded = 0
    package var conflicts = 0
    package var duplicates = 0
    package var fenced = 0
    package var lateAppends = 0
    package var unknownAppends = 0
    package var recoveries = 0
    package var crashesBeforeAppend = 0
    package var crashesDuringAppend = 0
    package var crashesBeforePublish = 0
    package var crashesBeforeAnswer = 0
    package var crashesAfterAnswer = 0
    package var replicaCrashes = 0
    package var crashesDuringSnapshot = 0
    package var clockJumps = 0
    package var failovers = 0
    package var lostTails = 0
    package var messagesLost = 0
    package var rangesFetched = 0
    package var resets = 0
    package var snapshotsStored = 0
    package var snapshotsRestored = 0
    package var snapshotsIgnored = 0
    package var readsAnswered = 0
    package var readsWaited = 0
    package var readsBehind = 0
    package var readsLost = 0
    package var readsAhead = 0
    package var readsNotReady = 0
    package var foldsCompared = 0
    package var storedCommits = 0
    package var storedPagesHeard = 0
    package var storedRacesLost = 0
    package var storedRebuilds = 0
    package var storedCommitsLost = 0
    package var storedLeasesShared = 0
    package var storedFoldsCompared = 0
    package var holdsExpired = 0
    package var holdsChanged = 0
    package var holdsMerged = 0
    package var pricesChanged = 0
    package var allocationsChanged = 0
    package var ticketsSwapped = 0
    package var ticketsEnded = 0
    package var refundsByHand = 0
    package var disputesOpened = 0
    package var disputesWon = 0
    package var disputesLost = 0
    package var ticketsSuspended = 0
    package var ticketsRestored = 0
    package var ordersStarted = 0
    package var ordersDeclined = 0
    package var ordersExpired = 0
    package var ordersSold = 0
    package var ordersRegranted = 0
    package var ordersAuthorizedLate = 0
    package var ordersCancelled = 0
    package var paymentsCaptured = 0
    package var paymentsVoided = 0
    package var paymentsRefunded = 0
    package var paymentsParked = 0
    package var paymentsReported = 0
    package var paymentsResumed = 0
    package var ordersAbandoned = 0
    package var salesRevoked = 0
    package var seatsResold = 0
    package var ticketsScanned = 0
    package var scansUndone = 0
    package var scansUploaded = 0
    package var ticketsTransferred = 0
    package var showsCancelled = 0
    package var standbyOutages = 0
    package var callsAwaitingBarrier = 0
    package var leasesTaken = 0
    package var leasesShared = 0
    package var crashesAtPayment = 0
    package var callsOfProvider = 0
    package var lateEffects = 0
    package var doubledEffects = 0
    package var lookUpsBlind = 0
    package var paymentsSpared = 0
    package var hints = 0
    package var chargesLost = 0
    package var entriesJoined = 0
    package var entriesDrawn = 0
    package var entriesAdmitted = 0
    package var admissionsClaimed = 0
    package var admissionsMissed = 0
    package var admissionsExpired = 0
    package var claimsRestored = 0
    package var waitersJoined = 0
    package var waitersLeft = 0
    package var waitersTold = 0
    package var offersMade = 0
    package var waitersPassed = 0
    package var offersDeclined = 0
    package var offersExpired = 0
    package var offersTaken = 0

    package init() {}

    package static func += (a: inout Tally, b: Tally) {
        for count in counts { a[keyPath: count.path] += b[keyPath: count.path] }
    }

    /// Every count and its name.
    package static var counts: [(name: String, path: WritableKeyPath<Tally, Int>)] {
        [
            ("happenings", \.happenings),
            ("commits", \.commits),
            ("events", \.events),
            ("accepted", \.accepted),
            ("rejected", \.rejected),
            ("replays", \.replays),
            ("lost answers", \.lostAnswers),
            ("keys reused", \.keysReused),
            ("unknown", \.unknown),
            ("not recorded", \.notRecorded),
            ("conflicts", \.conflicts),
            ("duplicates", \.duplicates),
            ("fenced", \.fenced),
            ("late appends", \.lateAppends),
            ("unknown appends", \.unknownAppends),
            ("recoveries", \.recoveries),
            ("crashes before append", \.crashesBeforeAppend),
            ("crashes during append", \.crashesDuringAppend),
            ("crashes before publish", \.crashesBeforePublish),
            ("crashes before answer", \.crashesBeforeAnswer),
            ("crashes after answer", \.crashesAfterAnswer),
            ("replica crashes", \.replicaCrashes),
            ("crashes during snapshot", \.crashesDuringSnapshot),
            ("clock jumps", \.clockJumps),
            ("failovers", \.failovers),
            ("lost tails", \.lostTails),
            ("messages lost", \.messagesLost),
            ("ranges fetched", \.rangesFetched),
            ("resets", \.resets),
            ("snapshots stored", \.snapshotsStored),
            ("snapshots restored", \.snapshotsRestored),
            ("snapshots ignored", \.snapshotsIgnored),
            ("reads answered", \.readsAnswered),
            ("reads waited", \.readsWaited),
            ("reads behind", \.readsBehind),
            ("reads lost", \.readsLost),
            ("reads ahead", \.readsAhead),
            ("reads before all was caught up", \.readsNotReady),
            ("folds compared", \.foldsCompared),
            ("commits of the stored view", \.storedCommits),
            ("pages that it heard", \.storedPagesHeard),
            ("races that it lost", \.storedRacesLost),
            ("rebuilds of it", \.storedRebuilds),
            ("commits that its database lost", \.storedCommitsLost),
            ("leases of it shared", \.storedLeasesShared),
            ("folds of it compared", \.storedFoldsCompared),
            ("holds expired", \.holdsExpired),
            ("holds changed", \.holdsChanged),
            ("holds merged", \.holdsMerged),
            ("prices changed", \.pricesChanged),
            ("allocations changed", \.allocationsChanged),
            ("tickets swapped", \.ticketsSwapped),
            ("tickets ended", \.ticketsEnded),
            ("refunds by hand", \.refundsByHand),
            ("disputes opened", \.disputesOpened),
            ("disputes won", \.disputesWon),
            ("disputes lost", \.disputesLost),
            ("tickets suspended", \.ticketsSuspended),
            ("tickets restored", \.ticketsRestored),
            ("orders started", \.ordersStarted),
            ("orders declined", \.ordersDeclined),
            ("orders expired", \.ordersExpired),
            ("orders sold", \.ordersSold),
            ("orders granted late", \.ordersRegranted),
            ("expired orders found authorized", \.ordersAuthorizedLate),
            ("orders of cancelled shows", \.ordersCancelled),
            ("payments captured", \.paymentsCaptured),
            ("payments voided", \.paymentsVoided),
            ("payments refunded", \.paymentsRefunded),
            ("payments parked", \.paymentsParked),
            ("payments reported", \.paymentsReported),
            ("payments resumed", \.paymentsResumed),
            ("orders abandoned", \.ordersAbandoned),
            ("sales revoked", \.salesRevoked),
            ("seats resold", \.seatsResold),
            ("tickets scanned", \.ticketsScanned),
            ("scans undone", \.scansUndone),
            ("scans uploaded", \.scansUploaded),
            ("tickets transferred", \.ticketsTransferred),
            ("shows cancelled", \.showsCancelled),
            ("standby's outages", \.standbyOutages),
            ("calls awaiting a barrier", \.callsAwaitingBarrier),
            ("leases taken", \.leasesTaken),
            ("leases shared", \.leasesShared),
            ("crashes at payment", \.crashesAtPayment),
            ("calls of the provider", \.callsOfProvider),
            ("late effects", \.lateEffects),
            ("doubled effects", \.doubledEffects),
            ("blind look-ups", \.lookUpsBlind),
            ("payments spared", \.paymentsSpared),
            ("hints", \.hints),
            ("charges of a lost tail", \.chargesLost),
            ("entries joined", \.entriesJoined),
            ("entries drawn", \.entriesDrawn),
            ("entries admitted", \.entriesAdmitted),
            ("admissions claimed", \.admissionsClaimed),
            ("admissions missed", \.admissionsMissed),
            ("admissions expired", \.admissionsExpired),
            ("claims restored", \.claimsRestored),
            ("waiters joined", \.waitersJoined),
            ("waiters left", \.waitersLeft),
            ("waiters told", \.waitersTold),
            ("offers made", \.offersMade),
            ("waiters passed", \.waitersPassed),
            ("offers declined", \.offersDeclined),
            ("offers expired", \.offersExpired),
            ("offers taken", \.offersTaken),
        ]
    }
}

extension Tally: CustomStringConvertible {
    package var description: String {
        Self.counts.map { "\($0.name) \(self[keyPath: $0.path])" }.joined(separator: ", ")
    }
}

extension Tally {
    /// What an event of the log is counted as.
    mutating func count(_ event: ShowEvent) {
        switch event {
        case .created, .places, .admission: break
        case .waitlist(.joined): waitersJoined += 1
        case .waitlist(.left): waitersLeft += 1
        case .waitlist(.closed): waitersTold += 1
        case .waitlist(.offered(let offered)):
            offersMade += 1
            waitersPassed += offered.passed.count
        case .waitlist(.scheduled): break
        case .changed: pricesChanged += 1
        case .allocations: allocationsChanged += 1
        case .hold(.expired): holdsExpired += 1
        case .hold(.changed(let changed)):
            if changed.mergedHolds.isEmpty { holdsChanged += 1 } else { holdsMerged += 1 }
        case .hold: break
        case .order(.started): ordersStarted += 1
        case .order(.sold(let sold)):
            ordersSold += 1
            if !sold.wasHeld { ordersRegranted += 1 }
            seatsResold += sold.resold.count
        case .order(.failed(let failed)):
            switch (failed.reason, failed.payment) {
            case (.declined, _): ordersDeclined += 1
            case (.expired, .authorized): ordersAuthorizedLate += 1
            case (.expired, _): ordersExpired += 1
            case (.abandoned, _): ordersAbandoned += 1
            case (.showCancelled, _): ordersCancelled += 1
            }
        case .order(.captured): paymentsCaptured += 1
        case .order(.voided): paymentsVoided += 1
        case .order(.refunded): paymentsRefunded += 1
        case .order(.parked): paymentsParked += 1
        case .order(.resumed): paymentsResumed += 1
        case .order(.money(.suspended)): ticketsSuspended += 1
        case .order(.money(.restored)): ticketsRestored += 1
        case .order(.money(.refunded)): refundsByHand += 1
        case .order(.money(.disputed(let dispute))):
            switch dispute.status {
            case .inquiry, .open, .fundsWithdrawn: disputesOpened += 1
            case .won: disputesWon += 1
            case .lost: disputesLost += 1
            }
        case .order(.money(.accepted)), .order(.money(.actionRequired)): break
        case .order(.swapped(let swapped)): ticketsSwapped += swapped.swaps.count
        case .order(.returned(let returned)):
            if returned.reason == .revoked { salesRevoked += 1 }
            if returned.reason == .ended { ticketsEnded += returned.tickets.count }
        case .ticket(.scanned): ticketsScanned += 1
        case .ticket(.scanUndone): scansUndone += 1
        case .ticket(.scansUploaded): scansUploaded += 1
        case .ticket(.changed(let changed)): if case .accepted = changed.change { ticketsTransferred += 1 }
        case .cancelled: showsCancelled += 1
        }
    }

    /// How an offer's hold ended.
    mutating func count(offer event: ShowEvent) {
        switch event {
        case .hold(.released): offersDeclined += 1
        case .hold(.expired): offersExpired += 1
        case .order(.sold): offersTaken += 1
        case .created, .changed, .places, .allocations, .admission, .hold, .order, .ticket, .waitlist, .cancelled: break
        }
    }

    mutating func count(_ event: RoomEvent) {
        switch event {
        case .joined: entriesJoined += 1
        case .admitted(let event): entriesAdmitted += event.entries.count
        case .claimed: admissionsClaimed += 1
        case .ended(let event) where event.how == .missed: admissionsMissed += event.entries.count
        case .ended(let event) where event.how == .expired: admissionsExpired += event.entries.count
        case .drawHeld(let event): entriesDrawn += event.entrantCount
        case .configured, .phaseChanged, .ended, .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited: break
        }
    }
}
