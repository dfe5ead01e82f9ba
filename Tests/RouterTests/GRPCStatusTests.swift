import NIOHPACK
import Testing

@testable import Router

@Suite("A status")
struct GRPCStatusTests {
    @Test(
        "travels percent-encoded",
        arguments: [
            ("plain text, as it is!", "plain text, as it is!"), ("100%", "100%25"), ("a\nb", "a%0Ab"),
            ("ü", "%C3%BC"),
        ]
    )
    func percentEncoding(message: String, expected: String) {
        #expect(GRPCStatus.percentEncoded(message) == expected)
    }

    @Test("of a call without messages is a single header block")
    func trailersOnly() {
        let headers = GRPCStatus(code: .unavailable, message: "gone").trailersOnly
        #expect(headers.first(name: ":status") == "200")
        #expect(headers.first(name: "content-type") == "application/grpc")
        #expect(headers.first(name: "grpc-status") == "14")
        #expect(headers.first(name: "grpc-message") == "gone")
        #expect(GRPCStatus.ok.trailers.first(name: "grpc-message") == nil)
    }
}
