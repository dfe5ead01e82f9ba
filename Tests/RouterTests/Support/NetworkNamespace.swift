import Foundation
import Glibc
import Synchronization

/// Linux's setns(2), which the module of the C library does not show.
@_silgen_name("setns")
private func setns(_ descriptor: CInt, _ kind: CInt) -> CInt

/// A network of its own with one cable to ours, which a test can cut without anybody noticing.
///
/// Needs root, `ip`, and for the cut either `iptables` or a route into nothing.
struct NetworkNamespace: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private static let newNetwork: CInt = 0x4000_0000

    private static let made = Atomic(0)

    /// The addresses of both ends of the cable.
    let ours: String
    let theirs: String
    private let name: String

    /// Whether this machine lets us make one.
    static let isPermitted: Bool = {
        let name = "jmp-probe-\(getpid())"
        guard (try? run("ip", "netns", "add", name)) != nil else { return false }
        return (try? run("ip", "netns", "del", name)) != nil
    }()

    /// Runs `body` in one that is taken away afterwards.
    static func with(_ body: (Self) async throws -> Void) async throws {
        let number = made.wrappingAdd(1, ordering: .relaxed).newValue
        let subnet = (Int(getpid()) * 8 + number) % 16_000
        let prefix = "10.213.\(subnet / 64)"
        let namespace = Self(
            ours: "\(prefix).\(subnet % 64 * 4 + 1)",
            theirs: "\(prefix).\(subnet % 64 * 4 + 2)",
            name: "jmp\(getpid())-\(number)"
        )
        do {
            try namespace.add()
            try await body(namespace)
        } catch {
            namespace.remove()
            throw error
        }
        namespace.remove()
    }

    /// A connection from inside to our end of the cable.
    ///
    /// - Returns: the descriptor of the socket.
    func connect(port: Int) throws -> CInt {
        let own = open("/proc/thread-self/ns/net", O_RDONLY)
        let inside = open("/run/netns/\(name)", O_RDONLY)
        defer {
            close(own)
            close(inside)
        }
        // Of this thread alone, and nothing is awaited before it comes back.
        guard setns(inside, Self.newNetwork) == 0 else { throw Self.failure("setns") }
        let socket = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr(ours)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let failure = Self.failure("connect")
        guard setns(own, Self.newNetwork) == 0 else { throw Self.failure("setns back") }
        guard result == 0 else {
            close(socket)
            throw failure
        }
        return socket
    }

    /// From now on no packet leaves or enters, and no end is told.
    func dropEverything() throws {
        let hasTables = (try? Self.run("ip", "netns", "exec", name, "iptables", "-A", "INPUT", "-j", "DROP")) != nil
        if hasTables {
            try Self.run("ip", "netns", "exec", name, "iptables", "-A", "OUTPUT", "-j", "DROP")
        } else {
            try Self.run("ip", "-n", name, "route", "add", "blackhole", "\(ours)/32")
        }
    }

    /// The end of the cable with us.
    private var outside: String { name + "o" }

    private func add() throws {
        let inside = name + "i"
        try Self.run("ip", "netns", "add", name)
        try Self.run("ip", "link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name)
        try Self.run("ip", "address", "add", "\(ours)/30", "dev", outside)
        try Self.run("ip", "link", "set", outside, "up")
        try Self.run("ip", "-n", name, "address", "add", "\(theirs)/30", "dev", inside)
        try Self.run("ip", "-n", name, "link", "set", inside, "up")
    }

    /// The cable goes by itself only with the last socket inside.
    private func remove() {
        try? Self.run("ip", "link", "del", outside)
        try? Self.run("ip", "netns", "del", name)
    }

    private static func run(_ command: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 {
            throw Failure(description: "\(command.joined(separator: " ")): \(process.terminationStatus)")
        }
    }

    private static func failure(_ what: String) -> Failure {
        Failure(description: "\(what): \(String(cString: strerror(errno)))")
    }
}
