import Foundation
import KubernetesAPI
import ServiceLifecycle
import Testing

@Suite("The server over HTTPS")
struct KubernetesAPIServerTests {
    private func head(_ line: String, token: String = API.token, more: String = "") -> String {
        "\(line) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n\(more)\r\n"
    }

    @Test("A shutdown ends a watch in good order")
    func shutdown() async throws {
        try await withAPI { api in
            try await LiveServer.with(api) { server in
                let request = head("GET /api/v1/namespaces?watch=true")
                var isShuttingDown = false
                let text = try await server.exchange(request) { text in
                    if text.contains("ADDED") && !isShuttingDown {
                        isShuttingDown = true
                        await server.group.triggerGracefulShutdown()
                    }
                    return false
                }
                #expect(text.hasPrefix("HTTP/1.1 200"))
                #expect(text.hasSuffix("0\r\n\r\n"))
            }
        }
    }

    @Test("A watch ends when its time is up, and the connection serves on")
    func timeout() async throws {
        try await withAPI { api in
            try await LiveServer.with(api) { server in
                let requests = head("GET /api/v1/namespaces?watch=true&timeoutSeconds=1") + head("GET /version")
                let text = try await server.exchange(requests) { $0.contains("gitVersion") }
                #expect(text.contains("0\r\n\r\nHTTP/1.1 200"))
            }
        }
    }

    @Test("A body that is too large is answered 413")
    func tooLarge() async throws {
        try await withAPI { api in
            try await LiveServer.with(api, maximumBodySize: 100) { server in
                let more = "Content-Length: 200\r\nContent-Type: application/json\r\n"
                let request = head("POST \(Sample.secrets)", more: more) + String(repeating: " ", count: 200)
                let text = try await server.exchange(request) { $0.contains("RequestEntityTooLarge") }
                #expect(text.hasPrefix("HTTP/1.1 413"))
            }
        }
    }

    @Test("Who does not know the token is refused before the body is read")
    func unauthorized() async throws {
        try await withAPI { api in
            try await LiveServer.with(api) { server in
                let request = head("POST \(Sample.secrets)", token: "guess", more: "Content-Length: 1000000\r\n")
                let text = try await server.exchange(request) { $0.contains("Unauthorized") }
                #expect(text.hasPrefix("HTTP/1.1 401"))
            }
        }
    }

    @Test("A malformed escape in the path is answered 400")
    func malformed() async throws {
        try await withAPI { api in
            try await LiveServer.with(api) { server in
                let text = try await server.exchange(head("GET /api/v1/%zz")) { $0.contains("malformed") }
                #expect(text.hasPrefix("HTTP/1.1 400"))
            }
        }
    }
}
