internal import Foundation

/// A port of the loopback interface for a server that is started, stopped and started again by a test.
///
/// The port is bound, but nobody listens, as long as the reservation exists: the system gives it to nobody who asks for
/// any free port, and uses it for no outgoing connection. A server that is told to listen on it can, and can again, since
/// it sets `SO_REUSEADDR` too; while it does not, connections are refused.
public final class ReservedPort: Sendable {
    public let number: Int
    private let reservation: CInt

    /// Reserves a port of the system's choice. A machine without any ends the tests.
    public init() {
        let reservation = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(reservation, $0, size) == 0 && getsockname(reservation, $0, &size) == 0
            }
        }
        // Only now: two reservations must not share a port.
        var yes: CInt = 1
        let isShared = setsockopt(reservation, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size)) == 0
        precondition(isBound && isShared, "no port could be reserved: \(String(cString: strerror(errno)))")
        self.reservation = reservation
        number = Int(in_port_t(bigEndian: address.sin_port))
    }

    deinit { close(reservation) }
}
