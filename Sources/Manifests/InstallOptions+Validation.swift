extension InstallOptions {
    /// An option that cannot be used as it is.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// The key, such as `routers.count`.
        package var option: String
        /// What is wrong, and what would be accepted.
        package var reason: String

        package var description: String { "\(option): \(reason)" }
    }

    /// Everything that is wrong with the options.
    package var problems: [Problem] {
        var found: [Problem] = []
        func check(_ isGood: Bool, _ option: String, _ reason: String) {
            if !isGood { found.append(Problem(option: option, reason: reason)) }
        }
        check(!image.repository.isEmpty, "image.repository", "it must name the image")
        check(!image.tag.isEmpty, "image.tag", "it must name the version of the image")
        check((1...5).contains(controller.replicas), "controller.replicas", "it must be from 1 to 5")
        check((1...100).contains(routers.count), "routers.count", "it must be from 1 to 100")
        check((0...3600).contains(routers.drainSeconds), "routers.drainSeconds", "it must be from 0 to 3600")
        check(endpoint.isEmpty || Endpoint(endpoint) != nil, "endpoint", "\"\(endpoint)\" is not host:port")
        let first = routers.endpoint.replacing("{n}", with: "0")
        check(first.isEmpty || Endpoint(first) != nil, "routers.endpoint", "\"\(routers.endpoint)\" is not host:port")
        check(
            routers.endpoint.isEmpty || routers.count == 1 || routers.endpoint.contains("{n}")
                || exposure.type == .nodePort,
            "routers.endpoint",
            "with several routers it must contain {n}, which stands for the number of the router"
        )
        check(!keys.secretName.isEmpty, "keys.secretName", "it must name a Secret")
        return found + exposureProblems + certificateProblems
    }

    private var exposureProblems: [Problem] {
        var found: [Problem] = []
        if exposure.type != .clusterIP {
            let reason = "with exposure.type \(exposure.type.rawValue) it must be the public host:port"
            if endpoint.isEmpty { found.append(Problem(option: "endpoint", reason: reason)) }
            if routers.endpoint.isEmpty { found.append(Problem(option: "routers.endpoint", reason: reason)) }
        }
        let ports = [
            ("exposure.nodePort.controller", exposure.nodePort.controller),
            ("exposure.nodePort.firstRouter", exposure.nodePort.firstRouter),
        ]
        for (option, port) in ports where exposure.type == .nodePort && !(1024...65435).contains(port) {
            found.append(Problem(option: option, reason: "it must be a port of the cluster's range for node ports"))
        }
        let routerPorts = exposure.nodePort.firstRouter..<(exposure.nodePort.firstRouter + max(routers.count, 0))
        if exposure.type == .nodePort, routerPorts.contains(exposure.nodePort.controller) {
            found.append(Problem(option: "exposure.nodePort.controller", reason: "a router has that port too"))
        }
        if exposure.type == .gateway, exposure.gateway.name.isEmpty {
            found.append(Problem(option: "exposure.gateway.name", reason: "it must name the Gateway"))
        }
        return found
    }

    private var certificateProblems: [Problem] {
        let needsName = certificates.source == .secret && certificates.secretName.isEmpty
        return needsName
            ? [Problem(option: "certificates.secretName", reason: "it must name a TLS Secret of the namespace")] : []
    }
}

/// A `host:port`.
struct Endpoint: Sendable, Hashable {
    var host: String
    var port: Int

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65535).contains(port), colon > text.startIndex
        else { return nil }
        host = String(text[..<colon])
        self.port = port
        if host.contains(where: { $0.isWhitespace || $0 == "/" }) { return nil }
    }
}
