// Who may hold places while the show has a waiting room. The room says whom it admitted, and until when, by a token; only
// the show knows which admissions were used, so it is the show that refuses, and there is no way round it.
extension ShowState {
    /// The rule, and what became of the admissions that the show has seen.
    struct Admissions: Equatable, Sendable {
        enum Use: Equatable, Sendable {
            /// A hold was placed with it.
            case claimed
            /// Its order was completed, or its person is done.
            case ended
        }

        var isRequired = false
        /// By entry. One that was never used is not there; each is one admission of the room.
        var uses: [EntryID: Use] = [:]
    }

    /// What one event changed of the admissions.
    enum AdmissionUndo: Sendable {
        case rule(Bool)
        case use(EntryID, before: Admissions.Use?)
    }

    func requireAdmission(_ isRequired: Bool, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard layout != nil else { throw .showNotFound }
        guard !isCancelled else { throw .showCancelled }
        guard admissions.isRequired != isRequired else { return [] }
        return [.admission(.ruleChanged(AdmissionRuleChanged(isRequired: isRequired, at: now)))]
    }

    func endAdmission(_ entry: EntryID, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let layout, entry.show == layout.show.showID else { throw .showNotFound }
        guard admissions.uses[entry] != .ended else { return [] }
        return [.admission(.ended(AdmissionEnded(entryID: entry, at: now)))]
    }

    /// The entry whose admission lets `user` hold places now. Nil: none is required, and none is recorded.
    func admitted(
        _ admission: Admission?, _ user: UserID, _ show: ShowCreated, at now: Timestamp
    ) throws(Rejection) -> EntryID? {
        guard admissions.isRequired else { return nil }
        guard let admission, admission.userID == user, admission.entryID.show == show.showID else {
            throw .admissionRequired
        }
        let use = admissions.uses[admission.entryID]
        // Whoever was in time for the first hold has until the end of the session for others.
        let isInTime = use == .claimed || admission.claimUntil.map { now < $0 } ?? true
        guard now < admission.sessionUntil, use != .ended, isInTime else { throw .admissionExpired }
        return admission.entryID
    }

    mutating func evolve(_ event: AdmissionEvent, _ undo: inout Undo) {
        switch event {
        case .ruleChanged(let event):
            undo.admissions.append(.rule(admissions.isRequired))
            admissions.isRequired = event.isRequired
        case .ended(let event): use(event.entryID, .ended, &undo)
        }
        decided(at: event.at)
    }

    /// A hold was placed with this admission; nil: with none.
    mutating func claim(_ entry: EntryID?, _ undo: inout Undo) {
        guard let entry, admissions.uses[entry] == nil else { return }
        use(entry, .claimed, &undo)
    }

    /// What this admission was for is bought; nil: there was none.
    mutating func complete(_ entry: EntryID?, _ undo: inout Undo) {
        if let entry { use(entry, .ended, &undo) }
    }

    private mutating func use(_ entry: EntryID, _ use: Admissions.Use, _ undo: inout Undo) {
        undo.admissions.append(.use(entry, before: admissions.uses.updateValue(use, forKey: entry)))
    }

    mutating func revert(_ undo: AdmissionUndo) {
        switch undo {
        case .rule(let isRequired): admissions.isRequired = isRequired
        case .use(let entry, let before): admissions.uses[entry] = before
        }
    }
}
