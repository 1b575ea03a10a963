import Accounts
import Crypto
import Domain
import HTTPServer
import HTTPTypes
import Hummingbird
import Logging
import PostgresAccounts
import Text
import WebAPI

/// Passkeys: keys in people's devices that log in in place of a password and a second factor.
///
/// All of them are discoverable: the authenticator itself knows which accounts of this instance it has a key for. So no list
/// of an account's passkeys is ever sent to who is not logged in, and nothing tells whether an address has any.
extension AccountRoutes {
    /// Bytes of a body: an attestation may bring certificates, which are not looked at.
    private static let passkeyBodyBytesMax = 16_384
    /// Seconds after a log-in in which passkeys may be added and deleted.
    static let freshSeconds: Int64 = 600
    /// Milliseconds in which a browser is to answer, as long as the challenge is good.
    private static var answerMilliseconds: Int64 { PasskeyVerifier.challengeSeconds * 1000 }

    /// - Parameters:
    ///   - open: `/api/v1`, where a caller is known if there is one.
    ///   - closed: the same, where there has to be one.
    func addPasskeys(open: RouterGroup<APIContext>, closed: RouterGroup<APIContext>) {
        open.post("auth/login/passkey/options") { request, _ in try await loginOptions(request) }
        open.post("auth/login/passkey") { request, context in try await logInWithPasskey(request, context) }
        closed.post("auth/passkey-options") { _, context in try await registrationOptions(context) }
        closed.post("auth/passkeys") { request, context in try await addPasskey(request, context) }
        closed.patch("auth/passkeys/{passkeyId}") { request, context in try await renamePasskey(request, context) }
        closed.delete("auth/passkeys/{passkeyId}") { request, context in try await deletePasskey(request, context) }
    }

    // MARK: Log-ins

    private func loginOptions(_ request: Request) async throws -> Response {
        try cookies.checkSource(of: request)
        let body = try await request.jsonBodyIfAny(bytesMax: Self.bodyBytesMax)
        let email = try body.map { body throws(Problem) in try body.decode(PasskeyLoginOptionsBody.self) }?.email
        let address = try email.map { text throws(Problem) in try EmailAddress(checking: text) }
        let challenge = passkeys.loginChallenge(for: address, now: now())
        return .own { json in
            json.object { json in
                json.key("publicKey")
                json.object { json in
                    json.member("challenge", Base64URL.encode(challenge))
                    json.member("rpId", passkeys.relyingParty)
                    json.array("allowCredentials") { _ in }
                    json.member("userVerification", "required")
                    json.member("timeout", Self.answerMilliseconds)
                }
            }
        }
    }

    private func logInWithPasskey(_ request: Request, _ context: APIContext) async throws -> Response {
        try cookies.checkSource(of: request)
        let body = try await request.json(PasskeyLoginBody.self, bytesMax: Self.passkeyBodyBytesMax)
        do {
            let credentialID = try body.credential.identifier()
            let answer = body.credential.response
            let assertion = PasskeyVerifier.Assertion(
                clientData: try .init(encoded: answer.clientDataJSON),
                authenticatorData: try .init(encoded: answer.authenticatorData),
                signature: try .init(encoded: answer.signature),
                userHandle: try .init(encoded: answer.userHandle ?? ""))
            let passkey = try await sessions.available { () async throws(AccountStoreError) in
                try await store.passkey(credentialID)
            }
            guard let passkey else { throw PasskeyFault.credential }
            let now = now()
            let use = try passkeys.authenticate(assertion, with: passkey, now: now)
            let secret = Secret256()
            let fault = try await sessions.available { () async throws(AccountStoreError) in
                try await store.openSession(
                    secret.hash, of: passkey.account, with: credentialID, use,
                    userAgent: SessionRoutes.userAgent(request),
                    now: now)
            }
            if let fault { throw fault }
            did(.logInWithPasskey, passkey.account, request, context)
            return try await sessions.loggedIn(passkey.account, secret, context, now: now)
        } catch let fault as PasskeyFault {
            refused(.passkey(fault), request, context)
            throw Problem(
                .wrongCredentials, detail: "No account has this passkey, or it did not answer this challenge.",
                headers: [.wwwAuthenticate: SessionRoutes.challenge])
        }
    }

    // MARK: Registrations

    private func registrationOptions(_ context: APIContext) async throws -> Response {
        let account = try await requireFreshLogin(context)
        let own = try await sessions.available { () async throws(AccountStoreError) in try await store.account(account)
        }
        guard let own else { throw Problem.unauthenticated(nil) }
        let list = try await sessions.available { () async throws(AccountStoreError) in
            try await store.passkeys(of: account)
        }
        let challenge = passkeys.registrationChallenge(for: account, now: now())
        return .own { json in
            json.object { json in
                json.key("publicKey")
                json.object { json in
                    json.key("rp")
                    json.object { json in
                        json.member("id", passkeys.relyingParty)
                        json.member("name", passkeys.relyingParty)
                    }
                    json.key("user")
                    json.object { json in
                        json.member("id", Base64URL.encode(account.rawValue.utf8))
                        json.member("name", own.mailbox)
                        json.member("displayName", own.mailbox)
                    }
                    json.member("challenge", Base64URL.encode(challenge))
                    json.array("pubKeyCredParams") { json in
                        for algorithm in PasskeyVerifier.algorithms {
                            json.object { json in
                                json.member("type", "public-key")
                                json.member("alg", Int64(algorithm))
                            }
                        }
                    }
                    json.member("timeout", Self.answerMilliseconds)
                    json.array("excludeCredentials") { json in
                        for passkey in list {
                            json.object { json in
                                json.member("type", "public-key")
                                json.member("id", Base64URL.encode(passkey.credentialID))
                            }
                        }
                    }
                    json.key("authenticatorSelection")
                    json.object { json in
                        json.member("residentKey", "required")
                        json.member("requireResidentKey", true)
                        json.member("userVerification", "required")
                    }
                    json.member("attestation", "none")
                }
            }
        }
    }

    private func addPasskey(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        let body = try await request.json(NewPasskeyBody.self, bytesMax: Self.passkeyBodyBytesMax)
        let name = try Problem.checkedPasskeyName(body.name ?? "Passkey")
        _ = try await requireFreshLogin(context)
        let now = now()
        let passkey: PasskeyVerifier.NewPasskey
        do throws(PasskeyFault) {
            let credentialID = try body.credential.identifier()
            passkey = try passkeys.register(
                clientData: .init(encoded: body.credential.response.clientDataJSON),
                attestationObject: .init(encoded: body.credential.response.attestationObject), for: account, now: now)
            guard passkey.credentialID == credentialID else { throw .malformed }
        } catch {
            throw invalidPasskey(error, request, context)
        }
        let fault = try await sessions.available { () async throws(AccountStoreError) in
            try await store.add(passkey, named: name, to: account, now: now)
        }
        if let fault { throw invalidPasskey(fault, request, context) }
        did(.passkeyAdded, account, request, context)
        let mailbox = try await sessions.available { () async throws(AccountStoreError) in
            try await store.account(account)
        }?
        .mailbox
        // Whoever did not add it is to hear of it. The passkey stands even where too much mail waits.
        if let address = mailbox.flatMap({ EmailAddress($0) }), !outbox.post({ [mails] in mails.newPasskey(address) }) {
            sessions.logger.warning("too much mail waits to tell of a new passkey")
        }
        let own = PostgresAccounts.OwnPasskey(
            credentialID: passkey.credentialID, name: name, isBackedUp: passkey.isBackedUp, createdAt: now, usedAt: nil)
        return .own(.created) { json in json.value(own) }
    }

    private func invalidPasskey(_ fault: PasskeyFault, _ request: Request, _ context: APIContext) -> Problem {
        refused(.newPasskey(fault), request, context)
        return Problem(
            .invalidPasskey, detail: "The passkey can't be registered: \(fault.rawValue).",
            members: [.init("fault", .string(fault.rawValue))])
    }

    // MARK: Those that there are

    func listPasskeys(_ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        let list = try await sessions.available { () async throws(AccountStoreError) in
            try await store.passkeys(of: account)
        }
        return .own { json in
            json.object { json in
                json.array("passkeys") { json in for passkey in list { json.value(passkey) } }
            }
        }
    }

    private func renamePasskey(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        let body = try await request.json(PasskeyNameBody.self, bytesMax: Self.bodyBytesMax)
        let name = try Problem.checkedPasskeyName(body.name)
        let handle = try Self.passkeyHandle(context)
        let isThere = try await sessions.available { () async throws(AccountStoreError) in
            try await store.renamePasskey(handle, of: account, to: name)
        }
        guard isThere else { throw Problem(.passkeyNotFound) }
        return .empty(.noContent)
    }

    private func deletePasskey(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try await requireFreshLogin(context)
        let handle = try Self.passkeyHandle(context)
        let wasThere = try await sessions.available { () async throws(AccountStoreError) in
            try await store.deletePasskey(handle, of: account)
        }
        guard wasThere else { throw Problem(.passkeyNotFound) }
        did(.passkeyDeleted, account, request, context)
        return .empty(.noContent)
    }

    private static func passkeyHandle(_ context: APIContext) throws(Problem) -> [UInt8] {
        guard let handle = context.parameters["passkeyId"].flatMap({ [UInt8](hex: $0) }), handle.count == 16 else {
            throw Problem(.passkeyNotFound)
        }
        return handle
    }

    /// The caller's account, if they logged in a short time ago: a session that somebody left open must not be enough to take
    /// an account over for good.
    ///
    /// - Throws: ``Problem/Code/freshLoginRequired``, and what ``APIContext/requireAccount()`` throws.
    private func requireFreshLogin(_ context: APIContext) async throws -> UserID {
        let account = try context.requireAccount()
        guard let hash = context.session else { throw Problem.unauthenticated(nil) }
        let session = try await sessions.available { () async throws(AccountStoreError) in
            try await store.session(hash).session
        }
        guard let session, now() < session.times.createdAt.adding(seconds: Self.freshSeconds) else {
            throw Problem(
                .freshLoginRequired,
                detail: "Log in again: passkeys are added and deleted within \(Self.freshSeconds / 60) minutes after.")
        }
        return account
    }
}

extension PasskeyCredential {
    /// The credential's id.
    fileprivate func identifier() throws(PasskeyFault) -> [UInt8] {
        guard type == "public-key", rawId == nil || rawId == id else { throw .malformed }
        return try .init(encoded: id)
    }
}

extension [UInt8] {
    fileprivate init(encoded text: String) throws(PasskeyFault) {
        guard let bytes = Base64URL.decode(text.utf8) else { throw .malformed }
        self = bytes
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ passkey: PostgresAccounts.OwnPasskey) {
        object { json in
            json.member("passkeyId", SecretHash(bytes: Array(SHA256.hash(data: passkey.credentialID))).handle)
            json.member("name", passkey.name)
            json.member("isBackedUp", passkey.isBackedUp)
            json.key("createdAt")
            json.value(timeAt: passkey.createdAt.microseconds)
            if let usedAt = passkey.usedAt {
                json.key("lastUsedAt")
                json.value(timeAt: usedAt.microseconds)
            }
        }
    }
}
