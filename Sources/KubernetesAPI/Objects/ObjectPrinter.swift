import Foundation
import Resources

/// Prints objects for the wire.
enum ObjectPrinter {
    /// A whole object.
    static func write(_ object: UnstructuredObject, to writer: inout JSONWriter) {
        writer.raw("{\"apiVersion\":")
        writer.string(object.type.apiVersion)
        writer.raw(",\"kind\":")
        writer.string(object.type.kind)
        writer.raw(",\"metadata\":")
        write(object.metadata, to: &writer)
        var isFirst = false
        for (name, value) in object.content.sorted(by: { $0.key < $1.key }) {
            writer.name(name, isFirst: &isFirst)
            writer.value(value)
        }
        writer.raw("}")
    }

    /// The object reduced to its metadata (`PartialObjectMetadata`).
    static func writeMetadata(of object: UnstructuredObject, to writer: inout JSONWriter) {
        writer.raw("{\"apiVersion\":\"meta.k8s.io/v1\",\"kind\":\"PartialObjectMetadata\",\"metadata\":")
        write(object.metadata, to: &writer)
        writer.raw("}")
    }

    static func data(_ object: UnstructuredObject) -> Data {
        var writer = JSONWriter()
        write(object, to: &writer)
        return writer.data
    }

    /// Metadata, written member by member. `managedFields` is always there and empty: no field ownership is kept, but
    /// clients read the member without asking whether it is there.
    static func write(_ metadata: ObjectMeta, to writer: inout JSONWriter) {
        var isFirst = true
        writer.raw("{")
        if !metadata.annotations.isEmpty { texts("annotations", metadata.annotations) }
        text("creationTimestamp", metadata.creationTimestamp?.description)
        text("deletionTimestamp", metadata.deletionTimestamp?.description)
        if !metadata.finalizers.isEmpty {
            writer.name("finalizers", isFirst: &isFirst)
            writer.array(metadata.finalizers) { $0.string($1) }
        }
        text("generateName", metadata.generateName)
        if let generation = metadata.generation {
            writer.name("generation", isFirst: &isFirst)
            writer.integer(generation)
        }
        if !metadata.labels.isEmpty { texts("labels", metadata.labels) }
        writer.name("managedFields", isFirst: &isFirst)
        writer.raw("[]")
        text("name", metadata.name.isEmpty ? nil : metadata.name)
        text("namespace", metadata.namespace)
        if !metadata.ownerReferences.isEmpty {
            writer.name("ownerReferences", isFirst: &isFirst)
            writer.array(metadata.ownerReferences) { write($1, to: &$0) }
        }
        text("resourceVersion", metadata.resourceVersion)
        text("uid", metadata.uid)
        writer.raw("}")

        func text(_ name: String, _ value: String?) {
            guard let value else { return }
            writer.name(name, isFirst: &isFirst)
            writer.string(value)
        }

        func texts(_ name: String, _ values: [String: String]) {
            writer.name(name, isFirst: &isFirst)
            writer.object(values) { $0.string($1) }
        }
    }

    private static func write(_ owner: OwnerReference, to writer: inout JSONWriter) {
        writer.raw("{\"apiVersion\":")
        writer.string(owner.apiVersion)
        if let flag = owner.blockOwnerDeletion {
            writer.raw(",\"blockOwnerDeletion\":")
            writer.boolean(flag)
        }
        if let flag = owner.controller {
            writer.raw(",\"controller\":")
            writer.boolean(flag)
        }
        writer.raw(",\"kind\":")
        writer.string(owner.kind)
        writer.raw(",\"name\":")
        writer.string(owner.name)
        writer.raw(",\"uid\":")
        writer.string(owner.uid)
        writer.raw("}")
    }
}
