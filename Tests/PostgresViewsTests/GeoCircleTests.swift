import Domain
import SeededRandom
import ShowSearch
import Testing

@Suite struct `A circle on the earth` {
    private static func circle(_ latitude: Double, _ longitude: Double, _ radiusKm: Double) throws -> GeoCircle {
        try #require(GeoCircle(center: Location(latitude: latitude, longitude: longitude), radiusKm: radiusKm))
    }

    private static func contains(_ box: GeoCircle.Box, _ place: Location) -> Bool {
        box.latitudes.contains(place.latitude) && box.longitudes.contains { $0.contains(place.longitude) }
    }

    @Test(
        arguments: [
            (0.0, 0.0, 1.0), (53.5, 9.98, 50), (-16.8, 179.99, 300), (-17, -179.99, 300), (89.9, 20, 100), (-90, 0, 1),
            (90, 0, 20_038), (0, 0, 20_038), (0, 180, 10), (0, -180, 10), (60, 170, 5_000), (45, -100, 10_010),
        ] as [(Double, Double, Double)])
    func `lies in its box, over the date line and the poles`(latitude: Double, longitude: Double, radius: Double) throws
    {
        let circle = try Self.circle(latitude, longitude, radius)
        let box = circle.box
        #expect(box.longitudes.allSatisfy { $0.lowerBound >= -180 && $0.upperBound <= 180 })
        var random = SeededGenerator(seed: 7)
        var inside = 0
        for round in 0..<20_000 {
            var place = Location(
                latitude: Double.random(in: -90...90, using: &random),
                longitude: Double.random(in: -180...180, using: &random))
            if round % 2 == 0 {
                let near = radius / 60
                place.latitude = min(90, max(-90, latitude + Double.random(in: -near...near, using: &random)))
                let turned = longitude + Double.random(in: -near...near, using: &random)
                place.longitude = turned > 180 ? turned - 360 : turned < -180 ? turned + 360 : turned
                guard place.isValid else { continue }
            }
            guard circle.distanceKm(to: place) <= radius else { continue }
            inside += 1
            #expect(Self.contains(box, place), "\(place)")
        }
        #expect(inside > 0)
    }

    @Test func `is narrow where it can be`() throws {
        let box = try Self.circle(53.5, 9.98, 50).box
        #expect(box.longitudes.count == 1)
        #expect(box.latitudes.upperBound - box.latitudes.lowerBound < 0.9)
        #expect(try Self.circle(0, 179.9, 50).box.longitudes.count == 2)
        #expect(try Self.circle(89.9, 0, 50).box.longitudes == [-180...180])
    }

    @Test func `measures great circles`() throws {
        let hamburg = try Self.circle(53.5511, 9.9937, 1)
        #expect(abs(hamburg.distanceKm(to: Location(latitude: 52.52, longitude: 13.405)) - 255.3) < 1)
        let date = try Self.circle(0, 179.5, 1)
        #expect(abs(date.distanceKm(to: Location(latitude: 0, longitude: -179.5)) - 111.2) < 0.1)
        #expect(
            try Self.circle(90, 0, 1).distanceKm(to: Location(latitude: -90, longitude: 77)) < GeoCircle.radiusKmMax)
    }

    @Test(
        arguments: [(91.0, 0.0, 1.0), (0, 181, 1), (0, 0, 0), (0, 0, -1), (0, 0, 20_039), (.nan, 0, 1), (0, 0, .nan)]
            as [(Double, Double, Double)])
    func `must be on the earth`(latitude: Double, longitude: Double, radius: Double) {
        #expect(GeoCircle(center: Location(latitude: latitude, longitude: longitude), radiusKm: radius) == nil)
    }
}
