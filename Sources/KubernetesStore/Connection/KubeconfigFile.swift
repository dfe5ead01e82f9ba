import Foundation
import Yams

/// One kubeconfig file, read but not yet resolved.
struct KubeconfigFile {
    /// An entry of `clusters`, `users` or `contexts`, and the folder that its relative paths start from.
    struct Entry {
        var name: String
        var body: Node
        var folder: String

        func text(_ key: String) -> String? {
            guard let text = body.mapping?[key]?.scalar?.string, !text.isEmpty else { return nil }
            return text
        }

        func flag(_ key: String) -> Bool { body.mapping?[key]?.bool ?? false }

        /// The value as a path; relative ones start from the folder of the file.
        func path(_ key: String) -> String? {
            guard let path = text(key) else { return nil }
            return path.hasPrefix("/") ? path : "\(folder)/\(path)"
        }
    }

    var currentContext: String?
    var clusters: [Entry]
    var users: [Entry]
    var contexts: [Entry]

    /// - Throws: `KubernetesConnectionError.malformed`.
    init(yaml: Data, path: String) throws(KubernetesConnectionError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: String(decoding: yaml, as: UTF8.self))
        } catch {
            throw KubernetesConnectionError(.malformed, "the kubeconfig \(path) is not YAML: \(error)")
        }
        let folder = (path as NSString).deletingLastPathComponent
        guard let root, root.scalar?.string.isEmpty != true else {
            (currentContext, clusters, users, contexts) = (nil, [], [], [])
            return
        }
        guard let mapping = root.mapping else {
            throw KubernetesConnectionError(
                .malformed,
                "the kubeconfig \(path) must be a mapping with clusters and users"
            )
        }
        if let kind = mapping["kind"]?.string, kind != "Config" {
            throw KubernetesConnectionError(.malformed, "\(path) is of kind \(kind), expected Config")
        }
        currentContext = mapping["current-context"]?.scalar.map(\.string).flatMap { $0.isEmpty ? nil : $0 }
        clusters = try Self.entries("clusters", "cluster", mapping, path: path, folder: folder)
        users = try Self.entries("users", "user", mapping, path: path, folder: folder)
        contexts = try Self.entries("contexts", "context", mapping, path: path, folder: folder)
    }

    private static func entries(
        _ list: String,
        _ member: String,
        _ root: Node.Mapping,
        path: String,
        folder: String
    ) throws(KubernetesConnectionError) -> [Entry] {
        guard let node = root[list], node.null == nil else { return [] }
        guard let sequence = node.sequence else {
            throw KubernetesConnectionError(.malformed, "\(path): \(list) must be a list")
        }
        var entries: [Entry] = []
        for (index, node) in sequence.enumerated() {
            guard let name = node.mapping?["name"]?.scalar?.string else {
                throw KubernetesConnectionError(.malformed, "\(path): \(list)[\(index)] has no name")
            }
            let body = node.mapping?[member] ?? .mapping(Node.Mapping([]))
            let isMapping = body.mapping != nil || body.null != nil
            guard isMapping else {
                throw KubernetesConnectionError(.malformed, "\(path): \(list)[\(index)].\(member) must be a mapping")
            }
            entries.append(Entry(name: name, body: body, folder: folder))
        }
        return entries
    }
}
