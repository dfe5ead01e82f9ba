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
    static func checkAll(_ ports: [RequestedPort], on addresses: [ListenAddress]) throws(StartupError) {
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
            for address in addresses { try request.check(on: address) }
        }
    }

    private func check(on address: ListenAddress) throws(StartupError) {
        switch address.binding(port: port) {
        case 0:
            return
        case EADDRINUSE:
            throw StartupError(
                "port \(port) (\(purpose)) is taken by another program; end that program or choose another port with "
                    + "\(option) (0 picks a free one)"
            )
        case EACCES:
            throw StartupError("port \(port) (\(purpose)) may not be used by this user; choose another with \(option)")
        case EADDRNOTAVAIL, EAFNOSUPPORT:
            throw StartupError("this machine does not have the address \(address)")
        case let code:
            throw StartupError("port \(port) (\(purpose)) cannot be used: \(String(cString: strerror(code)))")
        }
    }
}
