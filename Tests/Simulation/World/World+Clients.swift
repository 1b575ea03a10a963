import Domain
import EventLog
import Sequencing

/// What clients do, and what they make of the answers.
extension World {
    /// The first clients begin by making the shows.
    func createShows() {
        for number in 0..<scenario.shows {
            let show = self.show(number)
            add(.create(ValidShow(unchecked: show)), on: show.showID, to: number)
        }
    }

    var areShowsMade: Bool { (0..<scenario.shows).allSatisfy { clients[$0].commands[0].answer != nil } }

    func act(_ client: Int) {
        guard clients[client].waiting == nil, !clients[client].isReading, !clients[client].isDone else { return }
        if !clients[client].unfinished.isEmpty, isEnding || random.isLucky(perMille: 600) {
            return attempt(random.pick(clients[client].unfinished), of: client)
        }
        if client == operatorNumber { return operate() }
        if isEnding { return close(client) }
        if isWaiter(client) || (waitlist != nil && random.isLucky(perMille: 120)) { return waitInLine(client) }
        switch random.int(0...99) {
        case 0...24: placeHold(client)
        case 25...31: releaseHold(client)
        case 32...51: buy(client)
        case 52...66: useTicket(client)
        case 67...72: replay(client)
        case 73...74: reuseKey(client)
        case 75...76: readAhead(client)
        case 77...82: changeHold(client)
        default: readSomewhere(client)
        }
    }

    /// In the end everybody asks once more for something old, and looks at every replica.
    private func close(_ client: Int) {
        switch clients[client].closingSteps {
        case 0:
            clients[client].closingSteps = 1
            replay(client)
        case 1...scenario.replicas:
            let process = scenario.writers + clients[client].closingSteps - 1
            read(.holds(clients[client].user), freshness(of: client), at: process, for: client)
        default: clients[client].isDone = true
        }
    }

    // MARK: Commands

    func placeHold(_ client: Int) {
        let show = showIDs[random.int(0...(showIDs.count - 1))]
        let id = clients[client].commandID(key: clients[client].commands.count)
        let command = PlaceHold(
            holdID: HoldID(on: show, placedBy: id), userID: clients[client].user, selection: selection(on: show),
            channels: channels(of: client))
        send(.placeHold(command), on: show, by: client)
    }

    private func selection(on show: ShowID) -> PlaceHold.Selection {
        // What somebody offers is seen on the seat map, and wanted.
        if let offered = judge.ledger.listedSeats(of: show).randomElement(using: &random), random.isLucky(perMille: 500)
        {
            return .named(seats: [seatGuids[offered]], areas: [])
        }
        switch random.int(0...9) {
        case 0...4:
            let seats = (0..<random.int(1...min(3, seatGuids.count))).map { _ in random.pick(seatGuids) }
            let isMixed = !areaIDs.isEmpty && random.isLucky(perMille: 200)
            return .named(
                seats: random.isLucky(perMille: 20) ? ["nowhere"] : seats, areas: isMixed ? [someUnits()] : [])
        case 5...7: return .best(PlaceHold.BestPlaces(quantity: random.int(1...scenario.maxSeatsPerHold)))
        default: return .named(seats: [], areas: areaIDs.isEmpty ? [] : [someUnits()])
        }
    }

    func someUnits() -> AreaQuantity {
        AreaQuantity(areaID: random.pick(areaIDs), quantity: random.int(1...scenario.maxSeatsPerHold))
    }

    private func releaseHold(_ client: Int) {
        guard !clients[client].holds.isEmpty else { return placeHold(client) }
        let hold = random.pick(clients[client].holds)
        guard let show = hold.show else { preconditionFailure("hold \(hold) was not made here") }
        send(.releaseHold(hold, by: clients[client].user), on: show, by: client)
    }

    private func replay(_ client: Int) {
        guard !clients[client].commands.isEmpty else { return free(client) }
        attempt(random.int(0...(clients[client].commands.count - 1)), of: client)
    }

    /// The same key with another request; only where the key is known to be taken.
    private func reuseKey(_ client: Int) {
        let taken = clients[client].commands.indices.filter { clients[client].commands[$0].answer != nil }
        guard !taken.isEmpty else { return placeHold(client) }
        let key = random.pick(taken)
        var request = clients[client].commands[key].request
        request.fingerprint[0] ^= 0xFF
        send(request, key, of: client)
    }

    /// Begins a new command.
    func send(_ command: ShowCommand, on show: ShowID, by client: Int) {
        add(command, on: show, to: client)
        attempt(clients[client].commands.count - 1, of: client)
    }

    private func add(_ command: ShowCommand, on show: ShowID, to client: Int) {
        let key = clients[client].commands.count
        let id = clients[client].commandID(key: key)
        let request = CommandRequest(
            id: id, principal: clients[client].user.rawValue, fingerprint: id.bytes + id.bytes, show: show,
            command: command)
        clients[client].commands.append(Client.Command(request: request))
        clients[client].unfinished.append(key)
    }

    /// Tries a command, now and then at two processes at once.
    private func attempt(_ key: Int, of client: Int) {
        send(clients[client].commands[key].request, key, of: client)
        if random.isLucky(perMille: 80) { send(clients[client].commands[key].request, key, of: client) }
    }

    private func send(_ request: CommandRequest, _ key: Int, of client: Int) {
        let number = attempts.count
        let process = random.int(0...(scenario.writers - 1))
        var attempt = Attempt(asker: .client(client, key: key), request: request, process: process)
        attempt.mustBeReplay = clients[client].commands[key].attempts.contains {
            attempts[$0].process == process && attempts[$0].wasAccepted
        }
        attempts.append(attempt)
        clients[client].commands[key].attempts.append(number)
        clients[client].waiting = (key, number)
        if !strikes(\.requestLost) { plan(.requestArrives(attempt: number), in: random.moment(scenario.hop)) }
        plan(.patienceEnds(attempt: number), in: scenario.clientPatience)
    }

    /// A request reaches its process.
    func deliver(_ attempt: Int) {
        let process = attempts[attempt].process
        // Its connection broke with the process while it was on its way: nobody gets it.
        guard !attempts[attempt].isAnswered else { return }
        guard processes[process].isUp else {
            attempts[attempt].isAnswered = true
            return plan(.answerArrives(attempt: attempt, nil), in: random.moment(scenario.hop))
        }
        judge.takenIn(attempts[attempt].request.id)
        push(.submit(attempt: attempt), to: process)
    }

    /// A process answers.
    func respond(_ answer: CommandAnswer, to number: Int) {
        let attempt = attempts[number]
        guard !attempt.isAnswered else {
            return judge.accuse(.answersAreFinal, "attempt \(number) is answered twice")
        }
        attempts[number].isAnswered = true
        guard case .client(let client, let key) = attempt.asker else { return respondToWorker(answer, attempt) }
        let answer = changed(answer)
        let all = clients[client].commands[key].attempts
        judge.answered(
            attempt.request, with: answer, isAlone: all.count == 1,
            othersUseKey: all.contains { attempts[$0].request.fingerprint != attempt.request.fingerprint },
            mustBeReplay: attempt.mustBeReplay)
        if case .recorded(let told, _) = answer, !told.events.isEmpty { attempts[number].wasAccepted = true }
        note("answer to", client, Int64(key), Int64(number))
        if !strikes(\.requestLost) {
            plan(.answerArrives(attempt: number, answer), in: random.moment(scenario.hop))
        }
    }

    /// The same command may have been proposed before, here or by another process.
    private func respondToWorker(_ answer: CommandAnswer, _ attempt: Attempt) {
        judge.answered(attempt.request, with: answer, isAlone: false, othersUseKey: false)
        if case .payments(let process, let turn, let proposal) = attempt.asker {
            takeForPayments(answer, process, turn, proposal)
        }
    }

    /// The planted fault: not what was said the first time.
    private func changed(_ answer: CommandAnswer) -> CommandAnswer {
        guard case .recorded(var told, replayed: true) = answer, strikes(.changedAnswer, perMille: 200) else {
            return answer
        }
        told.outcome = told.outcome == .accepted ? .rejected(.holdNotFound) : .accepted
        return .recorded(told, replayed: true)
    }

    /// An answer reaches its client; nil: the connection broke.
    func receive(_ answer: CommandAnswer?, to attempt: Int) {
        guard case .client(let client, let key) = attempts[attempt].asker else { return }
        switch answer {
        case .recorded(let answer, _): learn(answer, key, client)
        case .keyReused: clients[client].unfinished.removeAll { $0 == key }
        case .notRecorded, .unknown, nil: break
        }
        if clients[client].waiting?.key == key { free(client) }
    }

    private func learn(_ answer: RecordedAnswer, _ key: Int, _ client: Int) {
        let fact = judge.fact(of: answer)
        clients[client].take(answer.token, for: fact)
        clients[client].see(fact, in: judge.history)
        guard clients[client].commands[key].answer == nil else { return }
        clients[client].commands[key].answer = answer
        clients[client].unfinished.removeAll { $0 == key }
        for told in answer.events {
            if let event = told.event as? ShowEvent { learn(event, at: told.position, client) }
        }
    }

    /// An event that follows from what the client asked for; some are about others, who were offered what came free.
    private func learn(_ event: ShowEvent, at position: Int64, _ client: Int) {
        switch event {
        case .hold(.placed(let hold)) where hold.offerOf == nil:
            clients[client].holds.append(hold.holdID)
            clients[client].fencingTokens[hold.holdID] = position
        case .order(.started(let started)):
            clients[client].orders.append(started.orderID)
            if started.extendsHold { clients[client].fencingTokens[started.holdID] = position }
        case .created: if areShowsMade { log.keepAll() }
        case .hold(.changed(let changed)): clients[client].fencingTokens[changed.hold.holdID] = position
        case .waitlist(.joined(let joined)): clients[client].entries.append(joined.entryID)
        case .changed, .places, .allocations, .admission, .hold, .order, .ticket, .cancelled, .waitlist:
            break
        }
    }

    func loseAnswer(to attempt: Int) {
        guard case .client(let client, _) = attempts[attempt].asker else { return }
        if clients[client].waiting?.attempt == attempt { free(client) }
    }

    private func free(_ client: Int) {
        clients[client].waiting = nil
        clients[client].isReading = false
        plan(.clientActs(client), in: random.moment(scenario.thinkTime))
    }

    // MARK: Reads

    func readSomewhere(_ client: Int) {
        let process = scenario.writers + random.int(0...(scenario.replicas - 1))
        let question: Read.Question =
            random.isLucky(perMille: 500) ? .holds(clients[client].user) : .seatMap(random.pick(showIDs))
        switch random.int(0...9) {
        case 0: read(question, .head, at: process, for: client)
        case 1: read(question, .any, at: process, for: client)
        default: read(question, freshness(of: client), at: process, for: client)
        }
    }

    private func freshness(of client: Int) -> Read.Freshness { clients[client].token.map(Read.Freshness.token) ?? .any }

    private func read(_ question: Read.Question, _ freshness: Read.Freshness, at process: Int, for client: Int) {
        var read = Read(
            number: reads.count, client: client, process: process, question: question, freshness: freshness,
            timeout: .milliseconds(Int64(random.int(1...300))))
        switch freshness {
        case .token:
            read.mark = clients[client].tokenFact
            read.seen = clients[client].seen
        case .head: read.seen = clients[client].seen
        case .any: break
        }
        send(read)
    }

    /// A token from nowhere: of an epoch to come, or far ahead.
    private func readAhead(_ client: Int) {
        let head = log.content.head
        let token = LogPosition(
            epoch: head.epoch + Int64(random.int(0...1)) * 7, position: head.position + Int64(random.int(1_000...9_000))
        )
        send(
            Read(
                number: reads.count, client: client, process: scenario.writers, question: .holds(clients[client].user),
                freshness: .token(token), isMadeUp: true, timeout: .milliseconds(100)))
    }

    private func send(_ read: Read) {
        clients[read.client].isReading = true
        reads.append(read)
        plan(.readArrives(read.number), in: random.moment(scenario.hop))
    }

    func receive(_ answer: ReadAnswer, to read: Read) {
        let client = read.client
        switch answer {
        case .content(let token, let fact):
            if isEnding, !read.isMadeUp { clients[client].closingSteps += 1 }
            if case .any = read.freshness, clients[client].token != nil { break }
            clients[client].take(token, for: fact)
            clients[client].see(fact, in: judge.history)
        case .lost(let token, let fact):
            clients[client].token = token
            clients[client].tokenFact = token == nil ? History.root : fact
            clients[client].seen = token == nil ? History.root : fact
        case .ahead where !read.isMadeUp:
            clients[client].token = nil
            clients[client].tokenFact = History.root
            clients[client].seen = History.root
        case .behind(let token?, let fact) where clients[client].keepsCookies: clients[client].take(token, for: fact)
        case .ahead, .behind, .notReady, .logUnavailable, .refused: break
        }
        free(client)
    }
}
