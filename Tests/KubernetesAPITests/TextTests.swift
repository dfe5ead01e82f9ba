import Foundation
import Logging
import Resources
import Testing

@testable import KubernetesAPI

@Suite("Printing")
struct TextTests {
    @Test(
        "Ages have at most two units",
        arguments: [
            (-5, "<invalid>"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"), (600, "10m"),
            (10_799, "179m"), (10_800, "3h"), (11_000, "3h3m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"),
            (180_000, "2d2h"), (700_000, "8d"), (63_072_000, "2y"), (63_158_400, "2y1d"), (260_000_000, "8y"),
        ] as [(Int64, String)]
    )
    func ages(_ seconds: Int64, _ text: String) {
        #expect(HumanDuration.text(seconds: seconds) == text)
    }

    @Test("What is printed is read back the same")
    func roundTrip() throws {
        let value: JSONValue = [
            "text": "quote \" backslash \\ newline \n tab \t control \u{1} ä 🙂 /", "whole": -9_223_372_036_854_775_808,
            "part": .number(1.5), "flag": false, "nothing": nil, "list": [1, [], [:]], "": "",
        ]
        #expect(try JSONValue(json: value.text) == value)
    }

    @Test("An object is printed as the store would print it, with managedFields beside")
    func object() throws {
        var metadata = ObjectMeta(
            name: "n",
            namespace: "ns",
            labels: ["b": "2", "a": "1"],
            annotations: ["x": "\"y\""],
            ownerReferences: [OwnerReference(apiVersion: "v1", kind: "K", name: "o", uid: "u", controller: true)]
        )
        metadata.uid = "uid"
        metadata.resourceVersion = "7"
        metadata.generation = 3
        metadata.generateName = "n-"
        metadata.creationTimestamp = Timestamp(seconds: 1)
        metadata.deletionTimestamp = Timestamp(seconds: 2)
        metadata.finalizers = ["x/a"]
        let object = UnstructuredObject(type: .leases, metadata: metadata, content: ["spec": ["release": true]])
        var expected = try object.value()
        expected["metadata"]?["managedFields"] = []
        #expect(try JSONValue(json: ObjectPrinter.data(object)) == expected)
    }

    @Test("A kubeconfig is written for its owner alone, over what was there")
    func kubeconfig() throws {
        let folder = URL.temporaryDirectory.appending(component: "kubeconfig-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(component: "config")
        try Data("old".utf8).write(to: file)
        let config = Kubeconfig(
            server: "https://127.0.0.1:1234",
            certificateAuthorityPEM: "PEM",
            token: "a \"token\": #1",
            namespace: "lab"
        )
        try config.write(to: file)
        #expect(try String(contentsOf: file, encoding: .utf8) == config.yaml)
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["config"])
        #expect(config.yaml.contains(#"token: "a \"token\": #1""#))
        #expect(config.yaml.contains("certificate-authority-data: UEVN"))
    }

    @Test("No description shows a key or a token")
    func descriptions() throws {
        let api = APIHandler.Configuration(adminToken: "hush", version: "1", now: { API.now }, makeUID: { UUID() })
        let server = KubernetesAPIServer.Configuration(
            host: "127.0.0.1",
            port: 0,
            certificateChainPEM: "chain",
            privateKeyPEM: "hush",
            api: api,
            logger: Logger(label: "test")
        )
        let config = Kubeconfig(server: "s", certificateAuthorityPEM: "c", token: "hush", namespace: "n")
        for text in ["\(api)", "\(server)", "\(config)", String(reflecting: server), String(reflecting: [config])] {
            #expect(!text.contains("hush"))
        }
    }

    @Test("Secrets are equal only when every byte is")
    func secrets() {
        #expect(SecretComparison.areEqual("abc", "abc"))
        for guess in ["", "a", "abd", "abcabc", "abca", "Abc"] { #expect(!SecretComparison.areEqual(guess, "abc")) }
        #expect(!SecretComparison.areEqual("", ""))
    }
}
