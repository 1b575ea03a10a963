/// Which messages of a channel the server has confirmed. They are numbered from 1 in the order in which they were published
/// (https://www.rabbitmq.com/docs/confirms); the server confirms one, or all up to one, and not always in order.
struct Confirms {
    private(set) var published: UInt64 = 0
    /// All up to here are confirmed.
    private var whole: UInt64 = 0
    /// Confirmed ones behind that.
    private var scattered: Set<UInt64> = []

    /// How many are not confirmed yet.
    var open: Int { Int(published - whole) - scattered.count }

    mutating func publish() { published += 1 }

    /// False: the server confirms what was never published.
    mutating func confirm(_ tag: UInt64, andAllBefore isMultiple: Bool) -> Bool {
        guard tag <= published, isMultiple || tag > 0 else { return false }
        if isMultiple {
            // 0 means all so far.
            whole = max(whole, tag == 0 ? published : tag)
            scattered = scattered.filter { $0 > whole }
        } else if tag > whole {
            scattered.insert(tag)
        }
        while scattered.remove(whole + 1) != nil { whole += 1 }
        return true
    }
}
