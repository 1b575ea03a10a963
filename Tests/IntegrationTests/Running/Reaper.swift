import Foundation
import Subprocess

/// Ends what a test process that crashed has left running: a shell that hears of every process that is started and
/// ended, and kills the rest when nobody can tell it any more.
actor Reaper {
    static let shared = Reaper()

    private static let script = """
        declare -A live
        while read -r sign id; do if [[ $sign == + ]]; then live[$id]=1; else unset "live[$id]"; fi; done
        for id in "${!live[@]}"; do kill -CONT "$id"; kill -KILL "$id"; done 2>/dev/null
        """

    private var pipe: Pipe?

    func add(_ id: pid_t) { tell("+ \(id)\n") }
    func remove(_ id: pid_t) { tell("- \(id)\n") }

    private func tell(_ line: String) {
        let pipe = pipe ?? begin()
        self.pipe = pipe
        pipe.fileHandleForWriting.write(Data(line.utf8))
    }

    private func begin() -> Pipe {
        let pipe = Pipe()
        // The tests' end must not be inherited, or the shell would keep itself waiting.
        _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        let shell = Process()
        shell.executableURL = URL(filePath: "/usr/bin/setsid")
        shell.arguments = ["bash", "-c", Self.script]
        shell.standardInput = pipe
        do {
            try shell.run()
        } catch {
            preconditionFailure("setsid and bash are part of every system this runs on: \(error)")
        }
        return pipe
    }
}
