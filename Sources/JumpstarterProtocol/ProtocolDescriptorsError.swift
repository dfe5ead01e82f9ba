/// Why the embedded descriptor set cannot be used. Regenerating it with `Scripts/generate-protocol` is the cure.
package enum ProtocolDescriptorsError: Error, Equatable, CustomStringConvertible {
    /// The embedded text is not base64.
    case notBase64
    /// The text decodes, but not to a `google.protobuf.FileDescriptorSet`.
    case notADescriptorSet(reason: String)

    package var description: String {
        switch self {
        case .notBase64:
            "the embedded descriptor set is not base64; run Scripts/generate-protocol"
        case .notADescriptorSet(let reason):
            "the embedded descriptor set does not decode (\(reason)); run Scripts/generate-protocol"
        }
    }
}
