internal import Accounts
internal import CCurl
internal import Threads

/// Gives mail to a server by SMTP (RFC 5321), with libcurl. A connection stays open from one mail to the next.
public final class MailServer: MailTransport {
    /// Where the server is, and what it knows this sender by.
    public struct Configuration: Sendable {
        /// `smtp://host:port`, or `smtps://` for TLS from the start.
        public var url: String
        /// What this machine calls itself to the server; a domain.
        public var clientName: String
        /// Whether `smtp://` has to become TLS (STARTTLS) before anything is sent.
        public var requiresTLS: Bool
        /// A file with the authorities, as PEM, that the server's certificate is of. Nil: the system's.
        public var authorities: String?
        /// Nil: the server asks for none.
        public var login: (user: String, password: String)?

        public init(
            url: String, clientName: String, requiresTLS: Bool, authorities: String?,
            login: (user: String, password: String)?
        ) {
            self.url = url
            self.clientName = clientName
            self.requiresTLS = requiresTLS
            self.authorities = authorities
            self.login = login
        }
    }

    private static let connectSeconds = 10
    /// For one mail, all in all: a server may look at it for long (RFC 5321, 4.5.3.2.6).
    private static let mailSeconds = 600
    /// For the reply to each command but the last.
    private static let replySeconds = 60
    /// Mails that wait for the connection.
    private static let waitingMax = 64

    private let session: ServerSession
    private let line = BlockingLine(threadCount: 1, waitingMax: waitingMax, name: "mail")

    public init(_ configuration: Configuration) { session = ServerSession(configuration) }

    public func deliver(_ mail: OutgoingMail) async throws(UndeliveredMail) {
        let result = await line.run { [session] in session.send(mail) }
        guard let result else { throw UndeliveredMail(.unavailable, "too many mails wait for the server") }
        try result.get()
    }

    /// libcurl's handle.
    ///
    /// `@unchecked Sendable`: the line's one thread alone calls ``send(_:)``, and the last owner frees the handle.
    @safe
    private final class ServerSession: @unchecked Sendable {
        private let configuration: Configuration
        private let handle: UnsafeMutableRawPointer

        init(_ configuration: Configuration) {
            // Counted, and safe from any thread since libcurl 7.84.
            guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let handle = unsafe curl_easy_init()
            else { preconditionFailure("libcurl can't begin") }
            self.configuration = configuration
            unsafe self.handle = unsafe handle
            set(CURLOPT_URL, "\(configuration.url)/\(configuration.clientName)")
            set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
            set(CURLOPT_USE_SSL, Int(configuration.requiresTLS ? CURLUSESSL_ALL.rawValue : CURLUSESSL_NONE.rawValue))
            set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
            if let authorities = configuration.authorities {
                set(CURLOPT_CAINFO, authorities)
                // Those of the system would count as well.
                set(CURLOPT_CAPATH, nil)
            }
            set(CURLOPT_CONNECTTIMEOUT, MailServer.connectSeconds)
            set(CURLOPT_TIMEOUT, MailServer.mailSeconds)
            set(CURLOPT_SERVER_RESPONSE_TIMEOUT, MailServer.replySeconds)
            // Signals are the whole process's.
            set(CURLOPT_NOSIGNAL, 1)
            // What the environment says of proxies is not meant for mail.
            set(CURLOPT_PROXY, "")
            if let (user, password) = configuration.login {
                set(CURLOPT_USERNAME, user)
                set(CURLOPT_PASSWORD, password)
            }
        }

        deinit { unsafe curl_easy_cleanup(handle) }

        private func set(_ option: CURLoption, _ text: String?) {
            let code = unsafe holdfast_curl_set_text(handle, option, text)
            precondition(code == CURLE_OK, "libcurl knows no option \(option.rawValue)")
        }

        private func set(_ option: CURLoption, _ number: Int) {
            let code = unsafe holdfast_curl_set_number(handle, option, number)
            precondition(code == CURLE_OK, "libcurl knows no option \(option.rawValue)")
        }

        func send(_ mail: OutgoingMail) -> Result<Void, UndeliveredMail> {
            var left = 0
            var said = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
            let result = unsafe mail.message.withUnsafeBufferPointer { message in
                unsafe holdfast_curl_send_mail(
                    handle, "<\(mail.from.text)>", "<\(mail.to.text)>", message.baseAddress, message.count, &said,
                    &left)
            }
            guard result != CURLE_OK else { return .success(()) }
            let status = unsafe holdfast_curl_response_code(handle)
            let text = String(decoding: said.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return .failure(
                SMTPVerdict(
                    status: status, saysStep: text,
                    // A greeting that is none is called the same.
                    isAboutContent: result == CURLE_WEIRD_SERVER_REPLY && left == 0
                        && !text.hasPrefix("Got unexpected"),
                    code: Int(result.rawValue)
                ).failure)
        }
    }
}
