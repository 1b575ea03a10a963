public import Logging

/// Another handler, whose events are those that the ``LogLevels`` let through.
public struct LevelledLogHandler<Base: LogHandler>: LogHandler {
    private var base: Base
    private let subsystem: String
    private let levels: LogLevels
    private var ownLevel: Logger.Level?

    public init(_ base: Base, subsystem: String, levels: LogLevels) {
        self.base = base
        self.subsystem = subsystem
        self.levels = levels
    }

    public var logLevel: Logger.Level {
        get { ownLevel ?? levels[subsystem] }
        set { ownLevel = newValue }
    }

    public var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    public var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    public func log(event: LogEvent) { base.log(event: event) }
}
