import Contract
import Domain
public import Projection
import SwiftProtobuf

extension Deadlines {
    private var byKey: [Deadline] { live.map { Deadline(at: $0.value, key: $0.key) }.sorted { $0.key < $1.key } }

    public var encoded: [UInt8] {
        canonicalBytes(
            of: Holdfast_V1_DeadlinesSnapshot.with {
                $0.deadlines = byKey.map { deadline in
                    .with {
                        $0.stream = deadline.key.stream.rawValue
                        $0.key = deadline.key.key
                        $0.at = deadline.at.microseconds
                    }
                }
            })
    }

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        self.init()
        do {
            for message in try Holdfast_V1_DeadlinesSnapshot(serializedBytes: encoded).deadlines {
                let key = Key(stream: StreamID(message.stream), key: message.key)
                guard live[key] == nil else { throw ProjectionFault("\(message.key) is there twice") }
                insert(Timestamp(microseconds: message.at), key)
            }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    public var lines: [String] {
        byKey.map { deadline in
            jsonLine([
                ("stream", .text(deadline.key.stream.rawValue)), ("key", .text(deadline.key.key)),
                ("at", .number(deadline.at.microseconds)),
            ])
        }
    }
}
