import Authentication
import Foundation
import Testing

@Suite("The token of a router that reports")
struct RouterLinkTokenTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)
    private let authority: RouterLinkAuthority

    init() throws { authority = try RouterLinkAuthority(routerKey: "secret") }

    @Test("names the endpoint, for a minute")
    func lifetime() throws {
        let token = BearerToken(try authority.sign(endpoint: "router:8083", now: Self.now))
        #expect(try authority.verify(token, now: Self.now + 59) == "router:8083")
        #expect(throws: AuthenticationError.expired(at: Self.now + 60)) {
            try authority.verify(token, now: Self.now + 60)
        }
    }

    @Test("of another key is refused")
    func otherKey() throws {
        let other = try RouterLinkAuthority(routerKey: "another")
        let token = BearerToken(try other.sign(endpoint: "router:8083", now: Self.now))
        #expect(throws: AuthenticationError.badSignature) { try authority.verify(token, now: Self.now) }
    }

    @Test("is no good for a tunnel, and a tunnel's token is none for a report, though both have the same key")
    func apart() throws {
        let tunnels = try RouterTokenAuthority(key: "secret")
        let link = try authority.sign(endpoint: "router:8083", now: Self.now)
        #expect(throws: RouterTokenError.unacceptableClaim("iss")) { try tunnels.verify(link, now: Self.now) }
        let tunnel = BearerToken(try tunnels.sign(streamID: "stream", now: Self.now))
        #expect(throws: AuthenticationError.unknownIssuer(RouterToken.issuer)) {
            try authority.verify(tunnel, now: Self.now)
        }
    }

    @Test("an empty key is refused")
    func emptyKey() {
        #expect(throws: RouterTokenError.emptyKey) { try RouterLinkAuthority(routerKey: "") }
    }
}
