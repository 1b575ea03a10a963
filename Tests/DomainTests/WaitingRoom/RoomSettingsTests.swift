import Domain
import Testing

@Suite struct `The settings of a waiting room` {
    private func places(_ change: (inout RoomSettings) -> Void) -> [String] {
        do {
            _ = try ValidRoomSettings(SampleRoom.settings(change))
            return []
        } catch { return error.faults.faults.map(\.place) }
    }

    @Test func `may be all that they can be`() {
        #expect(places { $0.draw = SampleRoom.terms } == [])
        #expect(places { $0.prequeueFrom = nil } == [])
        #expect(places { ($0.admitPerMinute, $0.maxActive, $0.sessionMinutes) = (1_000_000, 1_000_000, 1_440) } == [])
        #expect(places { ($0.claimSeconds, $0.entriesPerUser) = (1, 100) } == [])
    }

    @Test func `are refused by the name of what is wrong`() {
        #expect(places { $0.admitPerMinute = 0 } == ["admitPerMinute"])
        #expect(places { $0.admitPerMinute = 1_000_001 } == ["admitPerMinute"])
        #expect(places { $0.maxActive = .max } == ["maxActive"])
        #expect(places { $0.sessionMinutes = 0 } == ["sessionMinutes"])
        #expect(places { $0.claimSeconds = .min } == ["claimSeconds"])
        #expect(places { $0.entriesPerUser = 101 } == ["entriesPerUser"])
        #expect(places { $0.prequeueFrom = $0.opensAt.adding(seconds: 1) } == ["prequeueFrom"])
    }

    @Test func `draw only where there is a prequeue, with parties that can be told apart`() {
        #expect(
            places {
                $0.draw = SampleRoom.terms
                $0.prequeueFrom = nil
            } == ["draw"])
        let commitment = Draw.sha256([1])
        func parties(_ names: [String]) -> [String] {
            places { $0.draw = DrawTerms(parties: names.map { DrawCommitment(party: $0, commitment: commitment) }) }
        }
        #expect(parties(["a", "b"]) == [])
        #expect(parties(["a", "a"]) == ["draw.parties[1].party"])
        #expect(parties(["instance"]) == ["draw.parties[0].party"])
        #expect(parties([""]) == ["draw.parties[0].party"])
        #expect(parties(["a b"]) == ["draw.parties[0].party"])
        #expect(parties((1...17).map { "p\($0)" }) == ["draw.parties"])
        #expect(
            places { $0.draw = DrawTerms(parties: [DrawCommitment(party: "a", commitment: [1])]) }
                == ["draw.parties[0].commitment"])
        #expect(places { $0.draw = DrawTerms(beacon: DrawBeacon(chain: "8A", round: 0)) }.count == 2)
    }

    @Test func `that name no terms are drawn by the instance alone`() throws {
        #expect(try ValidRoomSettings(SampleRoom.settings { $0.draw = DrawTerms() }).settings.draw == nil)
    }
}
