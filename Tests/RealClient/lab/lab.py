"""People and devices of a lab: clients, exporters, and the `jmp` commands that use them."""

from __future__ import annotations

import base64
import json
import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .cluster import Cluster, Object, status
from .processes import Completed, Process, Processes
from .service import Service
from .stub_exporter import StubExporter
from .tools import Tools
from .wire import Caller, channel, identity

MOCK_DRIVERS = {
    "power": {"type": "jumpstarter_driver_power.driver.MockPower"},
    "storage": {"type": "jumpstarter_driver_opendal.driver.MockStorageMux"},
    "echo": {"type": "jumpstarter_driver_network.driver.EchoNetwork"},
}


def tcp_driver(host: str, port: int) -> dict[str, Any]:
    return {"type": "jumpstarter_driver_network.driver.TcpNetwork", "config": {"host": host, "port": port}}


class Lab:
    """One service, a home folder for configurations, and names of its own within the shared namespace."""

    def __init__(self, service: Service, tools: Tools, processes: Processes, *, prefix: str = ""):
        self.service = service
        self.tools = tools
        self.processes = processes
        self.prefix = prefix
        self.callers: list[Caller] = []
        self.stubs: list[StubExporter] = []
        self.exporters: list[RunningExporter] = []

    # Names

    def name(self, base: str) -> str:
        return f"{self.prefix}-{base}" if self.prefix else base

    @property
    def labels(self) -> dict[str, str]:
        return {"example.com/test": self.prefix or "lab"}

    @property
    def selector(self) -> str:
        """Selects this test's exporters and no others."""
        return ",".join(f"{key}={value}" for key, value in self.labels.items())

    @property
    def namespace(self) -> str:
        return self.service.namespace

    @property
    def cluster(self) -> Cluster:
        return self.service.cluster

    # Commands

    def environment(self, *, version: str = "current", extra: dict[str, str] | None = None) -> dict[str, str]:
        return self.tools.environment(version=version, kubeconfig=self.service.kubeconfig) | (extra or {})

    def program(self, name: str, version: str = "current") -> str:
        return str(self.tools.folder(version) / name)

    def jmp(self, *arguments: str, check: bool = True, timeout: float = 60, version: str = "current",
            env: dict[str, str] | None = None) -> Completed:
        return self.processes.run(
            [self.program("jmp", version), *arguments],
            env=self.environment(version=version, extra=env),
            timeout=timeout,
            check=check,
        )

    def start_jmp(self, *arguments: str, version: str = "current", env: dict[str, str] | None = None) -> Process:
        return self.processes.start(
            [self.program("jmp", version), *arguments],
            name=f"jmp {arguments[0]}",
            env=self.environment(version=version, extra=env),
        )

    def kubectl(self, *arguments: str, check: bool = True, timeout: float = 30, input: Any = None) -> Completed:
        """kubectl in the lab's namespace; `input` is text, or an object to send as JSON."""
        text = input if input is None or isinstance(input, str) else json.dumps(input)
        return self.processes.run(
            [self.program("kubectl"), "--namespace", self.namespace, *arguments],
            env=self.environment(),
            timeout=timeout,
            check=check,
            input=text,
        )

    # People

    def client(self, base: str = "alice", *, labels: dict[str, str] | None = None, insecure: bool = False) -> Client:
        """A client, made straight through the API: `jmp admin` takes a second of CPU time for the same."""
        name = self.name(base)
        self.cluster.create("clients", name, labels=labels, spec={})
        return self.saved_client(name, insecure=insecure)

    def saved_client(self, name: str, *, insecure: bool = False) -> Client:
        """Writes the configuration of a client that exists, as `jmp admin create client --save` does."""
        document = self._configuration("clients", name, "ClientConfig", insecure)
        document["drivers"] = {"allow": [], "unsafe": True}
        path = self.tools.home / ".config/jumpstarter/clients" / f"{name}.yaml"
        _write(path, document)
        return Client(self, name, path)

    # Devices

    def exporter(self, base: str = "dut", *, labels: dict[str, str] | None = None, insecure: bool = False,
                 drivers: dict[str, Any] | None = None, hooks: dict[str, Any] | None = None,
                 spec: Object | None = None) -> Exporter:
        """An exporter and its configuration file; nothing runs yet."""
        name = self.name(base)
        self.cluster.create("exporters", name, labels=self.labels | (labels or {}), spec=spec or {})
        document = self._configuration("exporters", name, "ExporterConfig", insecure)
        path = self.tools.home / "exporters" / f"{name}.yaml"
        _write(path, document)
        exporter = Exporter(self, name, path)
        exporter.configure(export=drivers if drivers is not None else MOCK_DRIVERS, hooks=hooks)
        return exporter

    def stub_exporter(self, base: str = "dut", *, labels: dict[str, str] | None = None, spec: Object | None = None,
                      start: bool = True, follow_leases: bool = True) -> StubExporter:
        exporter = self.exporter(base, labels=labels, drivers={}, spec=spec)
        stub = StubExporter(exporter.caller(), follow_leases=follow_leases)
        stub.name = exporter.name
        self.stubs.append(stub)
        return stub.start() if start else stub

    def exporter_status(self, name: str) -> str | None:
        return status(self.cluster.get("exporters", name)).get("exporterStatus")

    def wait_for_status(self, name: str, wanted: str, *, timeout: float = 30) -> Object:
        return self.cluster.wait(
            "exporters",
            name,
            lambda obj: status(obj).get("exporterStatus") == wanted,
            timeout=timeout,
            what=f"exporterStatus {wanted}",
        )

    # Leases

    def lease(self, name: str) -> Object:
        return self.cluster.get("leases", name)

    def wait_for_lease(self, name: str, kind: str, value: str = "True", *, reason: str | None = None,
                       timeout: float = 15) -> Object:
        """The lease as soon as it has a condition with this value (and reason)."""

        def holds(obj: Object | None) -> bool:
            return any(
                entry["type"] == kind and entry["status"] == value and reason in (None, entry.get("reason"))
                for entry in status(obj).get("conditions", [])
            )

        return self.cluster.wait("leases", name, holds, timeout=timeout, what=f"{kind}={value} {reason or ''}")

    def wait_for_end(self, name: str, *, timeout: float = 15) -> Object:
        return self.cluster.wait(
            "leases", name, lambda obj: status(obj).get("ended") is True, timeout=timeout, what="the end of the lease"
        )

    # The wire

    def caller(self, kind: str, name: str, token: str) -> Caller:
        caller = Caller(channel(self.service), identity(token, kind, self.namespace, name))
        self.callers.append(caller)
        return caller

    # The end

    def close(self) -> None:
        """Ends what was started and gives back what was leased, so that the next test finds a quiet service."""
        for stub in self.stubs:
            stub.disconnect()
        for exporter in self.exporters:
            exporter.kill()
        for caller in self.callers:
            caller.close()

    # Parts

    def _configuration(self, kind: str, name: str, title: str, insecure: bool) -> Object:
        obj = self.cluster.wait(
            kind,
            name,
            lambda obj: bool(status(obj).get("credential", {}).get("name")) and bool(status(obj).get("endpoint")),
            timeout=10,
            what="status.credential and status.endpoint",
        )
        secret = self.cluster.get("secrets", status(obj)["credential"]["name"])
        return {
            "apiVersion": "jumpstarter.dev/v1alpha1",
            "kind": title,
            "metadata": {"namespace": self.namespace, "name": name},
            "endpoint": status(obj)["endpoint"],
            "tls": {"insecure": True, "ca": ""}
            if insecure
            else {"insecure": False, "ca": base64.b64encode(self.service.ca).decode()},
            "token": base64.b64decode(secret["data"]["token"]).decode(),
        }


@dataclass
class Client:
    """A client and its saved configuration."""

    lab: Lab
    name: str
    path: Path

    @property
    def token(self) -> str:
        return yaml.safe_load(self.path.read_text())["token"]

    @property
    def config(self):
        """The client library's own view of the configuration, for calls without a process."""
        from jumpstarter.config.client import ClientConfigV1Alpha1

        return ClientConfigV1Alpha1.from_file(self.path)

    def caller(self) -> Caller:
        return self.lab.caller("Client", self.name, self.token)

    def _arguments(self, arguments: Sequence[str]) -> list[str]:
        """Puts the choice of the client before the first option, so before any `--` too."""
        at = next((index for index, word in enumerate(arguments) if word.startswith("-")), len(arguments))
        return [*arguments[:at], "--client", self.name, *arguments[at:]]

    def jmp(self, *arguments: str, **options: Any) -> Completed:
        return self.lab.jmp(*self._arguments(arguments), **options)

    def start(self, *arguments: str, **options: Any) -> Process:
        return self.lab.start_jmp(*self._arguments(arguments), **options)

    def shell(self, script: str, *, lease: str | None = None, selector: str | None = None, options: Sequence[str] = (),
              **others: Any) -> Completed:
        """`jmp shell` that runs a script in which `j` works."""
        return self.jmp(*self._shell(script, lease, selector, options), **others)

    def start_shell(self, script: str, *, lease: str | None = None, selector: str | None = None,
                    options: Sequence[str] = (), **others: Any) -> Process:
        return self.start(*self._shell(script, lease, selector, options), **others)

    def _shell(self, script: str, lease: str | None, selector: str | None, options: Sequence[str]) -> list[str]:
        which = ["--lease", lease] if lease else ["--selector", selector or self.lab.selector]
        return ["shell", *which, *options, "--", "bash", "-c", script]

    def create_lease(self, *options: str, duration: str = "10m", selector: str | None = None) -> str:
        """`jmp create lease`; its name."""
        which = [] if any(option in ("--name", "-n") for option in options) else [
            "--selector",
            selector or self.lab.selector,
        ]
        made = self.jmp("create", "lease", *which, "--duration", duration, *options, "--output", "name")
        return made.out.strip().splitlines()[-1].removeprefix("lease/")

    def lease(self, *, seconds: float = 600, selector: str | None = None, **options: Any) -> str:
        """A lease through the client library, without a process; its name."""
        from datetime import timedelta

        if selector is None and "exporter_name" not in options:
            selector = self.lab.selector
        options["selector"] = selector
        return self.config.create_lease(duration=timedelta(seconds=seconds), **options).name


@dataclass
class Exporter:
    """An exporter and its configuration file."""

    lab: Lab
    name: str
    path: Path

    def configure(self, **parts: Any) -> Exporter:
        """Sets top-level keys of the file; None leaves a key out."""
        document = yaml.safe_load(self.path.read_text())
        for key, value in parts.items():
            document.pop(key, None)
            if value is not None:
                document[key] = value
        _write(self.path, document)
        return self

    @property
    def token(self) -> str:
        return yaml.safe_load(self.path.read_text())["token"]

    def caller(self) -> Caller:
        return self.lab.caller("Exporter", self.name, self.token)

    def start(self, *, version: str = "current", wait: bool = True, timeout: float = 40) -> RunningExporter:
        process = self.lab.start_jmp("run", "--exporter-config", str(self.path), version=version)
        process.name = f"exporter {self.name}"
        running = RunningExporter(self, process)
        self.lab.exporters.append(running)
        return running.wait_until_available(timeout=timeout) if wait else running


@dataclass
class RunningExporter:
    """A real exporter: `jmp run`, and the child that it forks into a session of its own."""

    exporter: Exporter
    process: Process

    @property
    def name(self) -> str:
        return self.exporter.name

    @property
    def running(self) -> bool:
        return self.process.running

    def log(self) -> str:
        return self.process.text()

    def wait_until(self, wanted: str, *, timeout: float = 30) -> RunningExporter:
        try:
            self.exporter.lab.wait_for_status(self.name, wanted, timeout=timeout)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n--- the exporter printed\n{self.log()[-4000:]}") from None
        return self

    def wait_until_available(self, *, timeout: float = 40) -> RunningExporter:
        return self.wait_until("Available", timeout=timeout)

    def stop(self, *, timeout: float = 20) -> Completed:
        """Asks it to end, as systemd would; `jmp run` passes the signal on to its child."""
        self.process.signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self) -> None:
        """Ends parent and child at once, without a word to the service."""
        self.process.kill()


def lease_names(text: str) -> list[str]:
    """The lease names (UUIDs) in what a command printed."""
    return re.findall(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", text)


def _write(path: Path, document: Object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    path.chmod(0o600)
