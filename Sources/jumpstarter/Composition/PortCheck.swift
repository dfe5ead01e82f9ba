#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A port that the command line asks for.
struct RequestedPort {
    /// What listens there, such as `controller`.
    let purpose: String
    /// The option that changes it.
    let option: String
    let port: Int

    /// Fails early and clearly when a port cannot be had, instead of late in the middle of the start.
    /// - Throws: `StartupError`.
    static func checkAll(_ ports: [RequestedPort], on address: String) throws(StartupError) {
        var owners: [Int: RequestedPort] = [:]
        for request in ports where request.port != 0 {
            guard (1...65535).contains(request.port) else {
                throw StartupError(
                    "\(request.option) \(request.port): expected a port from 1 to 65535, or 0 for a free one"
                )
            }
            if let other = owners.updateValue(request, forKey: request.port) {
                throw StartupError(
                    "\(other.option) and \(request.option) both name port \(request.port); give each its own"
                )
            }
            try request.check(on: address)
        }
    }

    private func check(on address: String) throws(StartupError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, address, &target.sin_addr)
        let result = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                bind(descriptor, rebound, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return }
        switch errno {
        case EADDRINUSE:
            throw StartupError(
                "port \(port) (\(purpose)) is taken by another program; end that program or choose another port with "
                    + "\(option) (0 picks a free one)"
            )
        case EACCES:
            throw StartupError("port \(port) (\(purpose)) may not be used by this user; choose another with \(option)")
        case let code:
            throw StartupError("port \(port) (\(purpose)) cannot be used: \(String(cString: strerror(code)))")
        }
    }
}
