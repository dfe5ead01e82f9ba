package import Resources

/// What the controller may do with the Kubernetes API in its own namespace; nothing outside it. The one table from
/// which its Role is made.
package struct ControllerAccess: Sendable, Hashable {
    package var group: String
    package var resources: [String]
    package var verbs: [String]

    package static let all: [ControllerAccess] = [
        ControllerAccess("jumpstarter.dev", ["clients", "leases"], ["create"]),
        ControllerAccess(
            "jumpstarter.dev",
            ["clients", "exporters", "leases"],
            ["get", "list", "watch"]
        ),
        ControllerAccess("jumpstarter.dev", ["exporteraccesspolicies"], ["list", "watch"]),
        ControllerAccess("jumpstarter.dev", ["exporters"], ["update"]),
        ControllerAccess("jumpstarter.dev", ["leases"], ["patch", "update"]),
        ControllerAccess("jumpstarter.dev", ["clients/status", "exporters/status", "leases/status"], ["update"]),
        ControllerAccess("", ["secrets"], ["create", "get", "list", "update", "watch"]),
        ControllerAccess("", ["configmaps"], ["create", "get", "list", "update", "watch"]),
        ControllerAccess("", ["events"], ["create", "patch"]),
        ControllerAccess(
            "coordination.k8s.io",
            ["leases"],
            ["create", "delete", "get", "list", "update", "watch"]
        ),
    ]

    init(_ group: String, _ resources: [String], _ verbs: [String]) {
        self.group = group
        self.resources = resources
        self.verbs = verbs
    }

    /// Whether the table grants a request. `resource` carries a subresource after a slash, such as `leases/status`.
    package static func allows(_ verb: String, group: String, resource: String) -> Bool {
        all.contains { $0.group == group && $0.resources.contains(resource) && $0.verbs.contains(verb) }
    }

    /// The rule of a Role.
    var rule: JSONValue {
        [
            "apiGroups": [.string(group)], "resources": .array(resources.map(JSONValue.string)),
            "verbs": .array(verbs.map(JSONValue.string)),
        ]
    }
}
