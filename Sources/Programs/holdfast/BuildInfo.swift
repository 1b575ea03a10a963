import Metrics

/// What this program is, as a metric with the value 1.
enum BuildInfo {
    /// The API's version, as `openapi.yaml` has it.
    static let version = "1.0.0"

    #if DEBUG
        private static let configuration = "debug"
    #else
        private static let configuration = "release"
    #endif

    static func report(roles: [String]) {
        Meter(
            label: "holdfast_build_info",
            dimensions: [
                ("version", version), ("configuration", configuration),
                ("roles", roles.sorted().joined(separator: "+")),
            ]
        ).set(1)
    }
}
