import SwiftProtobuf

/// One fact that is not the same in what is published and in what we serve.
struct DescriptorDifference: CustomStringConvertible, Equatable {
    let path: String
    let published: String?
    let ours: String?

    var description: String {
        "\(path): published \(published ?? "nothing"), ours \(ours ?? "nothing")"
    }

    /// Compares two sets of proto files fact by fact, in the order of the paths.
    static func between(
        published: Google_Protobuf_FileDescriptorSet,
        ours: Google_Protobuf_FileDescriptorSet
    ) -> [DescriptorDifference] {
        let published = DescriptorFacts(published).values
        let ours = DescriptorFacts(ours).values
        return Set(published.keys).union(ours.keys).sorted()
            .map { DescriptorDifference(path: $0, published: published[$0], ours: ours[$0]) }
            .filter { $0.published != $0.ours }
    }
}
