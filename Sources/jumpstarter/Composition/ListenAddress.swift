#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IP address that the service listens on.
struct ListenAddress: Hashable, CustomStringConvertible {
    let text: String

    var description: String { text }

    private var isIPv6: Bool { text.contains(":") }

    /// Both loopback addresses, so that `localhost` means this service whichever of them a client tries first.
    static let loopback = [ListenAddress(text: "127.0.0.1"), ListenAddress(text: "::1")].filter(\.exists)

    /// Every address of the machine: of both families where it has IPv6 (RFC 3493, section 3.7), else of IPv4.
    static var every: ListenAddress {
        let both = ListenAddress(text: "::")
        return both.exists ? both : ListenAddress(text: "0.0.0.0")
    }

    /// Whether this machine has the address.
    var exists: Bool { binding(port: 0) != EADDRNOTAVAIL && binding(port: 0) != EAFNOSUPPORT }

    /// Why a port cannot be had here, as an `errno`; 0 when it can.
    func binding(port: Int) -> Int32 {
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        return isIPv6 ? bindIPv6(descriptor, port) : bindIPv4(descriptor, port)
    }

    private func bindIPv4(_ descriptor: Int32, _ port: Int) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, text, &address.sin_addr)
        return Self.bind(descriptor, &address)
    }

    private func bindIPv6(_ descriptor: Int32, _ port: Int) -> Int32 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = UInt16(port).bigEndian
        inet_pton(AF_INET6, text, &address.sin6_addr)
        return Self.bind(descriptor, &address)
    }

    private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                Glibc.bind(descriptor, rebound, socklen_t(MemoryLayout<Address>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
