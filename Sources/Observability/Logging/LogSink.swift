import Foundation
import Synchronization

/// Where lines go.
package protocol LogSink: Sendable {
    /// Writes one line; the sink adds the line break and keeps lines whole.
    func write(line: String)
}

/// Writes to a file descriptor, such as standard error: one `write` a line, under a lock, so that lines of different
/// threads never mix.
package final class FileDescriptorLogSink: LogSink {
    private let descriptor: Int32
    private let droppedLines = Mutex(0)

    /// Wraps a descriptor, which stays open and the caller's.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Lines that could not be written, for instance because a pipe's reader has gone. There is nowhere to report
    /// them but here.
    package var dropped: Int { droppedLines.withLock { $0 } }

    package func write(line: String) {
        let bytes = Array((line + "\n").utf8)
        droppedLines.withLock { dropped in
            if !writeAll(bytes) { dropped += 1 }
        }
    }

    private func writeAll(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let written = unsafeWrite(rest)
                if written < 0 {
                    guard errno == EINTR else { return false }
                } else {
                    rest = rest.dropFirst(written)
                }
            }
            return true
        }
    }

    private func unsafeWrite(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        let buffer = UnsafeRawBufferPointer(rebasing: bytes)
        return Foundation.write(descriptor, buffer.baseAddress, buffer.count)
    }
}
