internal import NIOHPACK
internal import NIOHTTP2
internal import RouterCore

extension ConnectionFault {
    /// What an error of the HTTP/2 library says about the peer; nil when the peer has merely left.
    init?(_ error: any Error) {
        switch error {
        case is NIOHTTP2Errors.ExcessiveControlFrames: self = .controlFrames
        case is NIOHTTP2Errors.ExcessiveRSTFrames: self = .resets
        case is NIOHTTP2Errors.ExcessiveEmptyDataFrames: self = .emptyData
        case is NIOHTTP2Errors.ExcessiveContinuationFrames: self = .continuations
        case is NIOHTTP2Errors.ExcessivelyLargeHeaderBlock, is NIOHPACKErrors.MaxHeaderListSizeViolation:
            self = .headerBlock
        case is NIOHTTP2Errors.ExcessiveStreamErrors, is NIOHTTP2Errors.ExcessiveNumberOfGlitches:
            self = .streamErrors
        case is NIOHTTP2Errors.ExcessiveOutboundFrameBuffering: self = .outboundBacklog
        case is NIOHTTP2Errors.MaxStreamsViolation: self = .concurrentStreams
        case is NIOHTTP2Errors.FlowControlViolation, is NIOHTTP2Errors.InvalidFlowControlWindowSize,
            is NIOHTTP2Errors.InvalidWindowIncrementSize:
            self = .flowControl
        case is NIOHTTP2Errors.IOOnClosedConnection, is NIOHTTP2Errors.StreamClosed: return nil
        case let error as NIOHTTP2Errors.StreamError:
            guard let inner = Self(error.baseError) else { return nil }
            self = inner
        case is any NIOHTTP2Error, is any NIOHPACKError: self = .protocolError
        default: return nil
        }
    }

    /// What GOAWAY says when it is not the HTTP/2 library that has found it.
    var code: HTTP2ErrorCode {
        switch self {
        case .flowControl: .flowControlError
        case .protocolError: .protocolError
        default: .enhanceYourCalm
        }
    }
}
