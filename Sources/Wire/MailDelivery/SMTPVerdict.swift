/// What a mail server's refusal means for the mail, and for others.
struct SMTPVerdict {
    /// The server's last reply; 0: there was none.
    var status: Int
    /// libcurl's words: which command the reply was to.
    var saysStep: String
    /// The reply was to the message itself, after the last of it.
    var isAboutContent: Bool
    /// libcurl's.
    var code: Int

    /// Only replies about the reader or the message are about this mail alone. A server that takes no sender, wants another
    /// log-in or says 421 takes no mail at all.
    var failure: UndeliveredMail {
        let isAboutReader = saysStep.hasPrefix("RCPT failed")
        // The size was told with the sender.
        let isTooLarge = status == 552
        let isAboutThis = isAboutReader || isAboutContent || isTooLarge || saysStep.hasPrefix("DATA failed")
        let detail = "the server's reply is \(status) (libcurl \(code))"
        // 530 wants a log-in, whichever command it answers.
        guard isAboutThis, status != 421, status != 530 else {
            return UndeliveredMail(
                .unavailable, status == 0 ? "the server can't be reached, or said nothing (libcurl \(code))" : detail)
        }
        switch status {
        case 500...599: return UndeliveredMail(.refused, detail)
        case 400...499: return UndeliveredMail(.deferred, detail)
        default: return UndeliveredMail(.unavailable, detail)
        }
    }
}
