package import Hummingbird

/// `/healthz` and `/readyz`, as Kubernetes' probes ask for them (spec/configuration.md).
package enum ProbeRoutes {
    /// - Parameter isReady: Whether the service takes calls now.
    package static func router(isReady: @escaping @Sendable () async -> Bool) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("healthz") { _, _ in "ok\n" }
        router.get("readyz") { _, _ -> Response in
            let ready = await isReady()
            return Response(
                status: ready ? .ok : .serviceUnavailable,
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: ready ? "ok\n" : "not ready\n"))
            )
        }
        return router
    }
}
