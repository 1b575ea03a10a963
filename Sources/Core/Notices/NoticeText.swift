import Domain
import Foundation

/// How notices write what others typed, times and money.
struct NoticeText {
    /// Characters of one name; longer ones are cut.
    static let nameLengthMax = 200

    let locale: Locale

    /// - Parameter language: such as `de` or `pt-BR`.
    init(language: String) { locale = Locale(identifier: language.replacing("-", with: "_")) }

    /// A name as one line, of bounded length, without anything that reorders what stands around it.
    static func name(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(4 * nameLengthMax) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            case .format where (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value):
                break
            case .surrogate, .privateUse: break
            default: scalars.append(scalar)
            }
        }
        let line = String(scalars).split(separator: " ").joined(separator: " ")
        return line.count > nameLengthMax ? line.prefix(nameLengthMax) + "…" : line
    }

    /// For example `Wednesday, 1 January 2031 at 20:00 (Europe/Brussels)`.
    func time(_ time: Timestamp, in zone: String?) -> String {
        let known = zone.flatMap(TimeZone.init(identifier:)) ?? .gmt
        var style = Date.FormatStyle(date: .complete, time: .shortened, locale: locale, timeZone: known)
        style.calendar = Calendar(identifier: .gregorian)
        let name = known == .gmt ? "UTC" : known.identifier
        return Date(timeIntervalSince1970: Double(time.microseconds) / 1e6).formatted(style) + " (\(name))"
    }

    /// - Parameter amount: minor units.
    func money(_ amount: Int64, _ currency: String) -> String {
        let digits = Currency(currency)?.minorUnitDigits ?? 2
        let value = Decimal(amount) / pow(Decimal(10), digits)
        return value.formatted(
            .currency(code: currency).locale(locale).precision(.fractionLength(digits)).presentation(.isoCode))
    }
}
