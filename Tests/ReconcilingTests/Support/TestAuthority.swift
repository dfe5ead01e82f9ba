import Foundation
import Reconciling
import Synchronization
import TestSupport

/// Tokens that anyone can read: `NUMBER|SUBJECT|EXPIRY`.
final class TestAuthority: CredentialAuthority {
    private let time: ManualTime
    private let validity: TimeInterval
    private let issued = Mutex(0)

    init(time: ManualTime, validity: TimeInterval = 365 * 86_400) {
        self.time = time
        self.validity = validity
    }

    var issuedCount: Int { issued.withLock { $0 } }

    private func text(_ subject: CredentialSubject) -> String {
        "\(subject.kind.rawValue):\(subject.namespace):\(subject.name):\(subject.uid)"
    }

    func issue(to subject: CredentialSubject) -> (token: String, expiresAt: Date) {
        let number = issued.withLock { count in
            count += 1
            return count
        }
        let expiry = time.now().addingTimeInterval(validity)
        return ("\(number)|\(text(subject))|\(expiry.timeIntervalSince1970)", expiry)
    }

    func expiry(of token: String, for subject: CredentialSubject) -> Date? {
        let parts = token.split(separator: "|")
        guard parts.count == 3, parts[1] == text(subject), let seconds = Double(parts[2]) else { return nil }
        let date = Date(timeIntervalSince1970: seconds)
        return date > time.now() ? date : nil
    }
}
