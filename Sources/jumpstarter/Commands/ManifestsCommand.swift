import ArgumentParser
import Authentication
import Foundation
import Manifests

/// `jumpstarter manifests`: what `kubectl apply -f -` needs to install the service.
struct ManifestsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifests",
        abstract: "Prints everything that a cluster needs, for kubectl apply -f -.",
        discussion: "The values are those of the Helm chart (deploy/helm/jumpstarter/values.yaml)."
    )

    @Option(help: "The namespace to install into.")
    var namespace = "jumpstarter"

    @Option(help: "A YAML file with values, as for the Helm chart.")
    var values: String?

    @Option(help: "host:port at which clients and exporters reach the controller.")
    var endpoint: String?

    @Option(help: "host:port of each router; {n} stands for its number.")
    var routerEndpoint: String?

    @Option(help: "How many routers.")
    var routers: Int?

    @Option(help: "The image's tag.")
    var imageTag: String?

    @Flag(help: "Leave the namespace itself out.")
    var noNamespace = false

    @Flag(help: "Print new keys in a Secret, instead of letting the controller make them. Apply such output once.")
    var generateKeys = false

    func run() throws {
        do {
            print(try manifests().yaml, terminator: "")
        } catch {
            throw CommandFailure.told(error)
        }
    }

    private func manifests() throws -> Manifests {
        var options = InstallOptions()
        if let values {
            do {
                options = try InstallOptions(values: String(contentsOfFile: values, encoding: .utf8))
            } catch let error as CocoaError {
                throw StartupError("--values \(values): cannot be read: \(error.localizedDescription)")
            }
        }
        if let endpoint { options.endpoint = endpoint }
        if let routerEndpoint { options.routers.endpoint = routerEndpoint }
        if let routers { options.routers.count = routers }
        if let imageTag { options.image.tag = imageTag }
        if !generateKeys && options.keys.source != .generated {
            return try Manifests(options, namespace: namespace, includesNamespace: !noNamespace)
        }
        options.keys.source = .generated
        var generator = SystemRandomNumberGenerator()
        return try Manifests(
            options,
            namespace: namespace,
            includesNamespace: !noNamespace,
            generatedKeys: .init(
                controller: SigningKey.makeControllerKey(using: &generator),
                router: SigningKey.makeControllerKey(using: &generator)
            )
        )
    }
}
