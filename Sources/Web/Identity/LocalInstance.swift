import Foundation

/// The instance that `tools/up` started in a data folder, as described by `instance.json`.
public struct LocalInstance: Decodable, Sendable {
    public struct Node: Decodable, Sendable {
        public var url: String
        /// The URL of its listener for operators; nil: it has none, or an earlier version serves all at one.
        public var operations: String?
        /// The node's folder within the instance's; nil for a node elsewhere.
        public var data: String?

        public init(url: String, operations: String? = nil, data: String? = nil) {
            self.url = url
            self.operations = operations
            self.data = data
        }
    }

    /// No instance is described there.
    public struct NotFound: Error, CustomStringConvertible {
        public var description: String
    }

    /// At least one.
    public var nodes: [Node]
    /// The log's libpq connection string.
    public var postgres: String
    /// The stored views' libpq connection string; nil: they are in the log's database.
    public var orders: String?
    /// The payment provider's URL; nil: the instance has none of its own.
    public var payments: String?

    /// - Throws: ``NotFound``, or what is wrong with the file.
    public init(dataFolder: String) throws {
        let path = dataFolder + "/instance.json"
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw NotFound(description: "There is no \(path): tools/up has not run there.")
        }
        self = try JSONDecoder().decode(Self.self, from: bytes)
    }
}
