// Paths and parameters to calls. Like Stripe, parameters that are not known are refused; unlike it, many that exist are
// not known here.
extension Call {
    /// - Parameter path: below `/v1/`.
    init(_ method: Method, _ path: Substring, _ fields: FormFields) throws(Failure) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        switch (method, parts.first, parts.count) {
        case (.post, "payment_intents", 1): self = .create(try NewIntent(fields))
        case (.get, "payment_intents", 1): self = .list(try Page(fields))
        case (.get, "payment_intents", 2) where parts[1] == "search": self = .search(try Search(fields))
        case (.get, "payment_intents", 2):
            try fields.refuse(except: ["client_secret"])
            self = .retrieve(String(parts[1]))
        case (.post, "payment_intents", 3): self = try Call(changing: String(parts[1]), parts[2], path, fields)
        case (.post, "refunds", 1): self = .refund(try NewRefund(fields))
        case (.get, "refunds", 1): self = .listRefunds(of: fields["payment_intent"], try Page(fields))
        case (.get, "refunds", 2): self = .retrieveRefund(String(parts[1]))
        case (.get, "disputes", 1): self = .listDisputes(of: fields["payment_intent"], try Page(fields))
        case (.get, "disputes", 2): self = .retrieveDispute(String(parts[1]))
        case (.post, "disputes", 2):
            try fields.refuse(exceptPrefixes: ["evidence[", "submit"])
            self = .contest(String(parts[1]), evidence: fields["evidence[uncategorized_text]"])
        case (.post, "disputes", 3) where parts[2] == "close": self = .concede(String(parts[1]))
        default: throw .unknownPath(path)
        }
    }

    enum Method { case get, post }

    private init(changing id: String, _ step: Substring, _ path: Substring, _ fields: FormFields) throws(Failure) {
        switch step {
        case "confirm":
            try fields.refuse(except: ["payment_method", "error_on_requires_action", "return_url", "off_session"])
            self = .confirm(id, try Confirmation(fields))
        case "capture":
            try fields.refuse(except: ["amount_to_capture"])
            self = .capture(id, amount: try fields.integer("amount_to_capture"))
        case "cancel":
            try fields.refuse(except: ["cancellation_reason"])
            let reason = fields["cancellation_reason"]
            guard reason.map(Self.cancellationReasons.contains) ?? true else {
                throw .invalid("cancellation_reason", "Invalid cancellation_reason")
            }
            self = .cancel(id, reason: reason)
        default: throw .unknownPath(path)
        }
    }

    private static let cancellationReasons = ["duplicate", "fraudulent", "requested_by_customer", "abandoned"]
}

extension NewIntent {
    /// Stripe's largest amount: eight digits.
    static let amountMax: Int64 = 99_999_999

    fileprivate init(_ fields: FormFields) throws(Failure) {
        try fields.refuse(except: [
            "amount", "currency", "payment_method", "payment_method_types[]", "capture_method", "confirm",
            "error_on_requires_action", "return_url", "off_session", "description", "statement_descriptor",
            "statement_descriptor_suffix", "automatic_payment_methods[enabled]",
            "automatic_payment_methods[allow_redirects]",
        ])
        guard let amount = try fields.integer("amount") else { throw .missing("amount") }
        guard amount > 0 else { throw .invalid("amount", "This value must be greater than or equal to 1.") }
        guard amount <= Self.amountMax else {
            throw .invalid("amount", "Amount must be no more than 999,999.99", code: "amount_too_large")
        }
        guard let currency = fields["currency"] else { throw .missing("currency") }
        guard Self.knownCurrencies.contains(currency) else {
            throw .invalid(
                "currency",
                "Invalid currency: \(currency). Stripe currently supports these currencies: "
                    + Self.currencies.joined(separator: ", "))
        }
        let step = Self.step(of: currency)
        guard amount.isMultiple(of: step) else {
            throw .invalid(
                "amount", "Amounts in \(currency) are multiples of \(step).", code: "parameter_invalid_integer")
        }
        let captureMethod = fields["capture_method"] ?? "automatic_async"
        guard ["automatic", "automatic_async", "manual"].contains(captureMethod) else {
            throw .invalid("capture_method", "Invalid capture_method")
        }
        let confirms = try fields.flag("confirm")
        if confirms, fields["payment_method_types[]"] == nil, fields["return_url"] == nil,
            fields["automatic_payment_methods[allow_redirects]"] != "never"
        {
            throw .invalid(
                "return_url",
                "This PaymentIntent may use methods that redirect: give a return_url, or name payment_method_types.")
        }
        self.init(
            amount: amount, currency: currency, capturesByHand: captureMethod == "manual",
            metadata: try fields.metadata(), confirms: confirms, confirmation: try Confirmation(fields))
        if confirms, confirmation.paymentMethod == nil { throw .missing("payment_method") }
    }
}

extension Confirmation {
    fileprivate init(_ fields: FormFields) throws(Failure) {
        self.init(
            paymentMethod: fields["payment_method"], declinesChallenges: try fields.flag("error_on_requires_action"),
            returnURL: fields["return_url"])
    }
}

extension NewRefund {
    fileprivate init(_ fields: FormFields) throws(Failure) {
        try fields.refuse(except: ["payment_intent", "amount", "reason"])
        guard let intent = fields["payment_intent"] else { throw .missing("payment_intent") }
        let amount = try fields.integer("amount")
        guard amount ?? 1 > 0 else { throw .invalid("amount", "This value must be greater than or equal to 1.") }
        self.init(intent: intent, amount: amount, metadata: try fields.metadata())
    }
}

extension Page {
    fileprivate init(_ fields: FormFields) throws(Failure) {
        try fields.refuse(except: [
            "limit", "starting_after", "payment_intent", "created[gte]", "created[gt]", "created[lte]", "created[lt]",
        ])
        let from = max(
            try fields.integer("created[gte]") ?? .min,
            (try fields.integer("created[gt]")).map { $0 == .max ? $0 : $0 + 1 } ?? .min)
        let to = min(
            try fields.integer("created[lte]") ?? .max,
            (try fields.integer("created[lt]")).map { $0 == .min ? $0 : $0 - 1 } ?? .max)
        self.init(
            limit: try fields.limit(), startingAfter: fields["starting_after"], created: from...max(from, to))
    }
}

extension Search {
    fileprivate init(_ fields: FormFields) throws(Failure) {
        try fields.refuse(except: ["query", "limit"])
        guard let query = fields["query"] else { throw .missing("query") }
        guard let search = Self.parsed(query) else {
            throw .invalid("query", "We were unable to parse your search query.")
        }
        self = search
        limit = try fields.limit()
    }

    static func parsed(_ query: String) -> Search? {
        var search = Search()
        var rest = query[...]
        repeat {
            if rest.removePrefix("metadata[") {
                guard let name = rest.removeQuoted(), rest.removePrefix("]:"), let value = rest.removeQuoted() else {
                    return nil
                }
                search.metadata[name] = value
            } else {
                guard rest.removePrefix("status:"), let value = rest.removeQuoted() else { return nil }
                search.status = value
            }
        } while rest.removePrefix(" AND ")
        return rest.isEmpty ? search : nil
    }
}

extension Failure {
    fileprivate static func unknownPath(_ path: Substring) -> Failure {
        Failure(status: 404, kind: .request, message: "Unrecognized request URL (/v1/\(path)).")
    }
}

extension FormFields {
    fileprivate func refuse(except known: [String]) throws(Failure) {
        for (name, _) in fields where !known.contains(name) && name != "expand[]" && !name.hasPrefix("metadata[") {
            throw .invalid(name, "Received unknown parameter: \(name)", code: "parameter_unknown")
        }
    }

    fileprivate func refuse(exceptPrefixes known: [String]) throws(Failure) {
        for (name, _) in fields where !known.contains(where: { name.hasPrefix($0) }) && name != "expand[]" {
            throw .invalid(name, "Received unknown parameter: \(name)", code: "parameter_unknown")
        }
    }

    fileprivate func integer(_ name: String) throws(Failure) -> Int64? {
        guard let text = self[name] else { return nil }
        guard let value = Int64(text) else {
            throw .invalid(name, "Invalid integer: \(text)", code: "parameter_invalid_integer")
        }
        return value
    }

    fileprivate func flag(_ name: String) throws(Failure) -> Bool {
        switch self[name] {
        case nil, "false"?: return false
        case "true"?: return true
        case let other?: throw .invalid(name, "Invalid boolean: \(other)")
        }
    }

    fileprivate func limit() throws(Failure) -> Int {
        let limit = try integer("limit") ?? 10
        guard (1...100).contains(limit) else { throw .invalid("limit", "Invalid limit: 1 to 100") }
        return Int(limit)
    }

    /// https://docs.stripe.com/api/metadata: 50 keys of 40 characters, values of 500.
    fileprivate func metadata() throws(Failure) -> [String: String] {
        let metadata = members(of: "metadata")
        guard metadata.count <= 50, metadata.allSatisfy({ $0.key.count <= 40 && $0.value.count <= 500 }) else {
            throw .invalid("metadata", "Metadata may have 50 keys of 40 characters, with values of 500.")
        }
        return metadata
    }
}

extension Substring {
    fileprivate mutating func removePrefix(_ prefix: String) -> Bool {
        guard hasPrefix(prefix) else { return false }
        removeFirst(prefix.count)
        return true
    }

    /// A text in single or double quotes, with `\` before what would end it.
    fileprivate mutating func removeQuoted() -> String? {
        guard let quote = popFirst(), quote == "'" || quote == "\"" else { return nil }
        var text = ""
        while let character = popFirst() {
            if character == quote { return text }
            guard character == "\\" else {
                text.append(character)
                continue
            }
            guard let escaped = popFirst() else { return nil }
            text.append(escaped)
        }
        return nil
    }
}

extension NewDispute {
    /// Not a call of Stripe's: whoever runs the simulator is the bank.
    init(_ fields: FormFields) throws(Failure) {
        try fields.refuse(except: ["payment_intent", "amount", "reason", "inquiry"])
        guard let intent = fields["payment_intent"] else { throw .missing("payment_intent") }
        self.init(
            intent: intent, amount: try fields.integer("amount"), reason: fields["reason"] ?? "fraudulent",
            isInquiry: try fields.flag("inquiry"))
    }
}
