import ObjectStore
import Resources
import Testing

extension StoreConformance {
    static let lists: [Case] = [
        Case("a list is ordered by namespace and name and keeps namespaces apart") { subject in
            try await subject.createClients(["c", "a", "b"])
            var elsewhere = subject.client("z")
            elsewhere.metadata.namespace = subject.otherNamespace
            _ = try await subject.store.create(elsewhere)
            #expect(try await subject.clientNames() == ["a", "b", "c"])
            let everywhere = try await subject.store.list(.clients, namespace: nil, options: ListOptions())
            let keys = everywhere.items.map(\.key).filter {
                [subject.namespace, subject.otherNamespace].contains($0.namespace)
            }
            #expect(keys.count == 4)
            #expect(keys == keys.sorted())
        },
        Case("an empty list has a resource version too") { subject in
            let list = try await subject.store.list(.clients, namespace: subject.namespace, options: ListOptions())
            #expect(list.items.isEmpty)
            #expect(UInt64(list.resourceVersion) != nil)
            #expect(list.continueToken == nil)
        },
        Case("a label selector chooses with every operator") { subject in
            try await subject.createClients(["none"])
            try await subject.createClients(["rpi"], labels: ["board": "rpi", "site": "x"])
            try await subject.createClients(["imx"], labels: ["board": "imx"])
            try await subject.createClients(["empty"], labels: ["board": ""])
            let expected: [(String, [String])] = [
                ("", ["empty", "imx", "none", "rpi"]), ("board=rpi", ["rpi"]), ("board=", ["empty"]),
                ("board", ["empty", "imx", "rpi"]), ("!board", ["none"]), ("board in (rpi,imx)", ["imx", "rpi"]),
                ("board notin (rpi)", ["empty", "imx", "none"]), ("board!=imx", ["empty", "none", "rpi"]),
                ("board=rpi,site=x", ["rpi"]), ("board=imx,site", []), ("oard=rpi", []), ("board=rp", []),
            ]
            for (selector, names) in expected {
                let options = ListOptions(labelSelector: try LabelSelector(parsing: selector))
                #expect(try await subject.clientNames(options) == names, "\(selector)")
            }
        },
        Case("a field selector chooses by name") { subject in
            try await subject.createClients(["a", "b"])
            let equal = ListOptions(fieldSelector: try FieldSelector(parsing: "metadata.name=a"))
            #expect(try await subject.clientNames(equal) == ["a"])
            let different = ListOptions(fieldSelector: try FieldSelector(parsing: "metadata.name!=a"))
            #expect(try await subject.clientNames(different) == ["b"])
        },
        Case("a write is seen by the read that follows it") { subject in
            for number in 0..<20 {
                let created = try await subject.store.create(subject.client("client-\(number)"))
                #expect(try await subject.store.get(Client.self, created.key) == created)
                #expect(try await subject.clientNames().count == number + 1)
            }
        },
    ]

    static let pages: [Case] = [
        Case("pages hold every object once and say how many remain") { subject in
            try await subject.createClients(["a", "b", "c", "d", "e"])
            var options = ListOptions(limit: 2)
            var pages: [[String]] = []
            var remaining: [Int?] = []
            repeat {
                let list = try await subject.store.list(.clients, namespace: subject.namespace, options: options)
                pages.append(list.items.map(\.metadata.name))
                remaining.append(list.remainingItemCount)
                options.continueToken = list.continueToken
            } while options.continueToken != nil
            #expect(pages == [["a", "b"], ["c", "d"], ["e"]])
            #expect(remaining == [3, 1, nil])
        },
        Case("the pages of one list show one state, whatever changes between them") { subject in
            try await subject.createClients(["a", "b", "c", "d", "e"])
            let first = try await subject.store.list(
                .clients,
                namespace: subject.namespace,
                options: ListOptions(limit: 2)
            )
            _ = try await subject.store.delete(.clients, subject.key("a"), options: DeleteOptions())
            _ = try await subject.store.delete(.clients, subject.key("c"), options: DeleteOptions())
            _ = try await subject.store.create(subject.client("bb"))
            _ = try await subject.store.create(subject.client("c", username: "another"))
            var changed = try await subject.store.get(Client.self, subject.key("d"))
            changed.spec.username = "once"
            changed = try await subject.store.update(changed)
            changed.spec.username = "twice"
            _ = try await subject.store.update(changed)

            let rest = try await subject.store.list(
                .clients,
                namespace: subject.namespace,
                options: ListOptions(continueToken: first.continueToken)
            )
            #expect(rest.items.map(\.metadata.name) == ["c", "d", "e"])
            #expect(try rest.items.map { try $0.decoded(as: Client.self).spec.username } == [nil, nil, nil])
            #expect(rest.resourceVersion == first.resourceVersion)
            #expect(try await subject.clientNames() == ["b", "bb", "c", "d", "e"])
        },
        Case("pages of a selector hold matching objects alone") { subject in
            for name in ["a", "b", "c", "d"] {
                try await subject.createClients([name], labels: ["odd": name == "a" || name == "c" ? "yes" : "no"])
            }
            var options = ListOptions(labelSelector: LabelSelector(matchLabels: ["odd": "yes"]), limit: 1)
            let first = try await subject.store.list(.clients, namespace: subject.namespace, options: options)
            #expect(first.items.map(\.metadata.name) == ["a"])
            #expect(first.remainingItemCount == nil)
            options.continueToken = first.continueToken
            let second = try await subject.store.list(.clients, namespace: subject.namespace, options: options)
            #expect(second.items.map(\.metadata.name) == ["c"])
            // That nothing more matches a server may find out only by looking; Kubernetes' does.
            var last = second
            while let token = last.continueToken {
                options.continueToken = token
                last = try await subject.store.list(.clients, namespace: subject.namespace, options: options)
                #expect(last.items.isEmpty)
            }
        },
        Case("a continue token that the store did not make is a bad request") { subject in
            let options = ListOptions(limit: 1, continueToken: "not a token")
            #expect(
                await reason {
                    _ = try await subject.store.list(.clients, namespace: subject.namespace, options: options)
                } == .badRequest
            )
        },
    ]
}
