/// One connection to a server, with one request on its way at most.
final class Connection {
    struct Exchange {
        /// When the request was to be sent.
        var planned: Nanoseconds
        /// Which of the load's requests it is, and for which user.
        var request: Int
        var user: Int
    }

    private let host: String
    private let port: UInt16
    private let poller: Poller
    private let tag: UInt64
    private var socket: Socket
    private var parser: ResponseParser
    private var output: [UInt8] = []
    private var written = 0
    /// What waits for an answer.
    private(set) var exchange: Exchange?

    init(host: String, port: UInt16, looksInside: Bool, poller: Poller, tag: UInt64) throws {
        self.host = host
        self.port = port
        self.poller = poller
        self.tag = tag
        parser = ResponseParser(looksInside: looksInside)
        socket = try Socket(connectedTo: host, port: port)
        poller.add(socket, tag: tag)
    }

    deinit { socket.close() }

    /// Sends a request, which `write` formats.
    func send(planned: Nanoseconds, _ write: (inout [UInt8]) -> (request: Int, user: Int)) {
        output.removeAll(keepingCapacity: true)
        written = 0
        let (request, user) = write(&output)
        exchange = Exchange(planned: planned, request: request, user: user)
        flush()
    }

    /// Goes on writing what did not fit.
    func flush() {
        let wasPartial = written > 0 || exchange == nil
        while written < output.count {
            // A closed connection is noticed when the answer is read.
            guard case .bytes(let count) = socket.write(output[written...]) else { break }
            written += count
        }
        if written < output.count || wasPartial {
            poller.update(socket, tag: tag, forWriting: written < output.count)
        }
    }

    enum Arrival {
        case nothing
        case response(ResponseParser.Response, to: Exchange)
        /// The connection was lost, and made anew; the request, if there was one, has no answer.
        case lost(Exchange?)
    }

    /// Reads what has come.
    func receive(into buffer: inout [UInt8]) throws -> Arrival {
        while true {
            switch socket.read(into: &buffer) {
            case .wouldBlock: return .nothing
            case .closed: return try reconnect()
            case .bytes(let count):
                guard let exchange else { return try reconnect() }
                switch try parser.take(buffer[..<count]) {
                case .incomplete:
                    if count < buffer.count { return .nothing }
                case .complete(let response):
                    self.exchange = nil
                    if response.closes { _ = try reconnect() }
                    return .response(response, to: exchange)
                }
            }
        }
    }

    private func reconnect() throws -> Arrival {
        defer { exchange = nil }
        socket.close()
        parser = ResponseParser(looksInside: parser.looksInside)
        output.removeAll(keepingCapacity: true)
        written = 0
        socket = try Socket(connectedTo: host, port: port)
        poller.add(socket, tag: tag)
        return .lost(exchange)
    }
}
