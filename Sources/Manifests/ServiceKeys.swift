package import Foundation
package import ObjectStore
package import Resources

/// The two secrets that an installation shares, in a Secret that the controller makes when it is missing.
///
/// The routers need no access for that: their pods name the Secret, and the kubelet starts them once it is there.
package struct ServiceKeys: Sendable, Hashable {
    package var controller: String
    package var router: String

    package init(controller: String, router: String) {
        self.controller = controller
        self.router = router
    }

    /// A Secret that is there but lacks a key.
    package struct Incomplete: Error, Sendable, CustomStringConvertible {
        package var secret: String
        package var key: String

        package var description: String {
            "the Secret \(secret) has no \(key); add it, or delete the Secret to have all keys made anew"
        }
    }

    /// Reads the Secret, and makes it first when it is missing. Safe for several replicas at once: one creates it,
    /// the others read what that one made.
    /// - Parameter makeKey: a new key of at least 32 random characters.
    /// - Throws: `Incomplete`, or what the store throws.
    package static func load(
        from store: any ObjectStore,
        namespace: String,
        secret name: String,
        makeKey: @Sendable () -> String
    ) async throws -> ServiceKeys {
        let key = ObjectKey(namespace: namespace, name: name)
        do {
            return try keys(of: await store.get(.secrets, key))
        } catch let error as StoreError {
            guard error.reason == .notFound else { throw error }
        }
        let data = ["CONTROLLER_KEY": makeKey(), "ROUTER_KEY": makeKey()].mapValues { Data($0.utf8) }
        let secret = Secret(metadata: ObjectMeta(name: name, namespace: namespace), data: data)
        do {
            return try keys(of: await store.create(UnstructuredObject(secret)))
        } catch let error as StoreError {
            guard error.reason == .alreadyExists else { throw error }
            return try keys(of: await store.get(.secrets, key))
        }
    }

    private static func keys(of object: UnstructuredObject) throws -> ServiceKeys {
        let secret = try object.decoded(as: Secret.self)
        func key(_ name: String) throws(Incomplete) -> String {
            guard let data = secret.data[name], let text = String(data: data, encoding: .utf8), !text.isEmpty else {
                throw Incomplete(secret: secret.metadata.name, key: name)
            }
            return text
        }
        return try ServiceKeys(controller: key("CONTROLLER_KEY"), router: key("ROUTER_KEY"))
    }
}
