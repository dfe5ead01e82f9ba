import Resources

extension Schema {
    /// `apiVersion`, `kind` and `metadata`, which every object has, and then its own members.
    static func whole(_ description: String, _ properties: Property...) -> Schema {
        let shared: [Property] = [
            .optional(
                "apiVersion",
                .text("The version of the schema that the object is written in, such as jumpstarter.dev/v1alpha1.")
            ),
            .optional("kind", .text("The kind of the object, in CamelCase.")),
            .optional("metadata", objectMeta),
        ]
        return Schema(description, .object(shared + properties))
    }

    static let objectMeta = Schema(
        "What every object carries about itself: name, namespace, labels, annotations, versions.",
        .objectMeta(metadataProperties)
    )

    private static let metadataProperties: [Property] = [
        .optional("name", .text("The name, unique for its kind and namespace. It cannot be changed.")),
        .optional("generateName", .text("A prefix from which the server makes a unique name when none is given.")),
        .optional("namespace", .text("The namespace that the object lives in. It cannot be changed.")),
        .optional("labels", .texts("Words for selectors to choose objects by.")),
        .optional("annotations", .texts("Notes of tools. They cannot be selected by.")),
        .optional("uid", .text("The identity of this very object; set by the server.")),
        .optional("resourceVersion", .text("The version of this object in the store; set by the server.")),
        .optional("generation", .number("How often the specification changed; set by the server.", .int64)),
        .optional("creationTimestamp", .time("When the server accepted the object.")),
        .optional("deletionTimestamp", .time("When deletion was asked for, while finalizers hold the object.")),
        .optional("deletionGracePeriodSeconds", .number("Not used.", .int64)),
        .optional("selfLink", .text("Not used.")),
        .optional("finalizers", .list("Who must agree before the object goes away.", of: .text(""), .set)),
        .optional("ownerReferences", .list("The objects that own this one.", of: ownerReference, .map(key: "uid"))),
        .optional("managedFields", .list("Which tool set which fields. Always empty here.", of: managedFieldsEntry)),
    ]

    private static let ownerReference = object(
        "An object whose deletion deletes this one.",
        .required("apiVersion", .text("The API version of the owner.")),
        .required("kind", .text("The kind of the owner.")),
        .required("name", .text("The name of the owner.")),
        .required("uid", .text("The uid of the owner.")),
        .optional("controller", .flag("True for the one owner that manages the object.")),
        .optional("blockOwnerDeletion", .flag("True when a foreground deletion of the owner waits for this object."))
    )

    private static let managedFieldsEntry = object(
        "The fields that one tool set.",
        .optional("manager", .text("The name of the tool.")),
        .optional("operation", .text("Apply or Update.")),
        .optional("apiVersion", .text("The version that the fields are written in.")),
        .optional("time", .time("When the tool last did so.")),
        .optional("fieldsType", .text("FieldsV1.")),
        .optional("fieldsV1", object("The fields.")),
        .optional("subresource", .text("The subresource that was written."))
    )

    static func reference(_ description: String, to what: String) -> Schema {
        object(description, .required("name", .text("The name of the \(what), in the same namespace.")))
    }

    static func selector(_ description: String) -> Schema {
        object(
            description,
            .optional("matchLabels", .texts("Labels that must be there with exactly these values.")),
            .optional(
                "matchExpressions",
                .list("Requirements that must all hold.", of: labelRequirement)
            )
        )
    }

    private static let labelRequirement = object(
        "A requirement on one label.",
        .required("key", .text("The key of the label.")),
        .required(
            "operator",
            .word("How the label relates to the values.", of: LabelSelector.Operator.allCases.map(\.rawValue))
        ),
        .optional("values", .list("The values; none for Exists and DoesNotExist.", of: .text("")))
    )

    static let conditions = list("The latest observations of the object's state.", of: condition, .map(key: "type"))

    private static let condition = object(
        "One aspect of the state of an object.",
        .required("type", .text("The name of the aspect, in CamelCase.")),
        .required("status", .word("Whether it holds.", of: ["True", "False", "Unknown"])),
        .optional("observedGeneration", .number("The generation that this was decided on.", .int64)),
        .required("lastTransitionTime", .time("When status last changed.")),
        .required("reason", .text("A word in CamelCase, for programs.")),
        .required("message", .text("A sentence, for people."))
    )
}
