/// Why the service does not start: what is wrong and what to do, for the person at the terminal.
struct StartupError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
