package import ObjectStore
package import Resources

/// One call of an `ObjectStore`, as a fault-injecting store sees it.
package struct StoreCall: Sendable, Hashable {
    package enum Operation: Sendable, Hashable, CaseIterable {
        case get, list, create, update, patch, delete, watch, write
    }

    package var operation: Operation
    /// The kind; that of the first operation for a batch.
    package var type: ResourceType?
    /// The object; nil for lists, watches and batches.
    package var key: ObjectKey?
    /// For updates and patches.
    package var subresource: Subresource?

    package init(
        _ operation: Operation,
        type: ResourceType? = nil,
        key: ObjectKey? = nil,
        subresource: Subresource? = nil
    ) {
        self.operation = operation
        self.type = type
        self.key = key
        self.subresource = subresource
    }
}

/// What shall go wrong with a call.
package enum StoreFault: Sendable {
    /// The call is not carried out.
    case failBefore(StoreError)
    /// The call is carried out and its answer is lost, as when a connection breaks.
    case failAfter(StoreError)
    /// The call waits, before it is carried out, until the gate opens.
    case holdBefore(Gate)
    /// The call is carried out and its answer waits until the gate opens.
    case holdAfter(Gate)
}
