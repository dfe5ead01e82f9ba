internal import NIOSSL
internal import Synchronization

/// The TLS context for new connections; it changes when the certificate is renewed.
final class CurrentTLS: Sendable {
    private let current: Mutex<NIOSSLContext>

    var context: NIOSSLContext {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    init(_ context: NIOSSLContext) {
        current = Mutex(context)
    }
}
