import Foundation

/// The kept inputs of one parser: samples of what is valid, and every input that once broke something.
struct Corpus {
    /// By name, in order of name: an order that is always the same.
    let files: [(name: String, input: [UInt8])]

    static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    init(parser: String) throws { try self.init(folder: "FuzzTests/Corpus/\(parser)") }

    /// - Parameter folder: below `Tests`; empty where there is none.
    init(folder: String) throws {
        let folder = Self.tests.appending(path: folder)
        guard FileManager.default.fileExists(atPath: folder.path) else {
            files = []
            return
        }
        files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            (name, [UInt8](try Data(contentsOf: folder.appending(path: name))))
        }
    }
}
