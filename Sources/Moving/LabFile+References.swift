import Resources

// What must hold between the objects of a file.
extension LabFile {
    func referenceProblems() -> [ImportProblem] {
        namespaceProblems() + duplicateProblems() + credentialProblems() + claimProblems()
    }

    /// The client or exporter whose credential a Secret holds: that names it, or owns it.
    func credentialOwner(of secret: UnstructuredObject) -> MovedName? {
        if let owner = credentialOwners[secret.metadata.name] { return owner }
        return secret.metadata.ownerReferences.compactMap { MovedName($0) }
            .first { ($0.type == .clients || $0.type == .exporters) && objects[$0] != nil }
    }

    private func namespaceProblems() -> [ImportProblem] {
        guard let first = entries.first?.object.metadata.namespace else { return [] }
        return entries.filter { $0.object.metadata.namespace != first }.map {
            $0.problem(
                "metadata.namespace",
                "\"\($0.object.metadata.namespace ?? "")\" is not \"\(first)\" as before; "
                    + "a lab has one namespace, which --namespace can set for all"
            )
        }
    }

    private func duplicateProblems() -> [ImportProblem] {
        var seen: [MovedName: Int] = [:]
        var problems: [ImportProblem] = []
        for entry in entries {
            if let before = seen.updateValue(entry.document.number, forKey: entry.name) {
                problems.append(entry.problem("metadata.name", "\(entry.name) is in document \(before) already"))
            }
        }
        return problems
    }

    private func credentialProblems() -> [ImportProblem] {
        entries.filter { $0.object.type == .secrets && credentialOwner(of: $0.object) == nil }.map {
            $0.problem("metadata.name", "no client or exporter of the file has this Secret as its credential")
        }
    }

    /// Exclusivity: an exporter and the lease that holds it name each other, and no second lease does.
    private func claimProblems() -> [ImportProblem] {
        var holders: [String: String] = [:]
        var problems: [ImportProblem] = []
        for entry in entries {
            let name = entry.object.metadata.name
            if let exporter = entry.object.heldExporterName {
                let path = "status.exporterRef.name"
                let before = holders.updateValue(name, forKey: exporter)
                if let before, before != name {
                    problems.append(entry.problem(path, "exporter \"\(exporter)\" is held by lease \"\(before)\" too"))
                } else if let held = objects[MovedName(.exporters, exporter)] {
                    if held.leaseName == name { continue }
                    let holder = held.leaseName.map { "by lease \"\($0)\"" } ?? "by no lease"
                    problems.append(
                        entry.problem(path, "exporter \"\(exporter)\" is held \(holder) according to its leaseRef")
                    )
                } else {
                    problems.append(entry.problem(path, "exporter \"\(exporter)\" is not in the file"))
                }
            }
            if let lease = entry.object.leaseName, objects[MovedName(.leases, lease)] == nil {
                problems.append(
                    entry.problem(
                        "status.leaseRef.name",
                        "lease \"\(lease)\" is not in the file; remove the reference, or use --without-leases"
                    )
                )
            }
            if let lease = entry.object.leaseName, let holder = objects[MovedName(.leases, lease)],
                let other = holder.heldExporterName, other != name
            {
                problems.append(
                    entry.problem("status.leaseRef.name", "lease \"\(lease)\" holds exporter \"\(other)\" instead")
                )
            }
        }
        return problems
    }
}
