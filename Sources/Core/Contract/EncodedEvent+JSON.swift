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
            case .purchaseStarted: try Holdfast_V1_PurchaseStarted(serializedBytes: payload).jsonString()
            case .seatsSold: try Holdfast_V1_SeatsSold(serializedBytes: payload).jsonString()
            case .purchaseFailed: try Holdfast_V1_PurchaseFailed(serializedBytes: payload).jsonString()
            case .paymentCaptured, .paymentVoided, .paymentResumed:
                try Holdfast_V1_PaymentMoved(serializedBytes: payload).jsonString()
            case .paymentRefunded: try Holdfast_V1_PaymentRefunded(serializedBytes: payload).jsonString()
            case .paymentParked: try Holdfast_V1_PaymentParked(serializedBytes: payload).jsonString()
            case .ticketsReturned: try Holdfast_V1_TicketsReturned(serializedBytes: payload).jsonString()
            case .ticketScanned: try Holdfast_V1_TicketScanned(serializedBytes: payload).jsonString()
            case .ticketChanged: try Holdfast_V1_TicketChanged(serializedBytes: payload).jsonString()
            case .showCancelled: try Holdfast_V1_ShowCancelled(serializedBytes: payload).jsonString()
            }
        } catch let error as UnreadableEvent {
            throw error
        } catch {
            throw UnreadableEvent("undecodable \(type) payload: \(error)")
        }
    }
}
