import HTTPServer
public import HTTPTypes
public import NIOCore
public import RateLimits

extension TrustedProxies {
    /// Where a request comes from; nil: nobody knows any more.
    ///
    /// - Parameters:
    ///   - peer: the other end of the connection.
    ///   - headers: the request's.
    public func caller(_ peer: SocketAddress?, _ headers: HTTPFields) -> IPAddress? {
        peer?.ipAddress.flatMap { IPAddress($0) }.map { caller(peer: $0, forwarded: headers[values: .forwardedFor]) }
    }
}
