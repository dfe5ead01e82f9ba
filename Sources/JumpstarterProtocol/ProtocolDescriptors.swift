package import SwiftProtobuf

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The protocol's own description: every file under `Protos` and everything those import, as protoc compiled them.
/// Server reflection serves it, and a test compares it with what real clients and exporters were built from.
package enum ProtocolDescriptors {
    /// Decodes the embedded descriptor set; about 40 kB. The result is not kept.
    ///
    /// - Throws: ``ProtocolDescriptorsError`` if the embedded text is damaged, which only a wrongly generated source file
    ///   can bring about.
    package static func load() throws(ProtocolDescriptorsError) -> Google_Protobuf_FileDescriptorSet {
        guard let serialized = Data(base64Encoded: base64) else {
            throw .notBase64
        }
        do {
            return try Google_Protobuf_FileDescriptorSet(serializedBytes: serialized)
        } catch {
            throw .notADescriptorSet(reason: "\(error)")
        }
    }
}
