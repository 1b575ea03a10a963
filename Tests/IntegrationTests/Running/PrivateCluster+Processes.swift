import Foundation
import TestSupport
import Testing

extension PrivateCluster {
    /// The server's processes.
    func processes() throws -> [pid_t] {
        let file = folder.appending(path: "cluster/postmaster.pid")
        let first = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").first
        let postmaster = try #require(first.flatMap { pid_t($0) })
        let all = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }
        let children = all.filter { process in
            // A process may end while it is looked at.
            do {
                let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
                return status.contains("\nPPid:\t\(postmaster)\n")
            } catch {
                return false
            }
        }
        return [postmaster] + children
    }
}
