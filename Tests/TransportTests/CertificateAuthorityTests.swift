import Foundation
import NIOSSL
import SwiftASN1
import Testing
import Transport
import X509

@Suite("The certificate authority")
struct CertificateAuthorityTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func certificates(of identity: ServerIdentity) throws -> [Certificate] {
        try PEMDocument.parseMultiple(pemString: identity.certificateChainPEM).map(Certificate.init(pemDocument:))
    }

    @Test("issues a chain of the server's certificate and its own")
    func chain() throws {
        let authority = try CertificateAuthority.create(now: now)
        let identity = try authority.issue(server: [.dns("router.example.com")], now: now)
        let chain = try certificates(of: identity)
        #expect(chain.count == 2)
        #expect(try chain[1] == Certificate(pemEncoded: authority.certificatePEM))
        #expect(chain[0].issuer == chain[1].subject)
        #expect(chain[1].publicKey.isValidSignature(chain[0].signature, for: chain[0]))
        let own = try chain[1].extensions.subjectKeyIdentifier?.keyIdentifier
        #expect(try chain[0].extensions.authorityKeyIdentifier?.keyIdentifier == own)
        #expect(own != nil)
    }

    @Test("names DNS names and addresses each in their own form")
    func names() throws {
        let authority = try CertificateAuthority.create(now: now)
        let names = ["localhost", "127.0.0.1", "[::1]"].map { ServerName($0) }
        let leaf = try #require(try certificates(of: authority.issue(server: names, now: now)).first)
        let v6: [UInt8] = Array(repeating: 0, count: 15) + [1]
        #expect(
            try leaf.extensions.subjectAlternativeNames.map(Array.init) == [
                .dnsName("localhost"),
                .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                .ipAddress(ASN1OctetString(contentBytes: v6[...])),
            ]
        )
    }

    @Test("issues certificates for servers only, not for signing others")
    func usages() throws {
        let authority = try CertificateAuthority.create(now: now)
        let leaf = try #require(try certificates(of: authority.issue(server: [.dns("a")], now: now)).first)
        #expect(try leaf.extensions.extendedKeyUsage.map(Array.init) == [.serverAuth])
        #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
        #expect(try leaf.extensions.keyUsage?.keyCertSign == false)
    }

    @Test("gives each certificate a serial number and a key of its own")
    func unique() throws {
        let authority = try CertificateAuthority.create(now: now)
        let one = try authority.issue(server: [.dns("a")], now: now)
        let other = try authority.issue(server: [.dns("a")], now: now)
        #expect(try certificates(of: one)[0].serialNumber != certificates(of: other)[0].serialNumber)
        #expect(one.privateKeyPEM != other.privateKeyPEM)
    }

    @Test("is valid from a little before now, and no certificate outlives it")
    func validity() throws {
        let authority = try CertificateAuthority.create(now: now)
        let leaf = try certificates(of: authority.issue(server: [.dns("a")], now: now))[0]
        #expect(leaf.notValidBefore == now - CertificateAuthority.backdating)
        #expect(leaf.notValidAfter == now + CertificateAuthority.serverLifetime)
        let late = authority.notValidAfter - 60
        #expect(
            try certificates(of: authority.issue(server: [.dns("a")], now: late))[0].notValidAfter
                == authority.notValidAfter
        )
    }

    @Test("can be stored as PEM and loaded again")
    func reload() throws {
        let authority = try CertificateAuthority.create(now: now)
        let loaded = try CertificateAuthority(
            certificatePEM: authority.certificatePEM,
            privateKeyPEM: authority.privateKeyPEM
        )
        let chain = try certificates(of: loaded.issue(server: [.dns("a")], now: now))
        #expect(chain[1].publicKey.isValidSignature(chain[0].signature, for: chain[0]))
        #expect(loaded.certificatePEM == authority.certificatePEM)
    }

    @Test("refuses another authority's key, a server's certificate, and nonsense")
    func badLoads() throws {
        let authority = try CertificateAuthority.create(now: now)
        let other = try CertificateAuthority.create(now: now)
        let server = try ServerIdentity.selfSigned(names: [.dns("a")], now: now)
        for (certificate, key) in [
            (authority.certificatePEM, other.privateKeyPEM),
            (server.certificateChainPEM, server.privateKeyPEM),
            ("nonsense", authority.privateKeyPEM),
            (authority.certificatePEM, "nonsense"),
        ] {
            #expect(throws: TransportError.self) {
                try CertificateAuthority(certificatePEM: certificate, privateKeyPEM: key)
            }
        }
    }

    @Test("issues nothing without a name")
    func noNames() throws {
        let authority = try CertificateAuthority.create(now: now)
        #expect(throws: TransportError.self) { try authority.issue(server: [], now: now) }
    }
}

@Suite("A server identity")
struct ServerIdentityTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    @Test("makes a TLS context, whoever has signed it")
    func context() throws {
        let authority = try CertificateAuthority.create(now: now)
        for identity in [
            try authority.issue(server: [.dns("a")], now: now),
            try ServerIdentity.selfSigned(names: [.dns("a")], now: now),
        ] {
            _ = try identity.sslContext(applicationProtocols: ["h2"])
            let configuration = try identity.tlsConfiguration(applicationProtocols: ["h2"])
            #expect(configuration.minimumTLSVersion == .tlsv12)
            #expect(configuration.applicationProtocols == ["h2"])
        }
    }

    @Test("says what is wrong with unusable PEM")
    func unusable() throws {
        let good = try ServerIdentity.selfSigned(names: [.dns("a")], now: now)
        let other = try ServerIdentity.selfSigned(names: [.dns("b")], now: now)
        for identity in [
            ServerIdentity(certificateChainPEM: "", privateKeyPEM: good.privateKeyPEM),
            ServerIdentity(certificateChainPEM: good.certificateChainPEM, privateKeyPEM: "nonsense"),
            ServerIdentity(certificateChainPEM: good.certificateChainPEM, privateKeyPEM: other.privateKeyPEM),
        ] {
            #expect(throws: TransportError.self) { try identity.sslContext(applicationProtocols: []) }
        }
    }
}

@Suite("A server name")
struct ServerNameTests {
    @Test(
        "is taken from an endpoint",
        arguments: [
            ("router.example.com:8083", ServerName.dns("router.example.com")),
            ("localhost", .dns("localhost")),
            ("10.0.0.1:8083", .address("10.0.0.1")),
            ("[2001:db8::1]:8083", .address("2001:db8::1")),
            ("::1", .address("::1")),
        ]
    )
    func endpoint(text: String, expected: ServerName) {
        #expect(ServerName(hostOf: text) == expected)
    }
}
