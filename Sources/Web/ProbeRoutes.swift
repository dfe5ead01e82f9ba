import Hummingbird

/// `/healthz` and `/readyz`, as Kubernetes' probes ask for them (spec/configuration.md).
package enum ProbeRoutes {
    /// - Parameter isReady: Whether the service takes calls now.
    package static func router(isReady: @escaping @Sendable () async -> Bool) -> HTTPRoutes {
        let router = HTTPRoutes(context: PageContext.self)
        add(to: router, isReady: isReady)
        return router
    }

    /// - Parameter whyNot: What `/readyz` says while the service takes no calls.
    package static func add(
        to router: HTTPRoutes,
        whyNot: String = "not ready",
        isReady: @escaping @Sendable () async -> Bool
    ) {
        router.get("healthz") { _, _ in "ok\n" }
        router.get("readyz") { _, _ -> Response in
            let ready = await isReady()
            return Response(
                status: ready ? .ok : .serviceUnavailable,
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: ready ? "ok\n" : "\(whyNot)\n"))
            )
        }
    }
}
