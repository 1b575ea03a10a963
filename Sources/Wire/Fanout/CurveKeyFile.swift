internal import Glibc

/// Key files. One entry per line; blank lines and lines that begin with `#` don't count. (Z85 has that character too, but
/// no key begins with it: its first group would exceed 32 bits.)
public enum CurveKeyFile {
    /// An allow-list of a thousand clients has 41 kB.
    private static let bytesMax = 1024 * 1024

    /// The key pair whose secret key stands in the file. Only its owner may be allowed to read it, as with `chmod 600`.
    public static func keyPair(at path: String) throws(FanoutError) -> CurveKeyPair {
        let lines = try entries(at: path, secret: true)
        guard lines.count == 1, let pair = CurveKeyPair(secretZ85: lines[0].fields[0]), lines[0].fields.count == 1
        else {
            throw FanoutError(code: .invalidKey, message: "\(path) does not hold one CURVE secret key in Z85")
        }
        return pair
    }

    /// The public keys of an allow-list.
    public static func publicKeys(at path: String) throws(FanoutError) -> Set<CurvePublicKey> {
        var keys: Set<CurvePublicKey> = []
        for line in try entries(at: path, secret: false) {
            guard line.fields.count == 1, let key = CurvePublicKey(z85: line.fields[0]) else {
                throw FanoutError(
                    code: .invalidKey, message: "\(path), line \(line.number) is not a CURVE public key in Z85")
            }
            keys.insert(key)
        }
        return keys
    }

    /// The public keys of the servers: per line an endpoint, a space and the key of the server there.
    public static func serverKeys(at path: String) throws(FanoutError) -> [FanoutEndpoint: CurvePublicKey] {
        var keys: [FanoutEndpoint: CurvePublicKey] = [:]
        for line in try entries(at: path, secret: false) {
            guard line.fields.count == 2, let key = CurvePublicKey(z85: line.fields[1]) else {
                throw FanoutError(
                    code: .invalidKey,
                    message: "\(path), line \(line.number) is not an endpoint and a CURVE public key in Z85")
            }
            let endpoint = try FanoutEndpoint(String(line.fields[0]))
            guard keys.updateValue(key, forKey: endpoint) == nil else {
                throw FanoutError(
                    code: .invalidKey, message: "\(path), line \(line.number) gives \(endpoint) a second key")
            }
        }
        return keys
    }

    /// Writes the secret key to a new file that only its owner can read. Never over an existing one.
    public static func create(_ pair: CurveKeyPair, at path: String) throws(FanoutError) {
        let file = try open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode: 0o600)
        defer { _ = Glibc.close(file) }
        let text = Array("# CURVE secret key of public key \(pair.publicKey)\n\(pair.secretZ85)\n".utf8)
        var written = 0
        while written < text.count {
            let count = unsafe text[written...].withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            written += count
        }
        guard fsync(file) == 0 else { throw failure("fsync", path) }
    }

    private struct Line {
        var number: Int
        var fields: [Substring]
    }

    private static func entries(at path: String, secret: Bool) throws(FanoutError) -> [Line] {
        let text = String(decoding: try read(path, secret: secret), as: UTF8.self)
        var lines: [Line] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.split { $0 == " " || $0 == "\t" }
            if fields.isEmpty || line.first == "#" { continue }
            lines.append(Line(number: index + 1, fields: fields))
        }
        return lines
    }

    /// The checks are made on the open file, so that it can't be exchanged in between.
    private static func read(_ path: String, secret: Bool) throws(FanoutError) -> [UInt8] {
        // Opening a FIFO would wait for its writer.
        let file = try open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, mode: 0)
        defer { _ = Glibc.close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw failure("fstat", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FanoutError(code: .keyFile, message: "\(path) is not a file")
        }
        if secret {
            guard status.st_mode & 0o077 == 0 else {
                throw FanoutError(
                    code: .keyFile,
                    message: "\(path) holds a secret key but is open to others than its owner: chmod 600 it")
            }
            guard status.st_uid == geteuid() || status.st_uid == 0 else {
                throw FanoutError(code: .keyFile, message: "\(path) holds a secret key but belongs to another user")
            }
        }
        guard status.st_size <= bytesMax else {
            throw FanoutError(code: .keyFile, message: "\(path) has more than \(bytesMax) bytes")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= bytesMax {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    private static func open(_ path: String, _ flags: Int32, mode: mode_t) throws(FanoutError) -> Int32 {
        while true {
            let file = unsafe Glibc.open(path, flags, mode)
            if file >= 0 { return file }
            if errno != EINTR { throw failure("open", path) }
        }
    }

    private static func failure(_ operation: String, _ path: String) -> FanoutError {
        let error = ZeroMQError.lastSystem(operation)
        return FanoutError(code: .keyFile, message: "\(path): \(error.message)", underlying: error)
    }
}
