extension JWTIssuerConfiguration {
    static func list(_ value: ConfigurationValue, internalPrefix: String) -> [JWTIssuerConfiguration] {
        let values = value.list()
        guard values.count <= maximumCount else {
            value.report("has \(values.count) entries; accepted: at most \(maximumCount)")
            return []
        }
        var seen: Set<String> = []
        return values.map { entry in
            let issuer = JWTIssuerConfiguration(reading: entry, internalPrefix: internalPrefix)
            if !issuer.url.isEmpty, !seen.insert(issuer.url).inserted {
                entry.report("issuer.url \(issuer.url) is given by an earlier entry too: one entry for each issuer")
            }
            return issuer
        }
    }

    private init(reading value: ConfigurationValue, internalPrefix: String) {
        if value.isAbsent { value.report("is empty; expected an issuer") }
        var object = value.object()
        var issuer = object.read("issuer").object()
        let url = issuer.read("url")
        self.url = Self.required(url) ? HTTPSURL.check(url, isIssuer: true) ?? "" : ""
        let discovery = issuer.read("discoveryURL")
        discoveryURL = discovery.string().isEmpty ? nil : HTTPSURL.check(discovery, isIssuer: false)
        if let discoveryURL, discoveryURL == self.url {
            discovery.report("must differ from issuer.url, or be left out")
        }
        certificateAuthority = Self.authority(issuer.read("certificateAuthority"))
        audiences = Self.audiences(issuer.read("audiences"), policy: issuer.read("audienceMatchPolicy"))
        issuer.refuse("egressSelectorType")
        issuer.finish()
        requiredClaims = object.read("claimValidationRules").list().map(Self.rule)
        userName = Self.mapping(object.read("claimMappings"), internalPrefix: internalPrefix)
        object.refuse("userValidationRules")
        object.finish()
    }

    /// Reports a missing or empty text.
    private static func required(_ value: ConfigurationValue) -> Bool {
        guard value.isEmptyText else { return true }
        value.report("is missing")
        return false
    }

    private static func authority(_ value: ConfigurationValue) -> CertificateAuthority? {
        let text = value.string()
        if text.isEmpty { return nil }
        if text.contains("-----BEGIN CERTIFICATE-----") { return .pem(text) }
        guard text.hasPrefix("/") else {
            value.report("is neither PEM text nor the path of a file; accepted: a certificate in PEM, or /a/path")
            return nil
        }
        return .path(text)
    }

    private static func audiences(_ value: ConfigurationValue, policy: ConfigurationValue) -> [String] {
        let audiences = value.list().map { entry in
            _ = required(entry)
            return entry.string()
        }
        if value.isEmptyList {
            value.report("is missing; expected a list of at least one audience")
        }
        _ = policy.choice(["", "MatchAny"], default: "")
        if audiences.count > 1, policy.isEmptyText {
            policy.report("is missing; accepted with more than one audience: MatchAny")
        }
        return audiences
    }

    private static func rule(_ value: ConfigurationValue) -> RequiredClaim {
        var object = value.object()
        defer { object.finish() }
        object.refuse("expression")
        object.refuse("message")
        let claim = object.read("claim")
        _ = required(claim)
        return RequiredClaim(claim: claim.string(), value: object.read("requiredValue").string())
    }

    private static func mapping(_ value: ConfigurationValue, internalPrefix: String) -> UserNameMapping {
        var object = value.object()
        for key in ["groups", "uid", "extra"] { object.refuse(key) }
        defer { object.finish() }
        var userName = object.read("username").object()
        userName.refuse("expression")
        defer { userName.finish() }
        let claim = userName.read("claim")
        _ = required(claim)
        let prefix = userName.read("prefix")
        check(prefix, against: internalPrefix)
        return UserNameMapping(claim: claim.string(), prefix: prefix.string())
    }

    /// A user of another issuer must never have the name of an internal token's user.
    private static func check(_ prefix: ConfigurationValue, against internalPrefix: String) {
        if prefix.isAbsent {
            prefix.report("is missing; accepted: a text such as \"dex:\", or \"\" for none")
        } else if prefix.string().hasPrefix(internalPrefix) {
            prefix.report("begins with \"\(internalPrefix)\", which is for internal tokens: choose another")
        }
    }
}
