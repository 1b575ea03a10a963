public import Logging
import Text

/// Writes a line of JSON for every event: `time`, `level`, `subsystem`, `message`, and the event's metadata as members of
/// `data`, all of them texts.
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let subsystem: String
    private let levels: LogLevels
    private let now: @Sendable () -> Int64
    private let write: @Sendable ([UInt8]) -> Void
    private var ownLevel: Logger.Level?

    /// - Parameters:
    ///   - subsystem: the logger's label.
    ///   - levels: decide which events are written.
    ///   - now: microseconds since 1970.
    ///   - write: takes a whole line, with its end.
    public init(
        subsystem: String, levels: LogLevels, now: @escaping @Sendable () -> Int64,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.subsystem = subsystem
        self.levels = levels
        self.now = now
        self.write = write
    }

    public var logLevel: Logger.Level {
        get { ownLevel ?? levels[subsystem] }
        set { ownLevel = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var data = metadata
        if let provided = metadataProvider?.get() { data.merge(provided) { _, new in new } }
        if let own = event.metadata { data.merge(own) { _, new in new } }
        if let error = event.error { data["error"] = "\(error)" }
        var json = JSONWriter()
        json.object { json in
            json.key("time")
            json.value(timeAt: now())
            json.member("level", event.level.rawValue)
            json.member("subsystem", subsystem)
            json.member("message", event.message.description)
            guard !data.isEmpty else { return }
            json.object("data") { json in
                for (key, value) in data.sorted(by: { $0.key < $1.key }) {
                    json.key(key)
                    json.value(value.description)
                }
            }
        }
        write(json.bytes + [0x0A])
    }
}
