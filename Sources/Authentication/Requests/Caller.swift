/// An authenticated user together with the object it speaks for, before authorization.
package struct Caller: Hashable, Sendable {
    /// Whom the token belongs to.
    package let user: AuthenticatedUser
    /// The object the caller claims to be.
    package let object: ClaimedObject

    /// Checks that this user may claim an object of that name.
    ///
    /// Internal tokens and service accounts name their object freely (authorization decides whether it is theirs);
    /// the object of another external user has the name that ``DerivedName`` gives.
    package init(user: AuthenticatedUser, claiming object: ClaimedObject) throws(RequestMetadataError) {
        if user.origin == .external {
            guard let expected = DerivedName.derive(fromUserName: user.name) else {
                throw .noDerivedName(userName: user.name)
            }
            guard object.name == expected else { throw .unexpectedName(found: object.name, expected: expected) }
        }
        self.user = user
        self.object = object
    }
}
