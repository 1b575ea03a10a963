import Domain
import EventLog
import Traces
import Tracing

/// The spans of one append, if one of its commands is traced: of the append itself, in a trace of its own that is linked with
/// the traces of those who asked for it; and in each of these, of what the command waited for.
///
/// The batch and the commands tell each other of their traces by links, since a batch has many callers. Replicas go on with
/// the batch's trace; what is done about an event goes on with its command's.
struct AppendTrace {
    private let recorder: SpanRecorder
    private let span: TraceSpan
    private let commands: [TracedCommand]
    private let begins: UInt64

    /// - Parameters:
    ///   - commands: those that are traced; nil is returned where there are none.
    ///   - decisionBegan: when the batch's first command was about to be decided, in nanoseconds since 1970.
    init?(
        _ commands: [TracedCommand], _ recorder: SpanRecorder, decisionBegan: UInt64, batch: AppendBatch
    ) {
        guard !commands.isEmpty else { return nil }
        self.recorder = recorder
        self.commands = commands
        begins = TraceSpan.now
        let parents = commands.map(\.trace.parent)
        span = recorder.start("append", ofKind: .client, links: parents, at: begins)
        span.set("db.system.name", .string("postgresql"))
        span.set("db.stored_procedure.name", .string("holdfast.append"))
        span.set("holdfast.batch.commands", .int64(Int64(batch.streams.reduce(0) { $0 + $1.commands.count })))
        span.set("holdfast.batch.streams", .int64(Int64(batch.streams.count)))
        for command in commands {
            let parent = command.trace.parent
            let wait = recorder.start("sequencer wait", under: parent, at: command.trace.proceed(at: begins))
            wait.end(atNanoseconds: decisionBegan)
            let decision = recorder.start("decide", under: parent, at: decisionBegan)
            decision.set("holdfast.command", .string("\(command.id)"))
            decision.end(atNanoseconds: begins)
        }
    }

    /// The append is in the log, but for what conflicted.
    func ended(_ result: AppendResult) {
        let now = TraceSpan.now
        span.set("holdfast.log.head", .int64(result.head))
        finish(nil, at: now)
    }

    /// - Parameter reason: a word of ours.
    func failed(_ reason: String) { finish(reason, at: TraceSpan.now) }

    private func finish(_ failure: String?, at now: UInt64) {
        for command in commands {
            let part = recorder.start(
                "append wait", under: command.trace.parent, links: [span.trace], at: command.trace.proceed(at: now))
            if let failure { part.fail(failure) }
            part.end(atNanoseconds: now)
        }
        if let failure { span.fail(failure) }
        span.end(atNanoseconds: now)
    }

    /// The batch as it is told to replicas, with its traces.
    func marking(_ batch: CommittedBatch) -> CommittedBatch {
        var batch = batch
        batch.traceParent = span.trace.traceParent
        let parents = Dictionary(commands.map { ($0.id, $0.trace.parent) }) { first, _ in first }
        var index = 0
        while index < batch.events.count {
            let first = batch.events[index]
            var last = first.position
            index += 1
            while index < batch.events.count, batch.events[index].commandID == first.commandID {
                last = batch.events[index].position
                index += 1
            }
            guard let parent = parents[first.commandID] else { continue }
            batch.traces.append(EventTrace(positions: first.position...last, traceParent: parent.traceParent))
        }
        return batch
    }
}
