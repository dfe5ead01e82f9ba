import Crypto
import Foundation

@testable import Authentication

/// Tokens, of tunnels and of users.
enum TokenTargets {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)
    private static let key = "secret"

    /// Anything as a token, or as the payload of one that we have signed.
    static func routerToken(_ input: FuzzInput) throws {
        var input = input
        guard let kind = input.next() else { return }
        let isSigned = kind % 2 == 1
        let token = isSigned ? signed(input.bytes) : input.text
        if let plain = RouterTokenPayload(plain: Array(input.bytes)) {
            let decoded = try? JSONDecoder().decode(RouterTokenPayload.self, from: Data(input.bytes))
            try FuzzFinding.unless(plain == decoded, "plain claims are read as others than the decoder's")
        }
        guard let authority = try? RouterTokenAuthority(key: key) else { throw FuzzFinding("the key is refused") }
        guard let verified = try? authority.verify(token, now: now) else { return }
        try FuzzFinding.unless(isSigned, "a token without our signature is good")
        try FuzzFinding.unless(verified.expiresAt > now, "an expired token is good")
        try FuzzFinding.unless((1...256).contains(verified.streamID.utf8.count), "a stream id of that length is good")
        try FuzzFinding.unless(verified.side == nil || verified.tokenID != nil, "a side without a token id is good")
        // As the router does.
        _ = Int64(verified.expiresAt.timeIntervalSince1970.rounded(.up))
    }

    /// Anything as a user's token, before its signature is looked at.
    static func identityToken(_ input: FuzzInput) throws {
        var input = input
        guard let kind = input.next() else { return }
        let token = kind % 2 == 1 ? signed(input.bytes) : input.text
        _ = try? UnverifiedToken(compact: token)
    }

    private static func signed(_ payload: ArraySlice<UInt8>) -> String {
        let signed = encoded(Data(#"{"alg":"HS256","typ":"JWT"}"#.utf8)) + "." + encoded(Data(payload))
        let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: Data(key.utf8)))
        return signed + "." + encoded(Data(code))
    }

    private static func encoded(_ data: Data) -> String {
        String(
            data.base64EncodedString().compactMap { character in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            }
        )
    }
}
