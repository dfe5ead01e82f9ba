import Resources

/// The messages that `kubectl create` and `kubectl auth` send as protobuf: numbers, names and types of their fields.
///
/// Source: the `generated.proto` files of k8s.io/api and k8s.io/apimachinery (field numbers never change).
struct ProtobufMessage: Sendable {
    indirect enum FieldType: Sendable {
        case text
        case bytes
        case integer
        case boolean
        case message(ProtobufMessage)
        /// `metav1.Time`, `metav1.MicroTime`: seconds in field 1.
        case time
        case texts
        case messages(ProtobufMessage)
        /// A map from text to one of these.
        case map(FieldType)
    }

    struct Field: Sendable {
        var name: String
        var type: FieldType
    }

    var fields: [Int: Field]

    init(_ fields: [Int: (String, FieldType)]) {
        self.fields = fields.mapValues { Field(name: $0.0, type: $0.1) }
    }
}

extension ProtobufMessage {
    /// The message of a kind; nil for kinds that are only ever sent as JSON.
    static func of(apiVersion: String, kind: String) -> ProtobufMessage? {
        switch (apiVersion, kind) {
        case ("v1", "Secret"): secret
        case ("v1", "ConfigMap"): configMap
        case ("v1", "Namespace"): namespace
        case ("v1", "Event"): event
        case (_, "DeleteOptions"): deleteOptions
        case ("authorization.k8s.io/v1", "SelfSubjectAccessReview"): accessReview
        case ("authorization.k8s.io/v1", "SelfSubjectRulesReview"): rulesReview
        case ("authentication.k8s.io/v1", "SelfSubjectReview"): subjectReview
        default: nil
        }
    }

    /// `runtime.Unknown`, the envelope of every object.
    static let envelope = ProtobufMessage([
        1: ("typeMeta", .message(typeMeta)), 2: ("raw", .bytes), 3: ("contentEncoding", .text),
        4: ("contentType", .text),
    ])

    private static let typeMeta = ProtobufMessage([1: ("apiVersion", .text), 2: ("kind", .text)])

    private static let metadata = ProtobufMessage([
        1: ("name", .text), 2: ("generateName", .text), 3: ("namespace", .text), 5: ("uid", .text),
        6: ("resourceVersion", .text), 7: ("generation", .integer), 8: ("creationTimestamp", .time),
        9: ("deletionTimestamp", .time), 10: ("deletionGracePeriodSeconds", .integer), 11: ("labels", .map(.text)),
        12: ("annotations", .map(.text)), 13: ("ownerReferences", .messages(ownerReference)),
        14: ("finalizers", .texts),
    ])

    private static let ownerReference = ProtobufMessage([
        1: ("kind", .text), 3: ("name", .text), 4: ("uid", .text), 5: ("apiVersion", .text),
        6: ("controller", .boolean),
        7: ("blockOwnerDeletion", .boolean),
    ])

    private static let secret = ProtobufMessage([
        1: ("metadata", .message(metadata)), 2: ("data", .map(.bytes)), 3: ("type", .text),
        4: ("stringData", .map(.text)), 5: ("immutable", .boolean),
    ])

    private static let configMap = ProtobufMessage([
        1: ("metadata", .message(metadata)), 2: ("data", .map(.text)), 3: ("binaryData", .map(.bytes)),
        4: ("immutable", .boolean),
    ])

    private static let namespace = ProtobufMessage([
        1: ("metadata", .message(metadata)), 2: ("spec", .message(ProtobufMessage([1: ("finalizers", .texts)]))),
        3: ("status", .message(ProtobufMessage([1: ("phase", .text)]))),
    ])

    private static let event = ProtobufMessage([
        1: ("metadata", .message(metadata)), 2: ("involvedObject", .message(objectReference)), 3: ("reason", .text),
        4: ("message", .text), 5: ("source", .message(ProtobufMessage([1: ("component", .text), 2: ("host", .text)]))),
        6: ("firstTimestamp", .time), 7: ("lastTimestamp", .time), 8: ("count", .integer), 9: ("type", .text),
        10: ("eventTime", .time), 12: ("action", .text), 13: ("related", .message(objectReference)),
        14: ("reportingComponent", .text), 15: ("reportingInstance", .text),
    ])

    private static let objectReference = ProtobufMessage([
        1: ("kind", .text), 2: ("namespace", .text), 3: ("name", .text), 4: ("uid", .text), 5: ("apiVersion", .text),
        6: ("resourceVersion", .text), 7: ("fieldPath", .text),
    ])

    private static let deleteOptions = ProtobufMessage([
        1: ("gracePeriodSeconds", .integer),
        2: ("preconditions", .message(ProtobufMessage([1: ("uid", .text), 2: ("resourceVersion", .text)]))),
        3: ("orphanDependents", .boolean), 4: ("propagationPolicy", .text), 5: ("dryRun", .texts),
    ])

    private static let accessReview = ProtobufMessage([
        1: ("metadata", .message(metadata)),
        2: (
            "spec",
            .message(
                ProtobufMessage([
                    1: ("resourceAttributes", .message(resourceAttributes)),
                    2: ("nonResourceAttributes", .message(ProtobufMessage([1: ("path", .text), 2: ("verb", .text)]))),
                ])
            )
        ),
    ])

    private static let resourceAttributes = ProtobufMessage([
        1: ("namespace", .text), 2: ("verb", .text), 3: ("group", .text), 4: ("version", .text), 5: ("resource", .text),
        6: ("subresource", .text), 7: ("name", .text),
    ])

    private static let rulesReview = ProtobufMessage([
        1: ("metadata", .message(metadata)), 2: ("spec", .message(ProtobufMessage([1: ("namespace", .text)]))),
    ])

    private static let subjectReview = ProtobufMessage([1: ("metadata", .message(metadata))])
}
