package import SwiftProtobuf

/// Proto files, found by what they declare. What ``ReflectionService`` answers from.
package struct ReflectionIndex: Sendable {
    /// A proto file as it is handed out.
    struct File: Sendable {
        /// The files it imports.
        let dependencies: [String]
        /// The encoded FileDescriptorProto.
        let serialized: [UInt8]
    }

    /// By the files' names.
    private var files: [String: File] = [:]
    /// The file that declares a symbol, by the symbol's full name.
    private var fileBySymbol: [String: String] = [:]
    /// The file that declares an extension, by the full name of the extended message and the extension's number.
    private var fileByExtension: [String: [Int32: String]] = [:]
    /// The full names of the services that the server admits to, sorted.
    package let services: [String]

    /// Indexes a descriptor set.
    ///
    /// - Parameters:
    ///   - descriptors: The files, with all that they import.
    ///   - services: The full names of the services that are served, for `list_services`.
    /// - Throws: ``ReflectionError`` if a service or an imported file is not described; an error of SwiftProtobuf if
    ///   a file cannot be encoded.
    package init(_ descriptors: Google_Protobuf_FileDescriptorSet, services: [String]) throws {
        self.services = services.sorted()
        for file in descriptors.file {
            files[file.name] = File(dependencies: file.dependency, serialized: try file.serializedBytes())
            for symbol in file.declaredSymbols {
                fileBySymbol[symbol] = file.name
            }
            for (extended, number) in file.declaredExtensions {
                fileByExtension[extended, default: [:]][number] = file.name
            }
        }
        for file in descriptors.file {
            for dependency in file.dependency where files[dependency] == nil {
                throw ReflectionError.missingImport(file: file.name, imported: dependency)
            }
        }
        for service in services where fileBySymbol[service] == nil {
            throw ReflectionError.undescribedService(service)
        }
    }

    /// The file of a name and all that it needs, encoded; itself first, each once. Nil if there is none.
    func files(named name: String) -> [[UInt8]]? {
        guard files[name] != nil else { return nil }
        var order = [name]
        var seen: Set<String> = [name]
        var next = 0
        while next < order.count {
            for dependency in files[order[next]]?.dependencies ?? [] where seen.insert(dependency).inserted {
                order.append(dependency)
            }
            next += 1
        }
        return order.compactMap { files[$0]?.serialized }
    }

    /// The same for the file that declares a symbol.
    func files(declaring symbol: String) -> [[UInt8]]? {
        fileBySymbol[symbol].flatMap(files(named:))
    }

    /// The same for the file that declares an extension.
    func files(extending message: String, with number: Int32) -> [[UInt8]]? {
        fileByExtension[message]?[number].flatMap(files(named:))
    }

    /// The numbers of all extensions of a message, sorted: none for a message without, nil for one that is not known.
    func extensionNumbers(of message: String) -> [Int32]? {
        if let extensions = fileByExtension[message] {
            return extensions.keys.sorted()
        }
        return fileBySymbol[message] == nil ? nil : []
    }
}
