internal import Crypto
package import Foundation

// The token of one tunnel, in the `authorization` header of `RouterService/Stream`:
//
//   header   {"alg": "HS256", "typ": "JWT"}       HS384 and HS512 are accepted as well, nothing else
//   payload  {"iss": "https://jumpstarter.dev/stream", "aud": ["https://jumpstarter.dev/router"],
//             "sub": <stream id>, "exp": ..., "nbf": ..., "iat": ..., "jti": <unique>,
//             "side": "client" | "exporter", "lease": "NAMESPACE/NAME", "lease_uid": <uid>, "client": <name>,
//             "exporter": <name>}
//
// The last two lines are ours: a token that names its side can be used once, and only as that side. The tokens of other
// controllers do without these claims.
//
// Signed and verified here with swift-crypto rather than JWTKit: a router verifies on the event loop that has read the
// headers, and JWTKit's key collection is an actor, so each call would hop to a task and back before its stream may be
// paired; besides, JWTKit traps in debug builds on keys shorter than the hash, which operators do have.

/// What a router token says.
package struct RouterToken: Sendable, Hashable {
    /// The `iss` of every router token.
    package static let issuer = "https://jumpstarter.dev/stream"
    /// The `aud` of every router token.
    package static let audience = "https://jumpstarter.dev/router"
    /// How long a token is valid, in seconds: half an hour.
    package static let lifetime: TimeInterval = 1_800
    /// How far ahead of ours the clock of the signer may be, in seconds.
    package static let clockSkew: TimeInterval = 60
    /// The longest token that is looked at, in bytes.
    package static let maximumLength = 4_096
    /// The longest stream id or token id, in bytes: they are kept in memory until their token expires.
    package static let maximumStreamIDLength = 256
    /// The longest name of a lease (with its namespace), a client or an exporter, in bytes.
    package static let maximumNameLength = 512

    /// Which end of the tunnel the bearer is: `side`.
    package enum Side: String, Sendable, Hashable, CaseIterable {
        case client
        case exporter
    }

    /// Whose tunnel it is: `lease`, `lease_uid`, `client` and `exporter`.
    package struct Parties: Sendable, Hashable {
        /// `NAMESPACE/NAME` of the lease.
        package let lease: String
        /// The lease's uid, which tells it from a later one of the same name; nil if the signer did not say.
        package let leaseUID: String?
        /// The client's name.
        package let client: String
        /// The exporter's name.
        package let exporter: String

        /// Names as given.
        package init(lease: String, leaseUID: String? = nil, client: String, exporter: String) {
            self.lease = lease
            self.leaseUID = leaseUID
            self.client = client
            self.exporter = exporter
        }
    }

    /// The tunnel that the bearer may join: `sub`.
    package let streamID: String
    /// Until when it may be used: `exp`.
    package let expiresAt: Date
    /// Distinguishes tokens: `jti`. Nil if the signer left it out; never nil when there is a ``side``.
    package let tokenID: String?
    /// The only side that the bearer may take. Nil in tokens of controllers that do not say: either side then.
    package let side: Side?
    /// Nil if the signer did not say.
    package let parties: Parties?
}

/// Why a router token is refused. The messages never quote the token.
package enum RouterTokenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The shared key is empty.
    case emptyKey
    /// It is longer than ``RouterToken/maximumLength``.
    case tooLong
    /// It is not a JWT.
    case malformed(String)
    /// Its `alg` is not one of the accepted ones.
    case unacceptableAlgorithm
    /// The signature is not one of our key.
    case wrongSignature
    /// A claim is missing or has the wrong value.
    case unacceptableClaim(String)
    /// Its `exp` has passed.
    case expired
    /// Its `nbf` or `iat` is in the future.
    case notYetValid

    package var description: String {
        switch self {
        case .emptyKey: "the router key is empty; set ROUTER_KEY to the same secret for the controller and all routers"
        case .tooLong: "the token is longer than \(RouterToken.maximumLength) bytes"
        case .malformed(let what): "the token is not a JWT: \(what)"
        case .unacceptableAlgorithm: "the token is not signed with HS256, HS384 or HS512"
        case .wrongSignature: "the token's signature does not match this router's key"
        case .unacceptableClaim(let claim): "the token's claim '\(claim)' is missing or not acceptable"
        case .expired: "the token has expired; dial again for a new one"
        case .notYetValid: "the token is not valid yet; compare the clocks of controller and router"
        }
    }
}

/// Signs and verifies router tokens with the secret that the controller and all routers share.
package struct RouterTokenAuthority: Sendable {
    private static let dot = UInt8(ascii: ".")

    private let key: SymmetricKey
    /// The usual algorithm, with the key already worked in, to be copied for each token: half of what a short token costs.
    private let usual: HMAC<SHA256>

    /// How nearly every token begins: what the header says is known then.
    private static let usualHeader = Base64URLText.encode(Data(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
    private static let usualHeaderBytes = Array(usualHeader.utf8)

    /// - Parameter key: the bytes of `ROUTER_KEY`, as they are.
    /// - Throws: ``RouterTokenError/emptyKey``.
    package init(key secret: some Sequence<UInt8>) throws(RouterTokenError) {
        let bytes = Array(secret)
        guard !bytes.isEmpty else { throw .emptyKey }
        key = SymmetricKey(data: bytes)
        usual = HMAC(key: key)
    }

    /// - Parameter key: the text of `ROUTER_KEY`.
    /// - Throws: ``RouterTokenError/emptyKey``.
    package init(key: String) throws(RouterTokenError) {
        try self.init(key: key.utf8)
    }

    /// Makes a token for one of the two peers of a tunnel.
    ///
    /// - Parameters:
    ///   - streamID: the tunnel, the same for both peers and never used for another.
    ///   - tokenID: the `jti`.
    ///   - now: the start of its validity, which lasts ``RouterToken/lifetime``.
    /// - Returns: the compact JWT, to be sent as `Bearer`.
    package func sign(streamID: String, tokenID: String = UUID().uuidString, now: Date) throws -> String {
        try sign(streamID: streamID, tokenID: tokenID, side: nil, parties: nil, now: now)
    }

    /// Makes a token that can be used once, by one side of a tunnel.
    ///
    /// - Parameters:
    ///   - streamID: the tunnel, the same for both peers and never used for another.
    ///   - side: which of the two peers it is for.
    ///   - lease: `NAMESPACE/NAME` of the lease; a router finds its tunnels by it.
    ///   - leaseUID: the lease's uid.
    ///   - client: the client's name, for the log.
    ///   - exporter: the exporter's name, for the log.
    ///   - tokenID: the `jti`, never used for another token.
    ///   - now: the start of its validity, which lasts ``RouterToken/lifetime``.
    /// - Returns: the compact JWT, to be sent as `Bearer`.
    package func sign(
        streamID: String,
        side: RouterToken.Side,
        lease: String,
        leaseUID: String? = nil,
        client: String,
        exporter: String,
        tokenID: String = UUID().uuidString,
        now: Date
    ) throws -> String {
        let parties = RouterToken.Parties(lease: lease, leaseUID: leaseUID, client: client, exporter: exporter)
        return try sign(streamID: streamID, tokenID: tokenID, side: side, parties: parties, now: now)
    }

    private func sign(
        streamID: String,
        tokenID: String,
        side: RouterToken.Side?,
        parties: RouterToken.Parties?,
        now: Date
    ) throws -> String {
        let issued = Int(now.timeIntervalSince1970)
        let payload = RouterTokenPayload(
            iss: RouterToken.issuer,
            aud: [RouterToken.audience],
            sub: streamID,
            exp: Double(issued + Int(RouterToken.lifetime)),
            nbf: Double(issued),
            iat: Double(issued),
            jti: tokenID,
            side: side?.rawValue,
            lease: parties?.lease,
            leaseUID: parties?.leaseUID,
            client: parties?.client,
            exporter: parties?.exporter
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let signed = try Self.usualHeader + "." + Base64URLText.encode(encoder.encode(payload))
        return signed + "." + Base64URLText.encode(Data(usualCode(of: Array(signed.utf8))))
    }

    /// Checks a token: signature first, then its claims.
    ///
    /// - Parameters:
    ///   - token: the compact JWT, without `Bearer`.
    ///   - now: the time that `exp`, `nbf` and `iat` are compared with.
    /// - Throws: ``RouterTokenError``.
    package func verify(_ token: String, now: Date) throws(RouterTokenError) -> RouterToken {
        guard token.utf8.count <= RouterToken.maximumLength else { throw .tooLong }
        let bytes = Array(token.utf8)
        guard let first = bytes.firstIndex(of: Self.dot), let last = bytes.lastIndex(of: Self.dot), first < last,
            !bytes[(first + 1)..<last].contains(Self.dot)
        else { throw .malformed("it has not three parts") }
        let algorithm = try algorithm(of: bytes[..<first])
        guard let signature = Base64URLText.decode(utf8: bytes[(last + 1)...]) else {
            throw .malformed("its signature is not base64url")
        }
        guard try isValid(signature, of: bytes[..<last], algorithm: algorithm) else { throw .wrongSignature }
        return try check(payload(of: bytes[(first + 1)..<last]), now: now)
    }

    private func algorithm(of part: ArraySlice<UInt8>) throws(RouterTokenError) -> String {
        if part == Self.usualHeaderBytes[...] { return "HS256" }
        let header: RouterTokenHeader = try decode(bytes(of: part, "header"), as: "header")
        return header.alg
    }

    private func payload(of part: ArraySlice<UInt8>) throws(RouterTokenError) -> RouterTokenPayload {
        let bytes = try bytes(of: part, "payload")
        if let plain = RouterTokenPayload(plain: bytes) { return plain }
        return try decode(bytes, as: "payload")
    }

    private func bytes(of part: ArraySlice<UInt8>, _ name: String) throws(RouterTokenError) -> [UInt8] {
        guard let bytes = Base64URLText.decode(utf8: part) else { throw .malformed("its \(name) is not base64url") }
        return bytes
    }

    private func isValid(
        _ signature: [UInt8],
        of signed: ArraySlice<UInt8>,
        algorithm: String
    ) throws(RouterTokenError) -> Bool {
        switch algorithm {
        // Comparing the code takes the same time whatever is in it, as the calls below do.
        case "HS256": usualCode(of: signed) == signature
        case "HS384": HMAC<SHA384>.isValidAuthenticationCode(signature, authenticating: signed, using: key)
        case "HS512": HMAC<SHA512>.isValidAuthenticationCode(signature, authenticating: signed, using: key)
        default: throw .unacceptableAlgorithm
        }
    }

    private func usualCode(of signed: some DataProtocol) -> HashedAuthenticationCode<SHA256> {
        var code = usual
        code.update(data: signed)
        return code.finalize()
    }

    private func decode<T: Decodable>(_ json: [UInt8], as name: String) throws(RouterTokenError) -> T {
        do {
            return try JSONDecoder().decode(T.self, from: Data(json))
        } catch {
            // The decoder's own message may quote what it has read, and a token must not get into a log.
            throw .malformed("its \(name) has not the expected JSON")
        }
    }

    private func check(_ payload: RouterTokenPayload, now: Date) throws(RouterTokenError) -> RouterToken {
        guard payload.iss == RouterToken.issuer else { throw .unacceptableClaim("iss") }
        guard let audience = payload.aud, audience.contains(RouterToken.audience) else {
            throw .unacceptableClaim("aud")
        }
        guard let streamID = payload.sub, !streamID.isEmpty,
            streamID.utf8.count <= RouterToken.maximumStreamIDLength
        else { throw .unacceptableClaim("sub") }
        // The upper bound keeps every later conversion to whole seconds defined.
        guard let expiry = payload.exp, expiry.isFinite, expiry < 1e12 else { throw .unacceptableClaim("exp") }
        let seconds = now.timeIntervalSince1970
        guard seconds < expiry else { throw .expired }
        for start in [payload.nbf, payload.iat].compactMap(\.self) where !(start <= seconds + RouterToken.clockSkew) {
            throw .notYetValid
        }
        return RouterToken(
            streamID: streamID,
            expiresAt: Date(timeIntervalSince1970: expiry),
            tokenID: payload.jti,
            side: try side(of: payload),
            parties: try parties(of: payload)
        )
    }

    private func side(of payload: RouterTokenPayload) throws(RouterTokenError) -> RouterToken.Side? {
        guard let name = payload.side else { return nil }
        guard let side = RouterToken.Side(rawValue: name) else { throw .unacceptableClaim("side") }
        // Without an id of its own, a replay of it could not be told from another token.
        guard let id = payload.jti, !id.isEmpty, id.utf8.count <= RouterToken.maximumStreamIDLength else {
            throw .unacceptableClaim("jti")
        }
        return side
    }

    private func parties(of payload: RouterTokenPayload) throws(RouterTokenError) -> RouterToken.Parties? {
        guard let lease = payload.lease else { return nil }
        let parties = RouterToken.Parties(
            lease: lease,
            leaseUID: payload.leaseUID,
            client: payload.client ?? "",
            exporter: payload.exporter ?? ""
        )
        let names = [
            ("lease", lease), ("lease_uid", parties.leaseUID ?? ""), ("client", parties.client),
            ("exporter", parties.exporter),
        ]
        for (claim, name) in names
        where name.utf8.count > RouterToken.maximumNameLength { throw .unacceptableClaim(claim) }
        return parties
    }
}

private struct RouterTokenHeader: Decodable {
    let alg: String
    let typ: String?
}
