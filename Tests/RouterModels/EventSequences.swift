internal import Foundation

/// Something that events happen to, and that knows what may happen next.
package protocol EventDriven {
    associatedtype Event: Sendable

    /// Everything that may happen now.
    var possibleEvents: [Event] { get }

    /// Lets it happen.
    ///
    /// - Returns: what is wrong by now; nil if nothing is.
    mutating func happen(_ event: Event) -> String?
}

/// All sequences of events, from the shortest to those of a given length.
///
/// `JUMPSTARTER_EXHAUSTIVE_DEPTH` adds to that length; each step more takes about ten times as long.
package struct EventSequences<Subject: EventDriven> {
    /// How many there were.
    package private(set) var count = 0
    /// The first one that went wrong, and how.
    package private(set) var failure: String?

    /// Goes through all of them.
    package init(of subject: Subject, upTo length: Int) {
        let more = ProcessInfo.processInfo.environment["JUMPSTARTER_EXHAUSTIVE_DEPTH"].flatMap { Int($0) } ?? 0
        go(subject, length + more, [])
    }

    private mutating func go(_ subject: Subject, _ length: Int, _ path: [Subject.Event]) {
        if length == 0 { return }
        for event in subject.possibleEvents {
            var next = subject
            count += 1
            if let problem = next.happen(event) {
                failure = "\(problem), after \((path + [event]).map { "\($0)" }.joined(separator: ", "))"
            }
            if failure != nil { return }
            go(next, length - 1, path + [event])
            if failure != nil { return }
        }
    }
}
