import Foundation
import HTTPServer
import HTTPTypes
public import Hummingbird
import NIOCore
public import WebAPI

/// `GET /account`: a small page to log in with, to see who is logged in, and to log out. Shops may have a better one; this one
/// needs nothing but the node.
public struct AccountPage: Sendable {
    /// The page loads its own two files, calls this origin, and is shown in no frame. It has no inline script, and what it
    /// writes is text.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

    private let files: [(path: String, type: String, content: ByteBuffer)]

    /// Reads the files, which come with the executable.
    ///
    /// - Parameters:
    ///   - hasAccounts: whether people may log in with a password or a passkey.
    ///   - hasProvider: whether they may at an identity provider.
    /// - Throws: where one can't be read: an installation that lacks a file of its own should not start.
    public init(hasAccounts: Bool, hasProvider: Bool) throws {
        func content(_ name: String, _ type: String) throws -> String {
            guard let url = Bundle.module.url(forResource: name, withExtension: type, subdirectory: "Files") else {
                throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "\(name).\(type)"])
            }
            return try String(contentsOf: url, encoding: .utf8)
        }
        let page = try content("account", "html")
            .replacing("{{accounts}}", with: hasAccounts ? "" : "hidden")
            .replacing("{{provider}}", with: hasProvider ? "" : "hidden")
        files = [
            ("account", "text/html; charset=utf-8", ByteBuffer(string: page)),
            ("account/page.css", "text/css; charset=utf-8", ByteBuffer(string: try content("page", "css"))),
            ("account/page.js", "text/javascript; charset=utf-8", ByteBuffer(string: try content("page", "js"))),
        ]
    }

    public func add(to router: Router<APIContext>) {
        for file in files {
            router.get(RouterPath(file.path)) { _, _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: file.type, .cacheControl: "no-cache", .contentSecurityPolicy: Self.policy,
                        .crossOriginOpenerPolicy: "same-origin",
                    ], body: ResponseBody(byteBuffer: file.content))
            }
        }
    }
}
