/// All payments and refunds, and what the idempotency keys were answered with: the state that the journal's entries
/// make. Nothing here waits, reads a clock or writes a file.
///
/// It forgets nothing unasked, which Stripe does with keys after a day: it lives as long as a test, or a developer's
/// instance.
struct Ledger: Sendable {
    /// What a call came to.
    struct Outcome: Equatable {
        var answer: Answer
        /// It was recorded before.
        var wasReplayed = false
        /// To be written before anybody hears of the answer; nil: nothing changed.
        var entry: Entry?
        var events: [WebhookEvent] = []
    }

    private(set) var intents: [Intent] = []
    private(set) var refunds: [Refund] = []
    private(set) var disputes: [Dispute] = []
    private var intentPlaces: [String: Int] = [:]
    private var refundPlaces: [String: Int] = [:]
    private var refundsOfIntent: [String: [Int]] = [:]
    private var disputePlaces: [String: Int] = [:]
    private var disputesOfIntent: [String: [Int]] = [:]
    private var intentsByMetadata: [MetadataPair: [Int]] = [:]
    private var keys: [String: RecordedAnswer] = [:]
    private var keysUnderWay: Set<String> = []

    private struct MetadataPair: Hashable, Sendable {
        var name: String
        var value: String
    }

    private struct RecordedAnswer: Sendable {
        var fingerprint: String
        var answer: Answer
    }

    // MARK: Evolving

    /// Takes in what a call changed: when it happens, and when the journal is read again.
    mutating func apply(_ entry: Entry) {
        if let intent = entry.intent {
            if let place = intentPlaces[intent.id] {
                intents[place] = intent
            } else {
                intentPlaces[intent.id] = intents.count
                for (name, value) in intent.metadata {
                    intentsByMetadata[MetadataPair(name: name, value: value), default: []].append(intents.count)
                }
                intents.append(intent)
            }
        }
        if let refund = entry.refund, refundPlaces[refund.id] == nil {
            refundPlaces[refund.id] = refunds.count
            refundsOfIntent[refund.intent, default: []].append(refunds.count)
            refunds.append(refund)
        }
        if let dispute = entry.dispute {
            if let place = disputePlaces[dispute.id] {
                disputes[place] = dispute
            } else {
                disputePlaces[dispute.id] = disputes.count
                disputesOfIntent[dispute.intent, default: []].append(disputes.count)
                disputes.append(dispute)
            }
        }
        if let key = entry.key, let answer = entry.answer {
            keys[key.name] = RecordedAnswer(fingerprint: key.fingerprint, answer: answer)
        }
    }

    // MARK: Idempotency

    /// What the key says of this call; nil: it is new.
    func recorded(_ key: IdempotencyKey) -> Outcome? {
        if let recorded = keys[key.name] {
            guard recorded.fingerprint == key.fingerprint else {
                return Outcome(answer: .failure(.keyReused(key.name)))
            }
            return Outcome(answer: recorded.answer, wasReplayed: true)
        }
        return keysUnderWay.contains(key.name) ? Outcome(answer: .failure(.keyUnderWay(key.name))) : nil
    }

    /// A call with this key begins that takes its time.
    mutating func begin(_ key: IdempotencyKey) { keysUnderWay.insert(key.name) }
    mutating func end(_ key: IdempotencyKey) { keysUnderWay.remove(key.name) }

    /// All of them, as if a day had gone by. The journal keeps them.
    mutating func forgetKeys() { keys.removeAll() }

    // MARK: Deciding

    /// What goes wrong within a call. Whatever it is answered with is recorded under its key, as Stripe does.
    enum Twist: Equatable {
        /// It takes effect, and is answered with 500.
        case breaksAfter
        /// It takes no effect, and is answered so.
        case isAnswered(Failure)
        /// The refund is made, and the money comes back.
        case bounces
    }

    mutating func perform(_ call: Call, key: IdempotencyKey?, now: Int64, _ twist: Twist? = nil) -> Outcome {
        if let key, let outcome = recorded(key) { return outcome }
        do throws(Failure) {
            var change =
                if case .isAnswered(let failure) = twist {
                    Change(answer: .failure(failure))
                } else {
                    try decide(call, now: now, bounces: twist == .bounces)
                }
            if twist == .breaksAfter { change.answer = .failure(.broken) }
            try disputeIfTheCardSaysSo(&change, now: now)
            var entry = Entry(intent: change.intent, refund: change.refund, dispute: change.dispute)
            if let key, call.changes {
                var failure: Failure?
                if case .failure(let said) = change.answer { failure = said }
                entry.key = RecordedKey(name: key.name, fingerprint: key.fingerprint, failure: failure)
            }
            let isEmpty = entry == Entry()
            if !isEmpty { apply(entry) }
            return Outcome(answer: change.answer, entry: isEmpty ? nil : entry, events: change.events)
        } catch {
            // It did not begin: Stripe records nothing then.
            return Outcome(answer: .failure(error))
        }
    }

    /// What a call will do.
    struct Change {
        var answer: Answer
        var intent: Intent?
        var refund: Refund?
        var dispute: Dispute?
        var events: [WebhookEvent] = []
    }

    /// Stripe's test cards for disputes are disputed as soon as they are charged.
    private func disputeIfTheCardSaysSo(_ change: inout Change, now: Int64) throws(Failure) {
        guard let intent = change.intent, intent.captured > 0, self[intent.id]?.captured ?? 0 == 0,
            let disputed = intent.paymentMethod.flatMap(Card.init)?.disputes
        else { return }
        var new = NewDispute(intent: intent.id)
        (new.reason, new.isInquiry) = (disputed.reason, disputed.isInquiry)
        let dispute = try new.decide(intent, number: disputes.count + 1, now: now)
        change.dispute = dispute.dispute
        change.events += dispute.events
    }

    private func decide(_ call: Call, now: Int64, bounces: Bool) throws(Failure) -> Change {
        switch call {
        case .create(let new): return try new.decide(number: intents.count + 1, now: now)
        case .confirm(let id, let confirmation):
            let intent = try intent(id)
            return try intent.confirmed(confirmation, isNew: false)
        case .capture(let id, let amount): return try intent(id).captured(amount)
        case .cancel(let id, let reason): return try intent(id).canceled(reason, now: now)
        case .refund(let new):
            guard let intent = self[new.intent] else {
                throw .noSuch("payment_intent", new.intent, parameter: "payment_intent")
            }
            guard !disputesOfIntent[intent.id, default: []].contains(where: { disputes[$0].holdsFunds }) else {
                throw .invalid(
                    nil, "The charge has been charged back; cannot issue a refund.", code: "charge_disputed")
            }
            return try new.decide(intent, number: refunds.count + 1, now: now, bounces: bounces)
        case .challenge(let id, let clientSecret, let isPassed):
            return try intent(id).challenged(clientSecret: clientSecret, isPassed: isPassed)
        case .dispute(let new):
            guard let intent = self[new.intent] else {
                throw .noSuch("payment_intent", new.intent, parameter: "payment_intent")
            }
            return try new.decide(intent, number: disputes.count + 1, now: now)
        case .retrieveDispute(let id): return Change(answer: .dispute(try dispute(id)))
        case .contest(let id, let evidence):
            let dispute = try dispute(id)
            return try dispute.contested(evidence, try intent(dispute.intent))
        case .concede(let id):
            let dispute = try dispute(id)
            return try dispute.closed(isWon: false, try intent(dispute.intent))
        case .listDisputes(let intent, let page):
            let all = intent.map { disputesOfIntent[$0, default: []] } ?? Array(disputes.indices)
            let (places, hasMore) = try cut(
                page, of: all.filter { page.created.contains(disputes[$0].created) }, disputePlaces)
            return Change(answer: .disputes(places.map { disputes[$0] }, hasMore: hasMore))
        case .retrieve(let id): return Change(answer: .intent(try intent(id)))
        case .retrieveRefund(let id):
            guard let place = refundPlaces[id] else { throw .noSuch("refund", id, parameter: "id", inPath: true) }
            return Change(answer: .refund(refunds[place]))
        case .list(let page):
            let all = intents.indices.filter { page.created.contains(intents[$0].created) }
            let (places, hasMore) = try cut(page, of: all, intentPlaces)
            return Change(answer: .intents(places.map { intents[$0] }, hasMore: hasMore))
        case .search(let search): return Change(answer: .found(find(search, now: now)))
        case .listRefunds(let intent, let page):
            let all = intent.map { refundsOfIntent[$0, default: []] } ?? Array(refunds.indices)
            let (places, hasMore) = try cut(
                page, of: all.filter { page.created.contains(refunds[$0].created) }, refundPlaces)
            return Change(answer: .refunds(places.map { refunds[$0] }, hasMore: hasMore))
        }
    }

    // MARK: Looking

    subscript(id: String) -> Intent? { intentPlaces[id].map { intents[$0] } }

    private func intent(_ id: String) throws(Failure) -> Intent {
        guard let intent = self[id] else { throw .noSuch("payment_intent", id, parameter: "intent", inPath: true) }
        return intent
    }

    private func dispute(_ id: String) throws(Failure) -> Dispute {
        guard let place = disputePlaces[id] else { throw .noSuch("dispute", id, parameter: "id", inPath: true) }
        return disputes[place]
    }

    func disputes(of intent: String) -> [Dispute] { disputesOfIntent[intent, default: []].map { disputes[$0] } }

    func refunds(of intent: String) -> [Refund] { refundsOfIntent[intent, default: []].map { refunds[$0] } }

    /// Newest first, as everything is listed: a page begins before the last one's end.
    private func cut(
        _ page: Page, of all: some BidirectionalCollection<Int>, _ places: [String: Int]
    ) throws(Failure) -> (places: [Int], hasMore: Bool) {
        var older = all[...]
        if let after = page.startingAfter {
            guard let place = places[after] else { throw .noSuch("object", after, parameter: "starting_after") }
            older = all.prefix { $0 < place }
        }
        return (older.suffix(page.limit).reversed(), older.count > page.limit)
    }

    private func find(_ search: Search, now: Int64) -> [Intent] {
        let pairs = search.metadata.map { MetadataPair(name: $0.key, value: $0.value) }
        let places = pairs.first.map { intentsByMetadata[$0, default: []] } ?? Array(intents.indices)
        return places.reversed().lazy.map { intents[$0] }.filter { intent in
            search.metadata.allSatisfy { intent.metadata[$0.key] == $0.value }
                && (search.status.map { $0 == intent.status.rawValue } ?? true)
                && intent.created <= now - search.lagSeconds
        }.prefix(search.limit).map { $0 }
    }
}

extension Entry {
    /// What the call was answered with.
    fileprivate var answer: Answer? {
        if let failure = key?.failure { return .failure(failure) }
        // A charge that is disputed at once is answered with itself.
        return refund.map { .refund($0) } ?? intent.map { .intent($0) } ?? dispute.map { .dispute($0) }
    }
}
