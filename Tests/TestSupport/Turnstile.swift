internal import DequeModule

/// Lets so many in at a time; the others wait in line.
actor Turnstile {
    private var free: Int
    private var line: Deque<CheckedContinuation<Void, Never>> = []

    init(places: Int) { free = places }

    func enter() async {
        if free > 0 { free -= 1 } else { await withCheckedContinuation { line.append($0) } }
    }

    func leave() {
        if let next = line.popFirst() { next.resume() } else { free += 1 }
    }
}
