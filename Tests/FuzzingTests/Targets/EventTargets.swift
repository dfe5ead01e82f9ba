import RouterModels

/// State machines, with each byte an event; their models say what is wrong.
enum EventTargets {
    static func tunnel(_ input: FuzzInput) throws {
        try run(TunnelRig(), input)
    }

    static func conduit(_ input: FuzzInput) throws {
        try run(ConduitRig(), input)
    }

    static func pairing(_ input: FuzzInput) throws {
        try run(PairingRig(), input)
    }

    private static func run(_ subject: some EventDriven, _ input: FuzzInput) throws {
        var subject = subject
        for byte in input.bytes {
            let events = subject.possibleEvents
            guard !events.isEmpty else { return }
            if let problem = subject.happen(events[Int(byte) % events.count]) { throw FuzzFinding(problem) }
        }
    }
}
