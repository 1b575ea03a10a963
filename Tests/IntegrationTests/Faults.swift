import Testing

/// What goes wrong around a node. Each test has a cluster of its own to break, one after the other: they are many
/// processes, and some tests look at the clock.
@Suite(.serialized, .keepingLogs)
enum Faults {}
