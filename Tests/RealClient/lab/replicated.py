"""The service as in a cluster: an API server, a router, and replicas of the controller behind a load balancer."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import secrets
import signal
import subprocess
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .cluster import Cluster
from .forwarder import Forwarder
from .network import NetworkNamespace
from .processes import Process, Processes
from .service import Endpoints
from .tools import Tools

READY = r"^\{.*\"ready\"\s*:"


@dataclass(frozen=True)
class Request:
    """One line of the API server's audit log."""

    method: str
    target: str
    status: int
    agent: str

    @property
    def is_write(self) -> bool:
        return self.method in ("POST", "PUT", "PATCH", "DELETE")


class Replica:
    """One controller. Its way to the API server is a cable of its own, which can be pulled."""

    def __init__(self, service: ReplicatedService, number: int, *, host: NetworkNamespace | None = None):
        self.service = service
        self.name = f"controller-{number}"
        self.command: list[str] = []
        self.address = "127.0.0.1"
        self.api = Forwarder([service.api_address], host=host.to_api.here if host else "127.0.0.1")
        self.kubeconfig = service.folder / f"{self.name}.kubeconfig"
        document = service.controller_kubeconfig()
        cluster = document["clusters"][0]["cluster"]
        cluster["server"] = f"https://{host.to_api.here if host else self.address}:{self.api.port}"
        if host is not None:
            self.command, self.address = host.command, host.to_others.there
        if not cluster.get("insecure-skip-tls-verify"):
            cluster.setdefault("tls-server-name", service.api_name)
        self.kubeconfig.write_text(yaml.safe_dump(document))
        self.process: Process | None = None
        self.port = 0
        self.health = 0
        self._earlier: list[str] = []

    def start(self, *, port: int = 0) -> Replica:
        if self.process is not None:
            self._earlier.append(self.process.err())
        service = self.service
        self.process = service.processes.start(
            [
                *self.command, str(service.tools.service), "controller", "--kubeconfig", str(self.kubeconfig),
                "--bind", self.address,
                "--controller-port", str(port), "--internal-port", "0", "--web-port", "0",
                "--metrics-bind-address", "127.0.0.1:0",
                "--health-probe-bind-address", "127.0.0.1:0", "--log-format", "json",
                "--leader-lease-seconds", str(service.leader_lease_seconds), "--drain-delay", "1",
            ],
            env=service.environment() | {"POD_NAME": self.name, "POD_IP": self.address},
            name=self.name,
        )
        line = self.process.wait_for_line(READY, timeout=30)
        ports = json.loads(line.string)["ports"]
        self.port, self.health = ports["controller"], ports["health"]
        return self

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.running

    @property
    def leads(self) -> bool:
        holder = self.service.leader()
        return holder is not None and holder.startswith(self.name + "_")

    def logs(self) -> str:
        return "".join(self._earlier) + (self.process.err() if self.process else "")

    def stop(self) -> None:
        """Ends it as a rolling update does: off the balancer once it is not ready, then to its end."""
        self.process.signal(signal.SIGTERM)
        self.service.balance(without=self)
        ended = self.process.wait(30)
        assert ended.code == 0, self.process.text()

    def kill(self) -> None:
        self.process.popen.kill()
        self.process.popen.wait()

    def pause(self) -> None:
        self.process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.signal(signal.SIGCONT)


class Router:
    """A router of its own that reports to the replicas that run when it starts."""

    def __init__(self, service: ReplicatedService, number: int):
        self.service = service
        self.name = f"router-{number}"
        self.process: Process | None = None
        self.port = 0
        self.metrics = ""

    def start(self) -> Router:
        service = self.service
        addresses = ",".join(f"localhost:{replica.port}" for replica in service.replicas)
        self.process = service.processes.start(
            [
                str(service.tools.service), "router", "--port", "0", "--log-format", "json", "--drain-timeout", "60",
                "--metrics-bind-address", "127.0.0.1:0",
            ],
            env=service.environment() | {
                "CONTROLLER_ENDPOINTS": addresses,
                "CA_BUNDLE_PEM": service.certificate.read_text(),
                "POD_NAME": self.name,
            },
            name=self.name,
        )
        ready = json.loads(self.process.wait_for_line(READY, timeout=20).string)
        self.port = int(ready["router"].rsplit(":", 1)[1])
        self.metrics = ready["metrics"]
        for replica in service.replicas:
            # The name stands for two addresses, of which a replica here has one.
            self.process.wait_for_line(f"reports to a controller.*127.0.0.1:{replica.port}", timeout=10)
        return self

    @property
    def endpoint(self) -> str:
        return f"localhost:{self.port}"


class ReplicatedService:
    """Looks like `Service` to a `Lab`."""

    def __init__(self, tools: Tools, processes: Processes, folder: Path, *, replicas: int = 2, namespace: str = "lab",
                 self_made: bool = False, leader_lease_seconds: int = 3, apart: bool = False):
        self.tools = tools
        self.processes = processes
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        external = os.environ.get("JUMPSTARTER_TEST_KUBECONFIG")
        self.external = Path(external) if external else None
        self.namespace = f"jumpstarter-test-{secrets.token_hex(4)}" if external else namespace
        self.self_made = self_made
        self.leader_lease_seconds = leader_lease_seconds
        self.balancer = Forwarder()
        self.api_port = 0
        self.router_port = 0
        self.killed = False
        self.controller_token = ""
        # On a cluster: the log of its API server, JSON lines of audit.k8s.io, at least with metadata.
        given = os.environ.get("JUMPSTARTER_TEST_AUDIT_LOG") if external else None
        self.audit_log = Path(given) if given else folder / "audit.log"
        self.certificate, self.key = self_signed(folder)
        self.replicas: list[Replica] = []
        self._count = replicas
        self.host = NetworkNamespace() if apart else None
        """Where the first replica runs, when it has a host of its own."""
        self.router: Process | None = None
        self.api: Process | None = None

    # Life

    def start(self) -> ReplicatedService:
        self.start_api()
        self.router = self.processes.start(
            [str(self.tools.service), "router", "--port", "0", "--log-format", "json",
             "--metrics-bind-address", "127.0.0.1:0"],
            env=self.environment(),
            name="the router",
        )
        line = self.router.wait_for_line(READY, timeout=20)
        self.router_port = int(json.loads(line.string)["router"].rsplit(":", 1)[1])
        self.replicas = [
            Replica(self, number + 1, host=self.host if number == 0 else None) for number in range(self._count)
        ]
        if self.host is not None:
            for replica in self.replicas[1:]:
                replica.address = self.host.to_others.here
        for replica in self.replicas:
            replica.start()
        self.balance()
        return self

    def start_api(self) -> None:
        if self.external is not None:
            if self.killed:
                subprocess.run([os.environ["JUMPSTARTER_TEST_API_COMMAND"], "start"], check=True, timeout=120)
                return
            # A namespace of its own; the definitions are there (`Scripts/test kubernetes` applies them).
            self._kubectl("create", "namespace", self.namespace)
            self._grant()
            return
        self.api = self.processes.start(
            [
                str(self.tools.service), "kubernetes-api", "--data-dir", str(self.folder / "api"), "--namespace",
                self.namespace, "--port", str(self.api_port), "--audit-log", str(self.audit_log), "--log-format", "json",
            ],
            env=self.tools.environment(),
            name="the API server",
        )
        line = self.api.wait_for_line(READY, timeout=20)
        self.api_port = json.loads(line.string)["port"]

    def _kubectl(self, *arguments: str, input: str | None = None) -> str:
        return self.processes.run(
            [str(self.tools.folder() / "kubectl"), *arguments],
            env=self.tools.environment(kubeconfig=self.external), timeout=90, input=input,
        ).out

    def _grant(self) -> None:
        """The account of the controller, with the Role that an installation has, and a token for it."""
        account = "jumpstarter-controller"
        printed = self.processes.run(
            [str(self.tools.service), "manifests", "--namespace", self.namespace], env=self.tools.environment(),
            timeout=30,
        ).out
        wanted = [
            item for item in yaml.safe_load_all(printed)
            if item["kind"] in ("ServiceAccount", "Role", "RoleBinding") and item["metadata"]["name"] == account
        ]
        self._kubectl("create", "-f", "-", input=yaml.safe_dump_all(wanted))
        answer = self.cluster.request(
            "POST", f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{account}/token",
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 7200}},
        )
        self.controller_token = answer["status"]["token"]

    def controller_kubeconfig(self) -> dict[str, Any]:
        """What a controller uses: on a cluster the token of its own account, or the tests would show nothing about
        its Role."""
        document = self.minified_kubeconfig()
        if self.controller_token:
            document["users"][0]["user"] = {"token": self.controller_token}
        return document

    def minified_kubeconfig(self) -> dict[str, Any]:
        """The kubeconfig in use with its current context alone, and no references to other files."""
        if self.external is None:
            return yaml.safe_load(self.admin_kubeconfig.read_text())
        return yaml.safe_load(self._kubectl("config", "view", "--minify", "--flatten", "--raw", "-o", "yaml"))

    @property
    def api_address(self) -> tuple[str, int]:
        if self.external is None:
            return "127.0.0.1", self.api_port
        url = urllib.parse.urlsplit(self.minified_kubeconfig()["clusters"][0]["cluster"]["server"])
        return url.hostname or "", url.port or 443

    @property
    def api_name(self) -> str:
        """What the API server's certificate is for, whatever address it is reached at."""
        return "localhost" if self.external is None else self.api_address[0]

    def kill_api(self) -> None:
        self.killed = True
        if self.external is not None:
            subprocess.run([os.environ["JUMPSTARTER_TEST_API_COMMAND"], "stop"], check=True, timeout=120)
            return
        self.api.popen.kill()
        self.api.popen.wait()

    def balance(self, *, without: Replica | None = None) -> None:
        alive = [replica for replica in self.replicas if replica is not without and replica.running]
        self.balancer.set([(replica.address, replica.port) for replica in alive])

    def close(self) -> None:
        for replica in self.replicas:
            if replica.running:
                replica.resume()
                replica.kill()
            replica.api.close()
        self.balancer.close()
        if self.host is not None:
            self.host.close()
        for process in (self.router, self.api):
            if process is not None:
                process.kill()
        if self.external is not None:
            self._kubectl("delete", "namespace", self.namespace, "--wait=false", "--ignore-not-found")

    def environment(self) -> dict[str, str]:
        certificate = (
            {"TLS_SECRET": "jumpstarter-tls"}
            if self.self_made
            else {"EXTERNAL_CERT_PEM": str(self.certificate), "EXTERNAL_KEY_PEM": str(self.key)}
        )
        return self.tools.environment() | certificate | {
            "NAMESPACE": self.namespace,
            "CONTROLLER_KEY": "a controller key for tests, long enough",
            "ROUTER_KEY": "a router key for tests, long enough too",
            "GRPC_ENDPOINT": f"localhost:{self.balancer.port}",
            "GRPC_ROUTER_ENDPOINT": f"localhost:{self.router_port or 1}",
            "LOGIN_SERVICE_PORT": "0",
        }

    # State

    @property
    def admin_kubeconfig(self) -> Path:
        return self.external or self.folder / "api" / "kubeconfig"

    @property
    def kubeconfig(self) -> Path:
        return self.admin_kubeconfig

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.admin_kubeconfig, self.namespace)

    @property
    def ca(self) -> bytes:
        if self.self_made:
            return self.cluster.get("configmaps", "jumpstarter-service-ca-cert")["data"]["ca.crt"].encode()
        return self.certificate.read_bytes()

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(
            namespace=self.namespace,
            controller=f"localhost:{self.balancer.port}",
            router=f"localhost:{self.router_port}",
            web="",
            login="",
            api=f"https://127.0.0.1:{self.api_port}",
            health="",
            metrics="",
            kubeconfig=str(self.kubeconfig),
            ca=str(self.certificate),
            dataDir=str(self.folder),
        )

    def leader(self) -> str | None:
        """The identity that holds the election's Lease now."""
        path = f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases/jumpstarter-controller"
        return self.cluster.request("GET", path)["spec"].get("holderIdentity") or None

    def leading(self) -> Replica:
        return next(replica for replica in self.replicas if replica.leads)

    def requests(self) -> list[Request]:
        """What the API server was asked so far."""
        if self.external is not None:
            return list(_audited(self.audit_log, self.namespace))
        result = []
        for line in self.audit_log.read_text().splitlines():
            method, target, status, agent = line.split(" ", 3)
            result.append(Request(method, target, int(status), agent))
        return result

    def logs(self) -> str:
        return "\n".join(f"--- {replica.name}\n{replica.logs()[-6000:]}" for replica in self.replicas)


def _audited(log: Path, namespace: str) -> Iterator[Request]:
    methods = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE"}
    seen = set()
    for line in log.read_text().splitlines():
        # The last line may be on its way.
        if f"/namespaces/{namespace}/" not in line or not line.endswith("}"):
            continue
        event = json.loads(line)
        # A watch has a line when it begins and another when it ends.
        if event["stage"] == "RequestReceived" or event["auditID"] in seen:
            continue
        seen.add(event["auditID"])
        yield Request(
            methods.get(event["verb"], "GET"), event["requestURI"], event.get("responseStatus", {}).get("code", 0),
            event.get("userAgent", ""),
        )


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "tls.crt", folder / "tls.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths
