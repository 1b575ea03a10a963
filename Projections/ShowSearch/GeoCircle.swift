public import Domain
import Foundation

/// All places within a distance of one, on a sphere of the earth's mean radius.
public struct GeoCircle: Equatable, Sendable {
    /// Half of the way round the earth is farther than anything (in kilometres).
    public static let radiusKmMax = 20_038.0
    /// The earth's mean radius (IUGG), in kilometres.
    public static let earthRadiusKm = 6_371.008_8

    public let center: Location
    public let radiusKm: Double

    /// Nil unless the center is on the earth and the radius is more than 0 and at most ``radiusKmMax``.
    public init?(center: Location, radiusKm: Double) {
        guard center.isValid, radiusKm > 0, radiusKm <= Self.radiusKmMax else { return nil }
        self.center = center
        self.radiusKm = radiusKm
    }

    /// Within these latitudes and one of these longitudes are all places of the circle, and few others.
    public struct Box: Equatable, Sendable {
        public var latitudes: ClosedRange<Double>
        /// One, or two where the circle lies over the date line.
        public var longitudes: [ClosedRange<Double>]
    }

    public var box: Box {
        let degrees = 180 / Double.pi
        // A little more than the circle: the numbers are rounded.
        let angle = radiusKm / Self.earthRadiusKm * (1 + 1e-9) + 1e-12
        let south = center.latitude - angle * degrees
        let north = center.latitude + angle * degrees
        let latitudes = max(south, -90)...min(north, 90)
        let ratio = sin(min(angle, .pi / 2)) / cos(center.latitude / degrees)
        // Around a pole are all longitudes.
        guard south > -90, north < 90, ratio < 1 else { return Box(latitudes: latitudes, longitudes: [-180...180]) }
        let width = asin(ratio) * degrees
        let (west, east) = (center.longitude - width, center.longitude + width)
        if west < -180 { return Box(latitudes: latitudes, longitudes: [-180...east, (west + 360)...180]) }
        if east > 180 { return Box(latitudes: latitudes, longitudes: [west...180, -180...(east - 360)]) }
        return Box(latitudes: latitudes, longitudes: [west...east])
    }

    /// The distance to the center along a great circle, in kilometres (haversine formula).
    public func distanceKm(to place: Location) -> Double {
        let radians = Double.pi / 180
        let north = sin((place.latitude - center.latitude) * radians / 2)
        let east = sin((place.longitude - center.longitude) * radians / 2)
        let h = north * north + cos(center.latitude * radians) * cos(place.latitude * radians) * east * east
        return 2 * Self.earthRadiusKm * asin(min(1, h.squareRoot()))
    }
}
