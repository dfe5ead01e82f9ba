internal import SwiftASN1
internal import X509

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A name under which clients reach a server: what goes into its certificate's subject alternative names.
package enum ServerName: Sendable, Hashable, CustomStringConvertible {
    /// A DNS name such as `router.example.com` or `localhost`.
    case dns(String)
    /// An IPv4 or IPv6 address in its text form, without brackets.
    case address(String)

    /// A name or an address, whichever `text` is; brackets around an IPv6 address are taken off.
    package init(_ text: String) {
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        self = Self.bytes(of: bare) == nil ? .dns(bare) : .address(bare)
    }

    /// The host of an endpoint of the form `host:port`, `[v6]:port` or `host`.
    package init(hostOf endpoint: String) {
        if endpoint.hasPrefix("["), let end = endpoint.firstIndex(of: "]") {
            self.init(String(endpoint[...end]))
        } else if endpoint.count(where: { $0 == ":" }) == 1, let colon = endpoint.firstIndex(of: ":") {
            self.init(String(endpoint[..<colon]))
        } else {
            self.init(endpoint)
        }
    }

    package var description: String {
        switch self {
        case .dns(let name): name
        case .address(let address): address
        }
    }

    /// The form it has in a certificate.
    var generalName: GeneralName {
        switch self {
        case .dns(let name): .dnsName(name)
        case .address(let address): .ipAddress(ASN1OctetString(contentBytes: (Self.bytes(of: address) ?? [])[...]))
        }
    }

    /// The 4 or 16 bytes of an address, nil if `text` is none.
    private static func bytes(of text: String) -> [UInt8]? {
        for (family, length) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: length)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
