import Domain

extension Holdfast_V1_AdmissionRuleChanged {
    init(_ event: AdmissionRuleChanged) {
        self.init()
        isRequired = event.isRequired
        at = event.at.microseconds
    }
}

extension AdmissionRuleChanged {
    init(_ message: Holdfast_V1_AdmissionRuleChanged) {
        self.init(isRequired: message.isRequired, at: Timestamp(microseconds: message.at))
    }
}

extension Holdfast_V1_AdmissionEnded {
    init(_ event: AdmissionEnded) {
        self.init()
        entryID = event.entryID.rawValue
        at = event.at.microseconds
    }
}

extension AdmissionEnded {
    init(_ message: Holdfast_V1_AdmissionEnded) {
        self.init(entryID: EntryID(message.entryID), at: Timestamp(microseconds: message.at))
    }
}
