package import Foundation
import Hummingbird

/// The login service (spec/identity.md): what `jmp login` reads, a page that shows how to use it, and the public keys
/// of internal tokens.
package enum LoginRoutes {
    /// What clients must know to log in.
    package struct Information: Sendable {
        /// The controller, `host:port`.
        package var grpcEndpoint: String
        /// The router, `host:port`.
        package var routerEndpoint: String
        package var namespace: String
        /// The CA that signed the certificates, PEM; empty when a public one did.
        package var caBundlePEM: String
        package var issuers: [Issuer]
        /// The JWKS of internal tokens, JSON.
        package var keySet: Data

        package init(
            grpcEndpoint: String,
            routerEndpoint: String,
            namespace: String,
            caBundlePEM: String,
            issuers: [Issuer],
            keySet: Data
        ) {
            self.grpcEndpoint = grpcEndpoint
            self.routerEndpoint = routerEndpoint
            self.namespace = namespace
            self.caBundlePEM = caBundlePEM
            self.issuers = issuers
            self.keySet = keySet
        }
    }

    /// An OpenID provider.
    package struct Issuer: Sendable, Codable {
        package var issuer: String
        package var clientId: String
        package var audiences: [String]

        package init(issuer: String, clientId: String = "jumpstarter-cli", audiences: [String]) {
            self.issuer = issuer
            self.clientId = clientId
            self.audiences = audiences
        }
    }

    private struct Document: Encodable {
        var grpcEndpoint: String
        var routerEndpoint: String
        var namespace: String
        var caBundle: String
        var oidc: [Issuer]
    }

    /// - Parameter information: Asked for at each request, because ports are known only once everything listens.
    package static func router(information: @escaping @Sendable () async -> Information) -> HTTPRoutes {
        let router = HTTPRoutes(context: PageContext.self)
        router.get("healthz") { _, _ in "ok\n" }
        router.get("v1/auth/config") { _, _ -> Response in
            let known = await information()
            let document = Document(
                grpcEndpoint: known.grpcEndpoint,
                routerEndpoint: known.routerEndpoint,
                namespace: known.namespace,
                caBundle: Data(known.caBundlePEM.utf8).base64EncodedString(),
                oidc: known.issuers
            )
            return try json(JSONEncoder().encode(document))
        }
        router.get(".well-known/jwks.json") { _, _ in json(await information().keySet) }
        router.get("/") { request, _ -> Response in
            let page = LoginPage(information: await information(), host: request.head.authority ?? "HOST")
            return Response(
                status: .ok,
                headers: [.contentType: "text/html; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: page.html))
            )
        }
        return router
    }

    private static func json(_ data: Data) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: data))
        )
    }
}
