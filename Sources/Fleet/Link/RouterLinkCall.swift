import Foundation
import GRPCCore

/// The call by which routers report.
enum RouterLinkCall {
    static let service = ServiceDescriptor(fullyQualifiedService: "jumpstarter.internal.v1.RouterLinkService")
    static let link = MethodDescriptor(service: service, method: "Link")
    /// The metadata key of the token.
    static let credentialKey = "authorization"
}
