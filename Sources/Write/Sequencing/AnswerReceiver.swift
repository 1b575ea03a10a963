/// Takes the answers of callers that are no tasks, such as the connections of an event loop: those of one commit
/// together, so that many answers cost one hand-over.
public protocol AnswerReceiver: AnyObject, Sendable {
    /// Called from any thread; must not block.
    func receive(_ answers: [(ticket: Int, answer: CommandAnswer)])
}
