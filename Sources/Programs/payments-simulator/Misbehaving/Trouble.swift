/// One way in which a call goes wrong, at one step of a payment.
///
/// Spelled in a token as the step (nothing: authorizing; `capture`, `void`, `refund`), what goes wrong
/// (`timeoutBefore` …), and `Always`, without which it goes wrong the first time only, so that a retry gets through.
struct Trouble: Equatable, Sendable {
    enum Step: String, CaseIterable, Sendable {
        case authorize = ""
        case capture, void, refund
    }

    enum Kind: String, CaseIterable, Sendable {
        /// No answer; before: and no effect.
        case timeoutBefore, timeoutAfter
        /// 500; after: it took effect, and the 500 is what the idempotency key is answered with from then on.
        case error500Before, error500After
        /// 500, without effect, and the idempotency key is answered with it from then on.
        case error500Recorded
        /// The connection ends without an answer.
        case cutBefore, cutAfter
        /// The answer comes after a second.
        case slow
        /// 500 twice, without effect.
        case fails
        /// 400, every time.
        case refused
        /// 400, and the idempotency key is answered with it from then on.
        case refusedRecorded
        /// The refund is made, and the money comes back.
        case bounces

        /// What may happen to any call under a fault rate.
        static let random: [Kind] = [
            .timeoutBefore, .timeoutAfter, .error500Before, .error500After, .cutBefore, .cutAfter, .slow,
        ]

        /// How often it happens to one payment's step.
        fileprivate var times: Int {
            switch self {
            case .timeoutBefore, .timeoutAfter, .error500Before, .error500After, .error500Recorded, .cutBefore,
                .cutAfter, .slow, .refusedRecorded, .bounces:
                1
            case .fails: 2
            case .refused: .max
            }
        }
    }

    var step: Step
    var kind: Kind
    var isEndless = false

    init?(_ name: Substring) {
        var name = name
        if name.hasSuffix("Always") {
            isEndless = true
            name.removeLast("Always".count)
        }
        let step = Step.allCases.last { name.hasPrefix($0.rawValue) } ?? .authorize
        name.removeFirst(step.rawValue.count)
        guard let kind = Kind.allCases.first(where: { $0.spelling(at: step) == name }),
            kind != .bounces || step == .refund
        else { return nil }
        self.step = step
        self.kind = kind
    }

    /// How often it happens to one payment.
    var times: Int { isEndless ? .max : kind.times }
}

extension Trouble.Kind {
    /// `fails`, but `captureFails`.
    fileprivate func spelling(at step: Trouble.Step) -> String {
        step == .authorize ? rawValue : rawValue.prefix(1).uppercased() + rawValue.dropFirst()
    }
}

extension Call {
    /// The step of a payment that this call is; nil: it only looks.
    var step: Trouble.Step? {
        switch self {
        case .create(let new): new.confirms ? .authorize : nil
        case .confirm: .authorize
        case .capture: .capture
        case .cancel: .void
        case .refund: .refund
        case .retrieve, .list, .search, .retrieveRefund, .listRefunds, .challenge, .dispute, .retrieveDispute,
            .listDisputes, .contest, .concede:
            nil
        }
    }
}
