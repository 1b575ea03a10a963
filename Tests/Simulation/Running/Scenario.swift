import Payments
import SeededRandom

/// What a seed makes of a run: how many take part, what they want, and what goes wrong how often.
struct Scenario {
    /// Rates are per thousand of the chances there are; 0: never.
    struct Faults {
        // Each call of the log.
        var callLost = 0
        var answerLost = 0
        var callRefused = 0
        var callSlow = 0
        /// Each commit by which money moves: the standby is away, so that it may be lost for a while.
        var standbyOutages = 0
        // Each message on each link of the fan-out.
        var messageLost = 0
        var messageDoubled = 0
        var messageLate = 0
        // Each request or answer between a client and a process.
        var requestLost = 0
        /// Each action of a sequencer, before it is done.
        var crashAtAction = 0
        /// Each stored snapshot.
        var snapshotDamaged = 0
        // A second of each process, or of the log.
        var processCrashes = 0
        var clockJumps = 0
        var outages = 0
        var failovers = 0
        var lostTails = 0
        // Each call of the payment provider.
        var paymentLost = 0
        var paymentAnswerLost = 0
        var paymentUnavailable = 0
        var paymentRefused = 0
        /// It takes effect, when its caller has given up and done something else.
        var paymentLate = 0
        var paymentDoubled = 0
        /// Each of the provider's messages to the payment process, beyond the one.
        var hintDoubled = 0
        // A second of the provider.
        var paymentOutages = 0
        /// Each look of the active payment process at its lease: somebody else gets it, and it doesn't notice at once.
        var leaseLost = 0
    }

    var writers: Int
    var replicas: Int
    var clients: Int
    var shows: Int
    var rowLengths: [Int]
    var areaCapacities: [Int]
    var holdSeconds: Int64
    var paymentSeconds: Int64
    var regrantsLatePayments: Bool
    var cancelsShows: Bool
    var maxSeatsPerHold: Int
    /// How long clients go on asking for new things, and things go wrong.
    var active: Moment
    var thinkTime: ClosedRange<Moment>
    /// A message's way between two processes.
    var hop: ClosedRange<Moment>
    /// What the log takes for a commit or a read.
    var logTime: ClosedRange<Moment>
    /// What the payment provider takes for a call.
    var providerTime: ClosedRange<Moment>
    /// A client that hears nothing for so long asks again.
    var clientPatience: Moment
    var snapshotInterval: Moment
    /// The run ends only when every hold has ended.
    var outlastsHolds: Bool
    var paymentLimits: PaymentLimits
    var faults: Faults

    init(_ random: inout SeededGenerator) {
        writers = random.int(1...3)
        replicas = random.int(2...3)
        clients = random.int(2...5)
        shows = random.int(1...2)
        rowLengths = (0..<random.int(1...4)).map { _ in random.int(1...6) }
        areaCapacities = (0..<random.int(0...2)).map { _ in random.int(1...10) }
        holdSeconds = Int64(random.int(1...3))
        // With less than 10 a show can't be described anew: nobody may ask for that.
        paymentSeconds = random.isLucky(perMille: 250) ? 10 : Int64(random.int(1...3))
        regrantsLatePayments = random.isLucky(perMille: 400)
        cancelsShows = random.isLucky(perMille: 200)
        maxSeatsPerHold = random.int(2...5)
        active = .milliseconds(Int64(random.int(400...3_000)))
        thinkTime = .milliseconds(1)...(.milliseconds(Int64(random.int(5...100))))
        let hop = Moment(random.int(30...400))
        self.hop = hop...(hop * Moment(random.int(2...8)))
        let logTime = Moment(random.int(200...2_000))
        self.logTime = logTime...(logTime * Moment(random.int(2...6)))
        let providerTime = Moment(random.int(500...20_000))
        self.providerTime = providerTime...(providerTime * Moment(random.int(2...20)))
        clientPatience = .milliseconds(Int64(random.int(40...800)))
        snapshotInterval = .milliseconds(Int64(random.int(100...1_000)))
        outlastsHolds = random.isLucky(perMille: 120)
        // Small enough to be met.
        paymentLimits = PaymentLimits()
        paymentLimits.callsMax = random.int(1...6)
        paymentLimits.attemptsMax = random.int(2...8)
        paymentLimits.retryMin = .milliseconds(random.int(5...50))
        paymentLimits.retryMax = .milliseconds(random.int(50...800))
        paymentLimits.confirmationTimeout = .milliseconds(random.int(50...1_000))
        paymentLimits.cancelledOrdersMax = random.int(1...4)
        paymentLimits.changesLookInterval = .milliseconds(random.int(200...1_500))
        faults = Faults()
        // One run in sixteen with nothing wrong; in the others every kind of fault is as likely left out as not.
        guard !random.isLucky(perMille: 60) else { return }
        func rate(_ most: Int) -> Int { random.isLucky(perMille: 500) ? 0 : random.int(1...most) }
        faults.callLost = rate(60)
        faults.answerLost = rate(60)
        faults.callRefused = rate(60)
        faults.callSlow = rate(80)
        faults.messageLost = rate(400)
        faults.messageDoubled = rate(200)
        faults.messageLate = rate(300)
        faults.requestLost = rate(100)
        faults.crashAtAction = rate(12)
        faults.snapshotDamaged = rate(300)
        faults.processCrashes = rate(1_200)
        faults.clockJumps = rate(1_500)
        faults.outages = rate(800)
        faults.failovers = rate(600)
        faults.lostTails = rate(900)
        faults.paymentLost = rate(150)
        faults.paymentAnswerLost = rate(150)
        faults.paymentUnavailable = rate(150)
        faults.paymentRefused = rate(30)
        faults.paymentLate = rate(100)
        faults.paymentDoubled = rate(200)
        faults.hintDoubled = rate(300)
        faults.paymentOutages = rate(500)
        faults.leaseLost = rate(60)
        faults.standbyOutages = rate(250)
    }
}
