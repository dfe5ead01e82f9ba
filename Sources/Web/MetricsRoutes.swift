package import Hummingbird
package import Observability

/// `/metrics` in the format that the scraper accepts.
package enum MetricsRoutes {
    package static func router(registry: PrometheusRegistry) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("metrics") { request, _ -> Response in
            let format = ExpositionFormat.negotiate(accept: request.headers[.accept])
            return Response(
                status: .ok,
                headers: [.contentType: format.contentType],
                body: .init(byteBuffer: ByteBuffer(string: registry.render(format)))
            )
        }
        return router
    }
}
