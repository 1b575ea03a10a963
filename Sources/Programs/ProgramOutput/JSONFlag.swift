public import ArgumentParser

/// `--json` of a command that has a result: standard output is exactly one JSON document, `{"error": …}` where there is none,
/// and everything else goes to standard error.
public struct JSONFlag: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Prints one JSON document, {\"error\": …} if it fails.")
    public var isOn = false

    public init() {}
}

/// `--json` of a command that prints JSON lines anyway: an error is such a line, too, and the last.
public struct JSONLinesFlag: ParsableArguments {
    @Flag(
        name: .customLong("json"),
        help: "Prints {\"error\": …} as the last line if it fails; all lines are JSON anyway.")
    public var isOn = false

    public init() {}
}
