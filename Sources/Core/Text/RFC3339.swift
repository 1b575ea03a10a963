/// Times as the API writes them: RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339), as microseconds since 1970; in UTC where
/// nothing else is said.
///
/// Written by hand because every hold carries two of them and Foundation's formatters cost more than the rest of its JSON.
public enum RFC3339 {
    /// The times that RFC 3339 can express: the years 1 to 9999.
    public static let range: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

    /// For example `2026-07-01T19:30:00.000Z`: milliseconds, or microseconds where milliseconds would lose something.
    /// A time outside ``range`` is written as the nearest end of it.
    public static func text(_ microseconds: Int64) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(27)
        append(microseconds, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The same instant as clocks show it that are so many seconds ahead of UTC, for example
    /// `2026-07-01T21:30:00.000+02:00`. Seconds of the offset that make no whole minute are dropped, since RFC 3339 has no
    /// place for them. Nil if those clocks show a year that it has no place for either.
    public static func text(_ microseconds: Int64, secondsEastOfUTC: Int) -> String? {
        let minutes = Int64(secondsEastOfUTC / 60)
        let (local, isBeyond) = microseconds.addingReportingOverflow(minutes * 60_000_000)
        guard !isBeyond, range.contains(local) else { return nil }
        var text: [UInt8] = []
        append(local, to: &text)
        text.removeLast()
        text.append(minutes < 0 ? 0x2D : 0x2B)
        text.append(abs(minutes) / 60 % 100, digits: 2)
        text.append(0x3A)
        text.append(abs(minutes) % 60, digits: 2)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends ``text(_:)`` without making a string of it.
    static func append(_ microseconds: Int64, to text: inout [UInt8]) {
        let micros = min(max(microseconds, range.lowerBound), range.upperBound)
        let (seconds, fraction) = micros.flooredDivision(by: 1_000_000)
        let (days, secondOfDay) = seconds.flooredDivision(by: 86_400)
        let date = CivilDate(daysSince1970: days)
        text.append(date.year, digits: 4)
        text.append(0x2D)
        text.append(date.month, digits: 2)
        text.append(0x2D)
        text.append(date.day, digits: 2)
        text.append(0x54)
        text.append(secondOfDay / 3600, digits: 2)
        text.append(0x3A)
        text.append(secondOfDay / 60 % 60, digits: 2)
        text.append(0x3A)
        text.append(secondOfDay % 60, digits: 2)
        text.append(0x2E)
        if fraction % 1000 == 0 {
            text.append(fraction / 1000, digits: 3)
        } else {
            text.append(fraction, digits: 6)
        }
        text.append(0x5A)
    }

    /// Reads a date and time with its offset. Nil for anything else: another form, a day or hour that does not exist, a
    /// leap second (60), more than nine digits of a second, a time outside ``range``. Digits beyond the microsecond are
    /// dropped.
    public static func microseconds(_ text: some StringProtocol) -> Int64? {
        var reader = DigitReader(text)
        guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2),
            reader.skip("-"), let day = reader.number(digits: 2), reader.skip("T") || reader.skip("t"),
            let hour = reader.number(digits: 2), reader.skip(":"), let minute = reader.number(digits: 2),
            reader.skip(":"), let second = reader.number(digits: 2), let fraction = reader.fraction(),
            let offset = reader.offset(), reader.isAtEnd,
            let date = CivilDate(year: year, month: month, day: day), hour < 24, minute < 60, second < 60
        else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset
        let microseconds = seconds * 1_000_000 + fraction
        return range.contains(microseconds) ? microseconds : nil
    }
}

/// A day of the proleptic Gregorian calendar; the arithmetic is Howard Hinnant's
/// (https://howardhinnant.github.io/date_algorithms.html).
private struct CivilDate {
    var year: Int64
    var month: Int64
    var day: Int64

    init(daysSince1970 days: Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Nil where the calendar has no such day.
    init?(year: Int64, month: Int64, day: Int64) {
        guard (1...9999).contains(year), (1...12).contains(month) else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length: Int64 = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
        guard (1...length).contains(day) else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    var daysSince1970: Int64 {
        let shifted = year - (month <= 2 ? 1 : 0)
        let (era, yearOfEra) = shifted.flooredDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private struct DigitReader {
    private var rest: [UInt8].SubSequence

    /// Longer texts than any valid one are not looked at.
    init(_ text: some StringProtocol) { rest = Array(text.utf8.prefix(64))[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(digits: Int) -> Int64? {
        guard rest.count >= digits else { return nil }
        var number: Int64 = 0
        for byte in rest.prefix(digits) {
            guard (0x30...0x39).contains(byte) else { return nil }
            number = number * 10 + Int64(byte - 0x30)
        }
        rest.removeFirst(digits)
        return number
    }

    /// Microseconds; 0 where there is no fraction.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard (1...9).contains(digits.count) else { return nil }
        rest.removeFirst(digits.count)
        var unit: Int64 = 100_000
        return digits.prefix(6).reduce(Int64(0)) { sum, digit in
            defer { unit /= 10 }
            return sum + Int64(digit - 0x30) * unit
        }
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 3600 + minutes * 60)
    }
}

extension Int64 {
    /// Quotient rounded down, remainder never negative.
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension [UInt8] {
    /// `number` with leading zeros; it has at most `digits` digits.
    fileprivate mutating func append(_ number: Int64, digits: Int) {
        var power = (1..<digits).reduce(Int64(1)) { power, _ in power * 10 }
        while power > 0 {
            append(UInt8(truncatingIfNeeded: 0x30 + number / power % 10))
            power /= 10
        }
    }
}
