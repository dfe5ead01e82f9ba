import Foundation
import Leasing
import Resources

// What each change of an object means to the lab. Called for events of the watches and for our own writes alike.
extension Lab {
    func observe(_ client: Client) {
        guard let change = clients.apply(client) else { return }
        if change.old?.metadata.labels != client.metadata.labels { unscheduled.insert(client.key.namespace) }
        let isReplaced = change.old.map { $0.metadata.uid != client.metadata.uid } ?? false
        if change.old == nil || isReplaced || change.old?.metadata.annotations != client.metadata.annotations
            || change.old?.status.credential != client.status.credential
        {
            enqueue(.client(client.key))
        }
    }

    func forget(_ client: Client) {
        guard clients.drop(client.key, uid: client.metadata.uid, version: client.version) != nil else { return }
        deadlines.set(.client(client.key), at: nil)
        unscheduled.insert(client.key.namespace)
        // A lease whose client is gone serves nobody: it ends.
        for lease in leases.values where lease.clientKey == client.key {
            orphans.insert(lease.key)
            enqueue(.lease(lease.key))
        }
    }

    func observe(_ policy: ExporterAccessPolicy) {
        guard let change = policies.apply(policy), change.old?.spec != policy.spec else { return }
        unscheduled.insert(policy.key.namespace)
    }

    func forget(_ policy: ExporterAccessPolicy) {
        guard policies.drop(policy.key, uid: policy.metadata.uid, version: policy.version) != nil else { return }
        unscheduled.insert(policy.key.namespace)
    }

    func observe(_ exporter: Exporter) {
        guard let change = exporters.apply(exporter) else { return }
        let key = exporter.key
        if change.old.map({ $0.schedulingView != exporter.schedulingView }) ?? true {
            unscheduled.insert(key.namespace)
        }
        if change.old == nil || change.old?.needsReconciling(as: exporter) == true { enqueue(.exporter(key)) }
        publish(key)
        for watcher in exporterWatchers[key, default: [:]].values { watcher.yield(exporter) }
    }

    func forget(_ exporter: Exporter) {
        guard exporters.drop(exporter.key, uid: exporter.metadata.uid, version: exporter.version) != nil else { return }
        let key = exporter.key
        deadlines.set(.exporter(key), at: nil)
        presence[key]?.lastWritten = nil
        reservations[key] = nil
        unscheduled.insert(key.namespace)
        publish(key)
        for watcher in exporterWatchers[key, default: [:]].values { watcher.yield(nil) }
        for lease in leases.values where lease.exporterKey == key { enqueue(.lease(lease.key)) }
    }

    func observe(_ lease: Lease) {
        guard let change = leases.apply(lease) else { return }
        let key = lease.key
        if change.old == nil || change.old?.metadata.uid != lease.metadata.uid {
            lastArrival += 1
            arrivals[key] = lastArrival
        }
        track(lease)
        tellLeaseWatchers(of: key, lease)
        tellObserver(of: lease, before: change.old)
        if let old = change.old?.exporterKey, old != lease.exporterKey { publish(old) }
        if let exporter = lease.exporterKey { publish(exporter) }
        if change.old?.spec != lease.spec || lease.status.ended || lease.labelsNeedWriting { enqueue(.lease(key)) }
        forgetIfDone(lease)
    }

    func forget(_ lease: Lease) {
        guard let change = leases.drop(lease.key, uid: lease.metadata.uid, version: lease.version) else { return }
        untrack(lease.key)
        tellLeaseWatchers(of: lease.key, nil)
        if let last = change.old, !last.status.ended { tellThatIsOver(last) }
        let exporter = change.old?.exporterKey ?? lease.exporterKey
        if let exporter {
            publish(exporter)
            enqueue(.exporter(exporter))
        }
        // A caller may be waiting for the lease to settle; there is nothing left to settle.
        if work.isIdle(.lease(lease.key)) {
            for waiter in settling.removeValue(forKey: .lease(lease.key)) ?? [] { waiter.resume() }
        }
    }

    private func tellObserver(of lease: Lease, before: Lease?) {
        if let before, before.metadata.uid != lease.metadata.uid {
            if !before.status.ended { tellThatIsOver(before) }
        } else if let before, before.spec.clientRef != lease.spec.clientRef {
            observer.leaseWasHandedOver(lease, formerClient: before.spec.clientRef.name)
        }
        if lease.status.ended, before?.status.ended != true { tellThatIsOver(lease) }
    }

    private func tellThatIsOver(_ lease: Lease) {
        observer.leaseIsOver(lease, exporter: lease.exporterKey.flatMap { exporters[$0] })
    }

    /// Keeps the index of waiting leases and the lease's deadline.
    private func track(_ lease: Lease) {
        let key = lease.key
        if lease.status.ended || lease.status.exporterRef != nil {
            unassigned[key.namespace]?.remove(key)
            dropVerdict(on: key)
            withdrawPromise(to: key)
        } else {
            keepPromise(to: lease)
            unassigned[key.namespace, default: []].insert(key)
            unscheduled.insert(key.namespace)
        }
        let deadline = lease.nextDeadline(at: now)?.date
        if failures[.lease(key)] != nil {
            // A retry is pending and must not be put off.
            if let deadline { enqueue(.lease(key), noLaterThan: deadline) }
        } else if deadlines.set(.lease(key), at: deadline) {
            alarmSetter.yield()
        }
    }

    private func untrack(_ key: ObjectKey) {
        unassigned[key.namespace]?.remove(key)
        dropVerdict(on: key)
        arrivals[key] = nil
        failures[.lease(key)] = nil
        deadlines.set(.lease(key), at: nil)
    }

    /// Drops an ended lease once its exporter is free and its label written: nothing changes any more.
    func forgetIfDone(_ lease: Lease) {
        guard lease.status.ended, !lease.labelsNeedWriting else { return }
        if let exporter = lease.exporterKey, exporters[exporter]?.status.leaseRef?.name == lease.metadata.name {
            return
        }
        _ = leases.drop(lease.key, uid: lease.metadata.uid, version: lease.version)
        untrack(lease.key)
    }

    /// Of all Secrets only the credentials of clients and exporters are kept.
    func observe(_ secret: Secret) {
        guard let owner = secret.credentialOwner, secrets.apply(secret) != nil else { return }
        credentialChanged(of: owner)
    }

    func forget(_ secret: Secret) {
        guard secrets.drop(secret.key, uid: secret.metadata.uid, version: secret.version) != nil,
            let owner = secret.credentialOwner
        else { return }
        credentialChanged(of: owner)
    }

    private func credentialChanged(of owner: WorkKey) {
        switch owner {
        case .client(let key) where clients[key] != nil: enqueue(owner)
        case .exporter(let key) where exporters[key] != nil: enqueue(owner)
        default: break
        }
    }
}

extension Secret {
    /// The client or exporter whose credential this is, by its controller reference.
    fileprivate var credentialOwner: Lab.WorkKey? {
        guard let owner = metadata.ownerReferences.first(where: { $0.controller == true }) else { return nil }
        let key = ObjectKey(namespace: metadata.namespace ?? "", name: owner.name)
        return switch owner.kind {
        case Client.resourceType.kind: .client(key)
        case Exporter.resourceType.kind: .exporter(key)
        default: nil
        }
    }
}

extension Lease {
    var clientKey: ObjectKey { ObjectKey(namespace: metadata.namespace ?? "", name: spec.clientRef.name) }

    /// The exporter that the lease has.
    var exporterKey: ObjectKey? {
        status.exporterRef.map { ObjectKey(namespace: metadata.namespace ?? "", name: $0.name) }
    }

    /// True while a label that the service keeps is missing on the object.
    var labelsNeedWriting: Bool {
        serviceLabels.contains { metadata.labels[$0.key] != $0.value }
    }
}

extension Exporter {
    /// The part of an exporter that scheduling looks at.
    struct SchedulingView: Equatable {
        var labels: [String: String]
        var isEnabled: Bool
        var availability: ExporterAvailability
    }

    var schedulingView: SchedulingView {
        SchedulingView(labels: metadata.labels, isEnabled: spec.enabled, availability: availability)
    }

    /// True when the reconciler must look at the newer version: a credential, an endpoint or the lock word changed.
    func needsReconciling(as newer: Exporter) -> Bool {
        metadata.uid != newer.metadata.uid || metadata.annotations != newer.metadata.annotations
            || status.leaseRef != newer.status.leaseRef || status.credential != newer.status.credential
            || status.endpoint != newer.status.endpoint || status.conditions.isEmpty != newer.status.conditions.isEmpty
    }
}
