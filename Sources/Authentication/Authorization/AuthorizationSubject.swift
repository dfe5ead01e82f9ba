/// What authorization needs to know of a stored Client or Exporter.
package struct AuthorizationSubject: Hashable, Sendable {
    /// metadata.uid.
    package let uid: String
    /// metadata.annotations; those of a migration matter.
    package let annotations: [String: String]
    /// spec.username: the external user who may act as this object.
    package let userName: String?

    /// Creates the picture of an object.
    package init(uid: String, annotations: [String: String] = [:], userName: String? = nil) {
        self.uid = uid
        self.annotations = annotations
        self.userName = userName
    }
}
