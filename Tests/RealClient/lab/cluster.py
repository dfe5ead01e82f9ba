"""A small client of the Kubernetes-shaped API that waits on watches instead of asking again and again."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

JUMPSTARTER = "/apis/jumpstarter.dev/v1alpha1"
CORE = "/api/v1"
KINDS = {
    "clients": (JUMPSTARTER, "Client"),
    "exporters": (JUMPSTARTER, "Exporter"),
    "leases": (JUMPSTARTER, "Lease"),
    "exporteraccesspolicies": (JUMPSTARTER, "ExporterAccessPolicy"),
    "secrets": (CORE, "Secret"),
    "configmaps": (CORE, "ConfigMap"),
    "events": (CORE, "Event"),
}

Object = dict[str, Any]


class ApiError(AssertionError):
    """An answer other than 2xx, with the Status object that came with it."""

    def __init__(self, what: str, code: int, body: str):
        self.code = code
        self.body = body
        try:
            self.status: Object = json.loads(body)
        except ValueError:
            self.status = {}
        super().__init__(f"{what}: HTTP {code}: {self.status.get('message', body)}")

    @property
    def reason(self) -> str:
        return self.status.get("reason", "")


class Cluster:
    """The API server that a kubeconfig names, in one namespace."""

    def __init__(self, kubeconfig: Path, namespace: str):
        self.namespace = namespace
        document = yaml.safe_load(kubeconfig.read_text())
        context = _named(document["contexts"], document["current-context"])["context"]
        cluster = _named(document["clusters"], context["cluster"])["cluster"]
        user = _named(document["users"], context["user"])["user"]
        url = urllib.parse.urlsplit(cluster["server"])
        self._host, self._port = url.hostname, url.port
        self._tls = ssl.create_default_context(
            cafile=cluster.get("certificate-authority"),
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode()
            if "certificate-authority-data" in cluster
            else None,
        )
        self._headers = {"Accept": "application/json"}
        if "token" in user:
            self._headers["Authorization"] = f"Bearer {user['token']}"
        if "client-certificate-data" in user:
            pem = base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"])
            file = kubeconfig.with_suffix(".client.pem")
            file.write_bytes(pem)
            file.chmod(0o600)
            self._tls.load_cert_chain(file)
        elif "client-certificate" in user:
            self._tls.load_cert_chain(user["client-certificate"], user["client-key"])

    # One request

    def request(self, method: str, path: str, body: Any = None, *, content_type: str = "application/json",
                timeout: float = 20) -> Any:
        connection = http.client.HTTPSConnection(self._host, self._port, context=self._tls, timeout=timeout)
        try:
            payload = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
            headers = self._headers | ({"Content-Type": content_type} if body is not None else {})
            connection.request(method, path, payload, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status >= 300:
            raise ApiError(f"{method} {path}", response.status, text)
        return json.loads(text) if text.startswith(("{", "[")) else text

    def path(self, kind: str, name: str | None = None, subresource: str | None = None, **query: str) -> str:
        prefix, _ = KINDS[kind]
        parts = [prefix, "namespaces", self.namespace, kind, name, subresource]
        path = "/".join(part for part in parts if part)
        return f"{path}?{urllib.parse.urlencode(query)}" if query else path

    # Objects

    def get(self, kind: str, name: str) -> Object:
        return self.request("GET", self.path(kind, name))

    def find(self, kind: str, name: str) -> Object | None:
        try:
            return self.get(kind, name)
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def list(self, kind: str, **query: str) -> list[Object]:
        return self.request("GET", self.path(kind, **query))["items"]

    def create(self, kind: str, name: str, *, labels: dict[str, str] | None = None, **content: Any) -> Object:
        return self.request("POST", self.path(kind), self.document(kind, name, labels=labels, **content))

    def document(self, kind: str, name: str, *, labels: dict[str, str] | None = None, **content: Any) -> Object:
        prefix, title = KINDS[kind]
        metadata: Object = {"name": name, "namespace": self.namespace}
        if labels:
            metadata["labels"] = labels
        version = prefix.removeprefix("/apis/").removeprefix("/api/")
        return {"apiVersion": version, "kind": title, "metadata": metadata} | content

    def patch(self, kind: str, name: str, patch: Any, *, subresource: str | None = None) -> Object:
        return self.request(
            "PATCH", self.path(kind, name, subresource), patch, content_type="application/merge-patch+json"
        )

    def delete(self, kind: str, name: str) -> None:
        try:
            self.request("DELETE", self.path(kind, name))
        except ApiError as error:
            if error.code != 404:
                raise

    # Waiting

    def watch(self, kind: str, *, timeout: float, **query: str) -> Iterator[Object]:
        """Events of a watch until the server ends it or the time is up."""
        yield from self.watch_path(
            self.path(kind, watch="true", timeoutSeconds=str(max(1, int(timeout))), **query), timeout=timeout
        )

    def watch_path(self, path: str, *, timeout: float) -> Iterator[Object]:
        connection = http.client.HTTPSConnection(self._host, self._port, context=self._tls, timeout=timeout + 1)
        try:
            connection.request("GET", path, headers=self._headers)
            response = connection.getresponse()
            if response.status != 200:
                raise ApiError(f"GET {path}", response.status, response.read().decode())
            while line := response.readline():
                yield json.loads(line)
        except TimeoutError:
            return
        finally:
            connection.close()

    def wait(self, kind: str, name: str, until: Callable[[Object | None], bool], *, timeout: float = 30,
             what: str = "what was waited for") -> Object | None:
        """The object (None: it is gone) as soon as `until` holds for it."""
        deadline = time.monotonic() + timeout
        current: Object | None = None
        for _ in range(100):
            listing = self.request("GET", self.path(kind, fieldSelector=f"metadata.name={name}"))
            current = next(iter(listing["items"]), None)
            if until(current):
                return current
            version = listing["metadata"]["resourceVersion"]
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                break
            for event in self.watch(
                kind, timeout=remaining, resourceVersion=version, fieldSelector=f"metadata.name={name}"
            ):
                if event["type"] in ("ADDED", "MODIFIED", "DELETED"):
                    current = event["object"] if event["type"] != "DELETED" else None
                    if until(current):
                        return current
                if event["type"] == "ERROR" or time.monotonic() > deadline:
                    break
        raise AssertionError(
            f"{kind}/{name}: {what} did not come within {timeout:.0f} s; it is now\n{yaml.safe_dump(current)}"
        )


def _named(entries: list[Object], name: str) -> Object:
    return next(entry for entry in entries if entry["name"] == name)


def condition(obj: Object | None, kind: str) -> Object:
    """A condition of an object's status, or an empty one."""
    conditions = ((obj or {}).get("status") or {}).get("conditions") or []
    return next((entry for entry in conditions if entry["type"] == kind), {})


def status(obj: Object | None) -> Object:
    return (obj or {}).get("status") or {}
