/// Who of a line still waits, by their numbers 1, 2, 3 …: to begin to wait, to wait no more and to count those ahead cost
/// O(log n) each, in four bytes a number.
///
/// A Fenwick tree (P. M. Fenwick, “A new data structure for cumulative frequency tables”, 1994): the node of a number holds
/// how many wait of as many numbers up to it as its lowest set bit says.
public struct PlaceTree: Sendable {
    /// The node of number n is at n; there is no number 0.
    private var nodes: [Int32] = [0]

    public init() {}

    /// Numbers 1 to `count`; those that wait are said.
    public init(count: Int, isWaiting: (_ number: Int) -> Bool) {
        nodes = Array(repeating: 0, count: count + 1)
        for number in stride(from: 1, through: count, by: 1) {
            if isWaiting(number) { nodes[number] += 1 }
            let parent = number + Self.width(number)
            if parent <= count { nodes[parent] += nodes[number] }
        }
    }

    /// The greatest number.
    public var count: Int { nodes.count - 1 }

    /// How many wait with smaller numbers than `number`, which may be one more than the greatest.
    public func waiting(before number: Int) -> Int {
        precondition((1...count + 1).contains(number), "a number of the line")
        var (index, sum) = (number - 1, 0)
        while index > 0 {
            sum += Int(nodes[index])
            index -= Self.width(index)
        }
        return sum
    }

    /// Adds the next number.
    public mutating func append(isWaiting: Bool) {
        let number = nodes.count
        // What the numbers beside it have that this node holds, too.
        var (sum, child) = (isWaiting ? Int32(1) : 0, number - 1)
        while child > number - Self.width(number) {
            sum += nodes[child]
            child -= Self.width(child)
        }
        nodes.append(sum)
    }

    /// A number that waited waits no more.
    public mutating func remove(_ number: Int) {
        precondition((1...count).contains(number), "a number of the line")
        var index = number
        while index < nodes.count {
            nodes[index] -= 1
            index += Self.width(index)
        }
    }

    /// How many numbers a node holds the count of.
    private static func width(_ number: Int) -> Int { number & -number }
}
