import Hummingbird
package import Observability

/// `/metrics` in the format that the scraper accepts.
package enum MetricsRoutes {
    package static func router(registry: PrometheusRegistry) -> HTTPRoutes {
        let router = HTTPRoutes(context: PageContext.self)
        add(to: router, registry: registry)
        return router
    }

    package static func add(to router: HTTPRoutes, registry: PrometheusRegistry) {
        router.get("metrics") { request, _ -> Response in
            let format = ExpositionFormat.negotiate(accept: request.headers[.accept])
            return Response(
                status: .ok,
                headers: [.contentType: format.contentType],
                body: .init(byteBuffer: ByteBuffer(string: registry.render(format)))
            )
        }
    }
}
