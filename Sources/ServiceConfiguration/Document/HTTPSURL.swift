import Foundation

/// The rules for the addresses of an issuer.
enum HTTPSURL {
    /// The address, if it is https, has a host, and neither user information nor a fragment nor (issuers) a query.
    static func check(_ value: ConfigurationValue, isIssuer: Bool) -> String? {
        let text = value.string()
        guard let url = URLComponents(string: text), url.scheme == "https", let host = url.host, !host.isEmpty else {
            value.report("\"\(text)\" is not an https address; accepted: https://HOST[:PORT][/PATH]")
            return nil
        }
        guard url.user == nil, url.password == nil, url.fragment == nil, url.query == nil || !isIssuer else {
            value.report("\"\(text)\" has a part that is not permitted; accepted: https://HOST[:PORT][/PATH]")
            return nil
        }
        return text
    }
}
