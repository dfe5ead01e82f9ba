import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import SwiftProtobuf
import TestSupport
import Testing

@Suite("RotateToken", .timeLimit(.minutes(3)))
struct RotateTokenTests {
    @Test("RotateToken gives a token that works, replaces the stored one, and says when it ends")
    func rotateToken() async throws {
        try await withController { controller in
            var alice = try await controller.addClient()
            // The lab knows a client once its own calls have been through it.
            try await controller.fixture.waitForCredential(of: alice)
            controller.time.advance(by: 86_400)
            let request = Jumpstarter_Client_V1_RotateTokenRequest.with { $0.parent = "namespaces/lab" }
            let response = try await controller.clients.rotateToken(request, metadata: alice.metadata)
            #expect(response.token != alice.token)
            let expected = Int64(controller.time.now().timeIntervalSince1970) + 365 * 86_400
            #expect(response.expiry.seconds == expected)
            alice.token = response.token
            #expect(try await controller.leaseNames(as: alice) == [])
            #expect(try await controller.fixture.storedToken(of: alice) == response.token)
        }
    }
}
