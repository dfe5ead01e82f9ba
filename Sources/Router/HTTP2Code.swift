internal import RouterCore

/// An error code of HTTP/2 (RFC 9113, section 7), known or not.
struct HTTP2Code: RawRepresentable, Sendable, Hashable {
    let rawValue: UInt32

    static let noError = Self(rawValue: 0x0)
    static let protocolError = Self(rawValue: 0x1)
    static let flowControlError = Self(rawValue: 0x3)
    static let streamClosed = Self(rawValue: 0x5)
    static let frameSizeError = Self(rawValue: 0x6)
    static let cancel = Self(rawValue: 0x8)
    static let compressionError = Self(rawValue: 0x9)
    static let enhanceYourCalm = Self(rawValue: 0xB)
}

/// What a peer has done that ends its connection.
struct HTTP2Violation: Error, Sendable, Hashable {
    let fault: ConnectionFault
    /// What GOAWAY says.
    let code: HTTP2Code
    /// For the log; empty if the fault says it all.
    let detail: String

    /// A limit of ours.
    init(_ fault: ConnectionFault) {
        self.fault = fault
        detail = ""
        code =
            switch fault {
            case .flowControl: .flowControlError
            case .protocolError: .protocolError
            default: .enhanceYourCalm
            }
    }

    /// Something that HTTP/2 forbids.
    init(_ detail: String, code: HTTP2Code = .protocolError) {
        fault = code == .flowControlError ? .flowControl : .protocolError
        self.code = code
        self.detail = detail
    }
}
