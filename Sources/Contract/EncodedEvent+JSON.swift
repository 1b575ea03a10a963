public import EventLog
import SwiftProtobuf

extension EncodedEvent {
    /// The payload as protobuf's canonical JSON, for people. Throws for what this program can't read.
    public func payloadJSON() throws(UnreadableEvent) -> String {
        do {
            return switch try known() {
            case .showCreated: try Holdfast_V1_ShowCreated(serializedBytes: payload).jsonString()
            case .holdPlaced: try Holdfast_V1_HoldPlaced(serializedBytes: payload).jsonString()
            case .holdReleased, .holdExpired: try Holdfast_V1_HoldEnded(serializedBytes: payload).jsonString()
            }
        } catch let error as UnreadableEvent {
            throw error
        } catch {
            throw UnreadableEvent("undecodable \(type) payload: \(error)")
        }
    }
}
