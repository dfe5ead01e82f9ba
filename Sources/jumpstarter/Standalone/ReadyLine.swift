import Foundation

/// The one line that a standalone service prints on standard output when it is ready.
struct ReadyLine: Encodable {
    let ready = true
    let namespace: String
    let controller: String
    let router: String
    let web: String
    let login: String
    let api: String
    let health: String
    let metrics: String
    let kubeconfig: String
    let ca: String
    let dataDir: String

    init(endpoints: StandaloneEndpoints, namespace: String, folder: URL) async {
        self.namespace = namespace
        controller = await endpoints.address(.controller)
        router = await endpoints.address(.router)
        web = "http://" + (await endpoints.address(.web))
        login = "http://" + (await endpoints.address(.login))
        api = "https://" + (await endpoints.address(.api))
        health = "http://" + (await endpoints.address(.health))
        metrics = "http://" + (await endpoints.address(.metrics))
        kubeconfig = folder.appending(path: "kubeconfig").path
        ca = folder.appending(path: "ca.crt").path
        dataDir = folder.path
    }

    private enum CodingKeys: String, CodingKey {
        case ready, namespace, controller, router, web, login, api, health, metrics, kubeconfig, ca, dataDir
    }

    /// - Throws: `EncodingError`.
    func print() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        FileHandle.standardOutput.write(try encoder.encode(self) + Data("\n".utf8))
    }
}
