import Fleet
import Foundation
import NIOCore
import NIOPosix
import ServiceConfiguration

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds every address that the controllers' names stand for.
struct ControllerLookup: Sendable {
    let endpoints: [HostPort]
    /// The name that the controllers' certificates have; nil for the one of each endpoint.
    let serverName: String?

    /// - Throws: `LookupError` when none of the names can be looked up.
    func addresses() async throws -> [RouterLinkAddress] {
        let endpoints = endpoints
        // getaddrinfo blocks, for seconds when a name server is away.
        let found = try await NIOThreadPool.singleton.runIfActive { endpoints.map { ($0, Self.lookUp($0)) } }
        var addresses: [RouterLinkAddress] = []
        var failures: [String] = []
        for (endpoint, result) in found {
            switch result {
            case .success(let hosts):
                addresses += hosts.map {
                    RouterLinkAddress(host: $0, port: endpoint.port, serverName: name(for: endpoint.host))
                }
            case .failure(let error): failures.append(error.text)
            }
        }
        if addresses.isEmpty { throw LookupError(text: failures.joined(separator: "; ")) }
        return addresses
    }

    /// An IP address is not a name: the certificate has to have the address then.
    private func name(for host: String) -> String? {
        let name = serverName ?? host
        return Self.isAddress(name) ? nil : name
    }

    private static func isAddress(_ host: String) -> Bool {
        var v4 = in_addr()
        var v6 = in6_addr()
        return inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1
    }

    struct LookupError: Error, CustomStringConvertible {
        let text: String

        var description: String { text }
    }

    private static func lookUp(_ endpoint: HostPort) -> Result<[String], LookupError> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &list)
        guard code == 0 else {
            return .failure(LookupError(text: "\(endpoint.host): \(String(cString: gai_strerror(code)))"))
        }
        defer { freeaddrinfo(list) }
        var hosts: [String] = []
        var next = list
        while let entry = next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let size = socklen_t(text.count)
            if getnameinfo(entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, size, nil, 0, NI_NUMERICHOST) == 0 {
                let host = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                if !hosts.contains(host) { hosts.append(host) }
            }
            next = entry.pointee.ai_next
        }
        return .success(hosts)
    }
}
