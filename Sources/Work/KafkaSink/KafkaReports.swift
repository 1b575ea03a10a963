import CRdKafka
import Logging

/// What librdkafka reports of a producer: which messages are confirmed, what failed, what it logs.
///
/// All but the log comes in while the producer's thread polls, and so on that thread; to log touches nothing else.
final class KafkaReports {
    private let logger: Logger
    /// Messages that brokers have confirmed since the start.
    private(set) var confirmed = 0
    /// The first error of a message.
    private(set) var failure: rd_kafka_resp_err_t?
    /// What was last wrong with a connection, or with the producer as a whole, in librdkafka's words.
    private(set) var trouble: String?

    init(logger: Logger) { self.logger = logger }

    /// Has a producer that is made with these settings report here, for as long as this exists.
    func attach(to settings: OpaquePointer?) {
        unsafe rd_kafka_conf_set_opaque(settings, Unmanaged.passUnretained(self).toOpaque())
        unsafe rd_kafka_conf_set_dr_msg_cb(settings) { _, message, opaque in
            guard let message = unsafe message, let reports = unsafe KafkaReports.of(opaque) else { return }
            unsafe reports.delivered(message.pointee.err)
        }
        unsafe rd_kafka_conf_set_error_cb(settings) { _, _, reason, opaque in
            guard let reason = unsafe reason, let reports = unsafe KafkaReports.of(opaque) else { return }
            reports.trouble = unsafe String(cString: reason)
        }
        unsafe rd_kafka_conf_set_log_cb(settings) { handle, level, _, text in
            guard let text = unsafe text, let reports = unsafe KafkaReports.of(rd_kafka_opaque(handle)) else { return }
            unsafe reports.log(String(cString: text), level: level)
        }
    }

    private static func of(_ opaque: UnsafeMutableRawPointer?) -> KafkaReports? {
        guard let opaque = unsafe opaque else { return nil }
        return unsafe Unmanaged<KafkaReports>.fromOpaque(opaque).takeUnretainedValue()
    }

    private func delivered(_ error: rd_kafka_resp_err_t) {
        if error == RD_KAFKA_RESP_ERR_NO_ERROR {
            confirmed += 1
            trouble = nil
        } else if failure == nil {
            failure = error
        }
    }

    /// - Parameter level: as syslog counts, 0 (the worst) to 7. Connections that break are mended; if they
    ///   stay broken, a failure says why.
    private func log(_ text: String, level: Int32) {
        logger.log(level: level <= 2 ? .error : .debug, "librdkafka: \(text)")
    }
}
