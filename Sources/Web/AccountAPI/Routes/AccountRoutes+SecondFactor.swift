import Accounts
import Domain
import HTTPServer
import HTTPTypes
import Hummingbird
import PostgresAccounts
import Text
import WebAPI

/// A second factor: the one-time passwords of an authenticator app. An account that has one needs it at each log-in.
extension AccountRoutes {
    /// Wrong one-time passwords in a row, after which one try is let through in ``lockSeconds``.
    private static let failuresMax: Int32 = 5
    private static let lockSeconds: Int64 = 15 * 60

    /// - Parameter closed: `/api/v1`, where there has to be a caller.
    func addSecondFactor(to closed: RouterGroup<APIContext>) {
        closed.post("auth/second-factor") { request, context in try await begin(request, context) }
        closed.post("auth/second-factor/confirm") { request, context in try await confirm(request, context) }
        closed.delete("auth/second-factor") { request, context in try await end(request, context) }
    }

    private func begin(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        let body = try await request.json(PasswordBody.self, bytesMax: Self.bodyBytesMax)
        let login = try await checkedLogin(of: account, password: body.password, request, context)
        let totp = OneTimePassword()
        let mailbox = try await sessions.available { () async throws(AccountStoreError) in
            try await store.account(account)
        }?
        .mailbox
        let isNoted = try await sessions.available { () async throws(AccountStoreError) in
            try await store.beginSecondFactor(
                of: account, checked: login.password, sealedSecret: box.seal(totp.secret))
        }
        guard isNoted else { throw Problem(.secondFactorExists) }
        return .own(.created) { json in
            json.object { json in
                json.member("secret", totp.base32)
                json.member("uri", totp.uri(issuer: mails.host, account: mailbox ?? account.rawValue))
            }
        }
    }

    private func confirm(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        let body = try await request.json(CodeBody.self, bytesMax: Self.bodyBytesMax)
        let factor = try await sessions.available { () async throws(AccountStoreError) in
            try await store.secondFactor(of: account)
        }
        guard let factor, !factor.isConfirmed, let step = timeStep(of: body.code, factor) else {
            throw badCode(request, context)
        }
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode() }
        let isConfirmed = try await sessions.available { () async throws(AccountStoreError) in
            try await store.confirmSecondFactor(
                of: account, sealedSecret: factor.sealedSecret, step: step, recoveryCodes: codes.map(\.hash))
        }
        guard isConfirmed else { throw badCode(request, context) }
        did(.secondFactorBegun, account, request, context)
        return .own { json in
            json.object { json in
                json.array("recoveryCodes") { json in for code in codes { json.value(code.text) } }
            }
        }
    }

    private func end(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try context.requireAccount()
        let body = try await request.json(SecondFactorBody.self, bytesMax: Self.bodyBytesMax)
        _ = try await checkedLogin(of: account, password: body.password, request, context)
        _ = try await checkSecondFactor(of: account, code: body.code, request, context)
        _ = try await sessions.available { () async throws(AccountStoreError) in
            try await store.endSecondFactor(of: account)
        }
        did(.secondFactorEnded, account, request, context)
        return .empty(.noContent)
    }

    /// Passes for accounts without a second factor.
    ///
    /// - Parameter code: a one-time password, or a recovery code; nil: none was sent.
    /// - Returns: whether the account has one.
    /// - Throws: ``Problem/Code/secondFactorRequired`` without a code, ``Problem/Code/wrongCredentials`` for a wrong one, and
    ///   ``Problem/Code/tooManyRequests`` after too many.
    func checkSecondFactor(of account: UserID, code: String?, _ request: Request, _ context: APIContext) async throws
        -> Bool
    {
        let factor = try await sessions.available { () async throws(AccountStoreError) in
            try await store.secondFactor(of: account)
        }
        guard let factor, factor.isConfirmed else { return false }
        guard let code else {
            throw Problem(
                .secondFactorRequired, detail: "Send the code that the authenticator app shows, as code.",
                headers: [.wwwAuthenticate: SessionRoutes.challenge])
        }
        let now = now()
        let mayTry = try await sessions.available { () async throws(AccountStoreError) in
            try await store.beginSecondFactorTry(
                of: account, failuresMax: Self.failuresMax, failedBefore: now.adding(seconds: -Self.lockSeconds),
                now: now)
        }
        guard mayTry else {
            let end = (factor.failedAt ?? now).adding(seconds: Self.lockSeconds)
            throw Problem(
                .tooManyRequests, detail: "Too many wrong codes came for this account.",
                retryAfterSeconds: Int(max(0, end.microseconds - now.microseconds) / 1_000_000) + 1)
        }
        let isRight = try await sessions.available { () async throws(AccountStoreError) in
            if let step = timeStep(of: code, factor) { return try await store.useSecondFactor(of: account, step: step) }
            guard let recovery = RecoveryCode(code) else { return false }
            return try await store.useSecondFactor(of: account, recoveryCode: recovery.hash)
        }
        guard isRight else { throw wrongCredentials(.secondFactor, request, context) }
        return true
    }

    private func timeStep(of code: String, _ factor: PostgresAccounts.SecondFactor) -> Int64? {
        // A secret that can't be opened was sealed with another key: then no code is right.
        guard let totp = box.open(factor.sealedSecret).flatMap(OneTimePassword.init(secret:)) else { return nil }
        return totp.step(of: code, at: now().microseconds / 1_000_000, after: factor.lastStep)
    }

    private func checkedLogin(
        of account: UserID, password: String, _ request: Request, _ context: APIContext
    ) async throws -> PostgresAccounts.Login {
        let login = try await sessions.available { () async throws(AccountStoreError) in try await store.login(account)
        }
        guard try await hasher.check(Password(attempt: password), against: login?.password), let login else {
            throw wrongCredentials(.secondFactor, request, context)
        }
        return login
    }
}
