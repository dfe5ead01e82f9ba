/// The claims of a router token, as they are in it.
struct RouterTokenPayload: Codable, Hashable {
    var iss: String?
    var aud: [String]?
    var sub: String?
    var exp: Double?
    var nbf: Double?
    var iat: Double?
    var jti: String?
    var side: String?
    var lease: String?
    var leaseUID: String?
    var client: String?
    var exporter: String?

    private enum CodingKeys: String, CodingKey {
        case iss, aud, sub, exp, nbf, iat, jti, side, lease, client, exporter
        case leaseUID = "lease_uid"
    }
}

extension RouterTokenPayload {
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        iss = try container.decodeIfPresent(String.self, forKey: .iss)
        // RFC 7519, 4.1.3: an array, or one string when there is only one.
        if let several = try? container.decodeIfPresent([String].self, forKey: .aud) {
            aud = several
        } else {
            aud = try container.decodeIfPresent(String.self, forKey: .aud).map { [$0] }
        }
        sub = try container.decodeIfPresent(String.self, forKey: .sub)
        exp = try container.decodeIfPresent(Double.self, forKey: .exp)
        nbf = try container.decodeIfPresent(Double.self, forKey: .nbf)
        iat = try container.decodeIfPresent(Double.self, forKey: .iat)
        jti = try container.decodeIfPresent(String.self, forKey: .jti)
        side = try container.decodeIfPresent(String.self, forKey: .side)
        // Only a token that names its side is ours; whatever another controller means by these is not looked at.
        guard side != nil else { return }
        lease = try container.decodeIfPresent(String.self, forKey: .lease)
        leaseUID = try container.decodeIfPresent(String.self, forKey: .leaseUID)
        client = try container.decodeIfPresent(String.self, forKey: .client)
        exporter = try container.decodeIfPresent(String.self, forKey: .exporter)
    }
}
