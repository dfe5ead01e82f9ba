internal import Resources

/// Reads single variables and collects what is wrong with them.
struct VariableReader {
    let variables: [String: String]
    let issues = IssueCollector()

    /// The text without white space at its ends; nil when nothing is left.
    static func nonEmpty(_ text: String) -> String? {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return nil }
        return String(text[first...last])
    }

    func text(_ name: String) -> String? {
        variables[name].flatMap(Self.nonEmpty)
    }

    /// A secret is taken as it is, white space included: other parties derive keys from the same bytes.
    func secret(_ name: String, required: Bool) -> SecretText? {
        guard let value = variables[name], Self.nonEmpty(value) != nil else {
            if required { issues.report(name, "is not set; expected a secret of at least 32 random characters") }
            return nil
        }
        return SecretText(value)
    }

    func namespace(else fallback: String?, required: Bool) -> String? {
        guard let name = text("NAMESPACE") ?? fallback else {
            if required {
                let path = ServiceEnvironment.serviceAccountNamespacePath
                issues.report("NAMESPACE", "is not set, and there is no \(path); expected the service's namespace")
            }
            return nil
        }
        guard name.utf8.count <= 63, name.wholeMatch(of: /[a-z0-9]([-a-z0-9]*[a-z0-9])?/) != nil else {
            issues.report("NAMESPACE", "\"\(name)\" is no namespace; accepted: lower-case letters, digits and hyphens")
            return nil
        }
        return name
    }

    func endpoint(_ name: String, default fallback: HostPort) -> HostPort {
        guard let value = text(name) else { return fallback }
        guard let endpoint = HostPort(parsing: value) else {
            issues.report(name, "\"\(value)\" is not an endpoint; accepted: \(HostPort.rule)")
            return fallback
        }
        return endpoint
    }

    /// Endpoints separated by commas.
    func endpoints(_ name: String) -> [HostPort] {
        parts(of: name).compactMap { value in
            let endpoint = HostPort(parsing: value)
            if endpoint == nil { issues.report(name, "\"\(value)\" is not an endpoint; accepted: \(HostPort.rule)") }
            return endpoint
        }
    }

    /// Labels as `key=value`, separated by commas.
    func labels(_ name: String) -> [String: String] {
        parts(of: name).reduce(into: [:]) { labels, part in
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let problem =
                sides.count == 2
                ? LabelSyntax.problem(withKey: sides[0]) ?? LabelSyntax.problem(withValue: sides[1])
                : "expected key=value, separated by commas"
            if let problem { return issues.report(name, "\"\(part)\": \(problem)") }
            labels[sides[0]] = sides[1]
        }
    }

    private func parts(of name: String) -> [String] {
        text(name)?.split(separator: ",").compactMap { Self.nonEmpty(String($0)) } ?? []
    }

    /// A port, also in the form `:PORT` of a listen address.
    func port(_ name: String, default fallback: Int) -> Int {
        guard let value = text(name) else { return fallback }
        let digits = value.hasPrefix(":") ? value.dropFirst() : value[...]
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits), (0...65_535).contains(port)
        else {
            issues.report(name, "\"\(value)\" is not a port; accepted: a number from 1 to 65535, or 0 for a free one")
            return fallback
        }
        return port
    }

    func pem(_ name: String) -> String? {
        guard let value = text(name) else { return nil }
        guard value.contains("-----BEGIN CERTIFICATE-----") else {
            issues.report(name, "holds no certificate; expected PEM text with BEGIN CERTIFICATE")
            return nil
        }
        return value
    }

    func certificatePaths() -> ServiceEnvironment.CertificatePaths? {
        let names = (certificate: "EXTERNAL_CERT_PEM", key: "EXTERNAL_KEY_PEM")
        switch (text(names.certificate), text(names.key)) {
        case (let certificate?, let key?):
            return ServiceEnvironment.CertificatePaths(certificate: certificate, key: key)
        case (nil, nil):
            return nil
        case (.some, nil):
            issues.report(names.key, "is not set though \(names.certificate) is; set both paths, or neither")
            return nil
        case (nil, .some):
            issues.report(names.certificate, "is not set though \(names.key) is; set both paths, or neither")
            return nil
        }
    }
}
