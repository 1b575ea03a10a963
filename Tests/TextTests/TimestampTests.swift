import Domain
import Foundation
import SeededRandom
import Testing
import Text

@Suite("Times in RFC 3339")
struct TimestampTests {
    @Test("Known moments are written and read")
    func knownMoments() {
        let moments: [(Int64, String)] = [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"), (1_782_934_200_123_000, "2026-07-01T19:30:00.123Z"),
            (1_782_934_200_123_456, "2026-07-01T19:30:00.123456Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ]
        for (micros, text) in moments {
            #expect(Timestamp(microseconds: micros).rfc3339 == text)
            #expect(Timestamp(rfc3339: text) == Timestamp(microseconds: micros))
        }
    }

    @Test("Clocks of a place show the same moment, if they can")
    func clocks() {
        let moments: [(Int64, Int, String?)] = [
            (1_782_934_200_123_000, 20_700, "2026-07-02T01:15:00.123+05:45"),
            (1_782_934_200_123_000, -12_600, "2026-07-01T16:00:00.123-03:30"),
            (0, 4_772, "1970-01-01T01:19:00.000+01:19"),
            (253_402_300_799_999_999, 0, "9999-12-31T23:59:59.999999+00:00"), (253_402_300_799_999_999, 60, nil),
            (-62_135_596_800_000_000, -60, nil), (.max, 3_600, nil), (.min, -3_600, nil),
        ]
        for (micros, offset, text) in moments { #expect(RFC3339.text(micros, secondsEastOfUTC: offset) == text) }
    }

    @Test("Any moment survives being written and read, and Foundation reads the same")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 20_26)
        let range = Timestamp.rfc3339Range
        for _ in 0..<20_000 {
            let time = Timestamp(
                microseconds: Int64.random(
                    in: range.lowerBound.microseconds...range.upperBound.microseconds, using: &random))
            #expect(Timestamp(rfc3339: time.rfc3339) == time)
        }
        for _ in 0..<500 {
            let seconds = Int64.random(in: 0...4_000_000_000, using: &random)
            let theirs = try Date(
                Timestamp(microseconds: seconds * 1_000_000).rfc3339,
                strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            #expect(Int64(theirs.timeIntervalSince1970) == seconds)
        }
    }

    @Test("Offsets and fractions of other lengths are read")
    func otherForms() {
        let time = Timestamp(rfc3339: "2026-07-01T19:30:00Z")
        #expect(time != nil)
        #expect(Timestamp(rfc3339: "2026-07-01T21:30:00+02:00") == time)
        #expect(Timestamp(rfc3339: "2026-07-01t14:00:00.0-05:30") == time)
        #expect(Timestamp(rfc3339: "2026-07-01T19:30:00.000000999Z") == time)
        #expect(Timestamp(rfc3339: "2026-07-01T19:30:00-00:00") == time)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", "2026-07-01", "2026-07-01T19:30:00", "2026-07-01 19:30:00Z", "2026-7-1T19:30:00Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
            "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00ZZ",
            "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "10000-01-01T00:00:00Z",
            "+026-01-01T00:00:00Z", "２０２６-01-01T00:00:00Z", "2026-01-01T00:00:00\u{0}Z",
            String(repeating: "9", count: 100_000),
        ])
    func refused(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("Times beyond the calendar are written as its ends")
    func clamped() {
        #expect(Timestamp.distantPast.rfc3339 == "0001-01-01T00:00:00.000Z")
        #expect(Timestamp(microseconds: .max).rfc3339 == "9999-12-31T23:59:59.999999Z")
    }
}
