import Foundation
import SwiftProtobuf
import Testing

/// The descriptors in one published version of the Python package that real clients and exporters are built on.
struct PublishedDescriptors: CustomTestStringConvertible, Sendable {
    /// The package's version.
    let version: String
    /// An encoded FileDescriptorSet.
    let base64: String

    /// Every version that real clients run, oldest first.
    static let all = [v0_7_4, v0_8_1, v0_9_0]

    var testDescription: String { "jumpstarter-protocol \(version)" }

    func load() throws -> Google_Protobuf_FileDescriptorSet {
        let encoded = try #require(Data(base64Encoded: base64))
        return try Google_Protobuf_FileDescriptorSet(serializedBytes: encoded)
    }
}
