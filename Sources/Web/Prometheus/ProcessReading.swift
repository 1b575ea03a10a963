import Foundation

/// What Linux says of this process, under the names that Prometheus' own libraries use.
public struct ProcessReading: Sendable {
    struct Sample: Equatable, Sendable {
        var name: String
        var type: String
        var value: Double
    }

    var samples: [Sample]

    /// Reads `/proc/self`; what can't be read is left out.
    public init() {
        func text(_ path: String) -> String {
            FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        self.init(
            stat: text("/proc/self/stat"), limits: text("/proc/self/limits"), system: text("/proc/stat"),
            // Looking at them takes one itself.
            openFiles: files.map { $0 - 1 }, pageBytes: sysconf(Int32(_SC_PAGESIZE)),
            ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
    }

    /// - Parameters:
    ///   - stat: `/proc/self/stat` (proc_pid_stat(5)).
    ///   - limits: `/proc/self/limits`.
    ///   - system: `/proc/stat`, which has the time of the boot.
    init(stat: String, limits: String, system: String, openFiles: Int?, pageBytes: Int, ticksPerSecond: Int) {
        // The second field is the program's name in parentheses, and may hold anything: the state, the third, is the first
        // after it.
        let fields = stat.split(separator: ")").last?.split(separator: " ").map { Double($0) } ?? []
        func field(_ number: Int) -> Double? { fields.indices.contains(number - 3) ? fields[number - 3] : nil }
        let ticks = Double(ticksPerSecond)
        let bootTime = Self.number(after: "btime", in: system)
        let readings: [(name: String, type: String, value: Double?)] = [
            (
                "process_cpu_seconds_total", "counter",
                field(14).flatMap { user in field(15).map { (user + $0) / ticks } }
            ),
            ("process_max_fds", "gauge", Self.number(after: "Max open files", in: limits)),
            ("process_open_fds", "gauge", openFiles.map(Double.init)),
            ("process_resident_memory_bytes", "gauge", field(24).map { $0 * Double(pageBytes) }),
            ("process_start_time_seconds", "gauge", bootTime.flatMap { boot in field(22).map { boot + $0 / ticks } }),
            ("process_threads", "gauge", field(20)),
            ("process_virtual_memory_bytes", "gauge", field(23)),
        ]
        samples = readings.compactMap { reading in
            reading.value.map { Sample(name: reading.name, type: reading.type, value: $0) }
        }
    }

    /// The number that follows `word` at the start of a line.
    private static func number(after word: String, in text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix(word + " ") }
            .flatMap { $0.dropFirst(word.count).split(separator: " ").first }.flatMap { Double($0) }
    }
}
