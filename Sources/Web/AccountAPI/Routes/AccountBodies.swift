import Accounts
import HTTPServer
import WebAPI

/// `POST /auth/register`.
struct CredentialsBody: Decodable {
    var email: String
    var password: String
}

/// `POST /auth/login`.
struct LoginBody: Decodable {
    var email: String
    var password: String
    /// Of the account's second factor.
    var code: String?
}

/// `DELETE /auth/second-factor`.
struct SecondFactorBody: Decodable {
    var password: String
    var code: String
}

/// `POST /auth/password-reset`.
struct AddressBody: Decodable {
    var email: String
}

/// `POST /auth/password-reset/confirm`.
struct NewPasswordBody: Decodable {
    var code: String
    var password: String
}

/// `POST /auth/password`.
struct ChangedPasswordBody: Decodable {
    var password: String
    var newPassword: String
}

/// `POST /auth/verify-email` and `POST /auth/second-factor/confirm`.
struct CodeBody: Decodable {
    var code: String
}

/// `DELETE /auth/me` and `POST /auth/second-factor`.
struct PasswordBody: Decodable {
    var password: String
}

extension EmailAddress {
    /// - Throws: ``Problem/Code/invalidAddress``
    init(checking text: String) throws(Problem) {
        guard let address = EmailAddress(text) else {
            throw Problem(
                .invalidAddress,
                detail: "email must be an address such as ann@example.org, in ASCII, of at most "
                    + "\(EmailAddress.bytesMax) bytes.")
        }
        self = address
    }
}

extension Password {
    /// - Throws: ``Problem/Code/unsuitablePassword``
    init(checking text: String, for address: EmailAddress?, refusing common: CommonPasswords) throws(Problem) {
        do throws(PasswordFault) {
            try self.init(choosing: text, for: address, refusing: common)
        } catch {
            throw Problem(
                .unsuitablePassword, detail: error.sentence, members: [.init("fault", .string(error.rawValue))])
        }
    }
}
