"""One running service."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .cluster import Cluster
from .processes import CommandFailed, Completed, Process, Processes
from .tools import Tools

PORTS = ("controller", "router", "web", "login", "api", "health", "metrics")
READY_SECONDS = float(os.environ.get("JUMPSTARTER_READY_SECONDS", "20"))


class StartFailed(AssertionError):
    """The service did not become ready."""


@dataclass(frozen=True)
class Endpoints:
    """What the service says in its ready line."""

    namespace: str
    controller: str
    router: str
    web: str
    login: str
    api: str
    health: str
    metrics: str
    kubeconfig: str
    ca: str
    dataDir: str

    @classmethod
    def parse(cls, line: str) -> Endpoints:
        document = json.loads(line)
        if document.get("ready") is not True:
            raise StartFailed(f"the ready line does not say ready: {line}")
        missing = [name for name in cls.__dataclass_fields__ if not isinstance(document.get(name), str)]
        if missing:
            raise StartFailed(f"the ready line lacks {', '.join(missing)}: {line}")
        return cls(**{name: document[name] for name in cls.__dataclass_fields__})

    def port(self, name: str) -> int:
        return int(getattr(self, name).rsplit(":", 1)[1])


class Service:
    """`jumpstarter standalone` on a data folder of its own, on free ports that it keeps when it starts again."""

    def __init__(self, tools: Tools, processes: Processes, data_dir: Path, *, namespace: str = "lab",
                 arguments: Sequence[str] = (), environment: dict[str, str] | None = None):
        self.tools = tools
        self.processes = processes
        self.data_dir = data_dir
        self.namespace = namespace
        self.arguments = list(arguments)
        self.extra_environment = environment or {}
        self.process: Process | None = None
        self._endpoints: Endpoints | None = None
        self._earlier: list[str] = []

    # State

    @property
    def endpoints(self) -> Endpoints:
        if self._endpoints is None:
            raise StartFailed("the service has not been started")
        return self._endpoints

    @property
    def kubeconfig(self) -> Path:
        return Path(self.endpoints.kubeconfig)

    @property
    def ca(self) -> bytes:
        return Path(self.endpoints.ca).read_bytes()

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.kubeconfig, self.namespace)

    def logs(self) -> str:
        return "".join(self._earlier) + (self.process.err() if self.process else "")

    def tail(self, lines: int = 60) -> str:
        return "\n".join(self.logs().splitlines()[-lines:])

    # Life

    def command(self) -> list[str]:
        ports = {name: self._endpoints.port(name) if self._endpoints else 0 for name in PORTS}
        command = [str(self.tools.service), "standalone", "--data-dir", str(self.data_dir)]
        command += ["--namespace", self.namespace, "--host", "localhost", "--log-format", "json"]
        for name, port in ports.items():
            command += [f"--{name}-port", str(port)]
        return command + self.arguments

    def environment(self) -> dict[str, str]:
        return self.tools.environment() | self.extra_environment

    def start(self, *, timeout: float = READY_SECONDS) -> Service:
        """Starts it and returns when it has printed its ready line and `/readyz` answers 200."""
        if self.process is not None and self.process.running:
            raise StartFailed("the service is running already")
        if not self.tools.service.exists():
            raise StartFailed(f"no service at {self.tools.service}: run `swift build` first")
        self._keep_logs()
        self.process = self.processes.start(self.command(), env=self.environment(), name="the service")
        try:
            line = self.process.wait_for_line(r"^\{.*\"ready\"\s*:", timeout=timeout)
        except CommandFailed as failure:
            self.process.kill()
            raise StartFailed(str(failure)) from None
        self._endpoints = Endpoints.parse(line.string)
        if (answer := self.probe("/readyz")) != 200:
            raise StartFailed(f"/readyz answers {answer} after the ready line\n{self.tail()}")
        return self

    def stop(self, *, timeout: float = 5) -> Completed:
        """Ends it as an administrator would; it must take at most `timeout` seconds, and end with 0."""
        assert self.process is not None
        self.process.signal(signal.SIGTERM)
        begun = time.monotonic()
        ended = self.process.wait(timeout)
        if ended.code != 0:
            raise CommandFailed(f"the service ended with {ended.code} after SIGTERM\n{self.tail()}")
        return Completed(ended.argv, ended.code, ended.out, ended.err, time.monotonic() - begun)

    def kill(self) -> None:
        """Ends it as a power cut would."""
        assert self.process is not None
        self.process.popen.kill()
        self.process.popen.wait()

    def _keep_logs(self) -> None:
        if self.process is not None:
            self._earlier.append(self.process.err())
            self.process = None

    # Looking at it

    def probe(self, path: str) -> int:
        return self.fetch(f"{self.endpoints.health}{path}")[0]

    def fetch(self, url: str, *, headers: dict[str, str] | None = None, data: bytes | None = None,
              method: str | None = None) -> tuple[int, str]:
        """Status and body of an answer over plain HTTP."""
        request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
