import AsyncHTTPClient
import Diagnosis
import Foundation
import NIOCore
import NIOHTTP1

/// What a node says of itself.
enum NodeReading {
    private static let timeout = TimeAmount.seconds(10)
    private static let answerBytesMax = 1 << 20

    private struct Answer: Decodable {
        struct Check: Decodable {
            var check, status, detail: String
            var advice: String?
        }

        var checks: [Check]
    }

    /// - Parameter url: of the node's listener for operators.
    static func findings(url: String) async -> [Finding] {
        do {
            let request = HTTPClientRequest(url: url + "/health/verbose")
            let response = try await HTTPClient.shared.execute(request, timeout: timeout)
            let body = try await response.body.collect(upTo: answerBytesMax)
            guard response.status == .ok else {
                return [
                    Finding(
                        "health", .problem, "\(url) answered \(response.status.code)",
                        advice: "Is that the node's listener for operators, and the node of this version?")
                ]
            }
            return try JSONDecoder().decode(Answer.self, from: Data(body.readableBytesView)).checks.map { check in
                // A status of a later version is worth a look.
                Finding(
                    check.check, Finding.Status(rawValue: check.status) ?? .warning, check.detail, advice: check.advice)
            }
        } catch {
            return [
                Finding(
                    "health", .problem, "\(url) does not answer: \(error)", advice: "See docs/runbook.md#nodedown.")
            ]
        }
    }
}
