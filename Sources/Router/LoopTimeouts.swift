internal import NIOCore
internal import Transport

/// The ``Timeouts`` of each event loop of a group.
struct LoopTimeouts: Sendable {
    private let timeouts: [ObjectIdentifier: NIOLoopBoundBox<Timeouts>]

    init(group: any EventLoopGroup) {
        timeouts = Dictionary(
            group.makeIterator().map { loop in
                (ObjectIdentifier(loop), .makeBoxSendingValue(Timeouts(eventLoop: loop), eventLoop: loop))
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Those of an event loop of the group; to be called on it.
    subscript(eventLoop: any EventLoop) -> Timeouts {
        timeouts[ObjectIdentifier(eventLoop)]?.value ?? Timeouts(eventLoop: eventLoop)
    }
}
