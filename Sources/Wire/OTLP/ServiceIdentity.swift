/// What the backend knows a process by.
public struct ServiceIdentity: Sendable {
    /// Of the program.
    public var version: String
    /// Of this process, and of no other.
    public var instance: String
    public var roles: [String]

    public init(version: String, instance: String, roles: [String]) {
        self.version = version
        self.instance = instance
        self.roles = roles
    }
}
