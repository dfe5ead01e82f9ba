"""Measures leasing: CreateLease until Ready, Dial, and what the service costs with 50 exporters.

Starts a standalone service in a scratch folder, simulates exporters on the wire (Register, ReportStatus, Status and
Listen streams), and prints medians and 99th percentiles with the machine they were measured on. Run it through
`make bench`, which builds the release binary and brings the Python packages.
"""

import argparse
import asyncio
import base64
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import grpc
from google.protobuf import duration_pb2
from jumpstarter_protocol import client_pb2, client_pb2_grpc, jumpstarter_pb2, jumpstarter_pb2_grpc
from jumpstarter_protocol.jumpstarter.v1 import common_pb2

from processes import cpu_seconds

NAMESPACE = "bench"


class Service:
    """A standalone service on free ports in a scratch folder."""

    def __init__(self, binary: str):
        self.folder = tempfile.mkdtemp(prefix="jumpstarter-bench-")
        ports = [f"--{name}-port=0" for name in ("controller", "router", "web", "login", "api", "health", "metrics")]
        self.process = subprocess.Popen(
            [binary, "standalone", "--data-dir", self.folder + "/data", "--namespace", NAMESPACE, "--log-level", "warning"]
            + ports,
            stdout=subprocess.PIPE,
        )
        self.info = json.loads(self.process.stdout.readline())

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        command = ["kubectl", "--kubeconfig", self.info["kubeconfig"], "-n", NAMESPACE, *arguments]
        return subprocess.run(command, input=stdin, check=True, capture_output=True, text=True).stdout

    def resident_mib(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process.pid)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
        shutil.rmtree(self.folder)


class ClusterService(Service):
    """A controller on the Kubernetes-shaped API, over HTTPS; what is measured is the controller alone."""

    def __init__(self, binary: str):
        self.folder = tempfile.mkdtemp(prefix="jumpstarter-bench-")
        self.api = subprocess.Popen(
            [binary, "kubernetes-api", "--data-dir", self.folder + "/api", "--namespace", NAMESPACE, "--port", "0",
             "--log-level", "warning", "--audit-log", self.folder + "/audit"],
            stdout=subprocess.PIPE,
        )
        kubeconfig = json.loads(self.api.stdout.readline())["kubeconfig"]
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        keys = {"CONTROLLER_KEY": "a key for measuring, long enough", "ROUTER_KEY": "another key for measuring, long"}
        self.process = subprocess.Popen(
            [binary, "controller", "--kubeconfig", kubeconfig, "--bind", "127.0.0.1", "--controller-port", str(port),
             "--internal-port", "0", "--web-port", "0", "--metrics-bind-address", "127.0.0.1:0", "--health-probe-bind-address",
             "127.0.0.1:0", "--log-level", "warning"],
            stdout=subprocess.PIPE,
            env=os.environ | keys | {
                "NAMESPACE": NAMESPACE, "GRPC_ENDPOINT": f"localhost:{port}", "TLS_SECRET": "jumpstarter-tls",
                "LOGIN_SERVICE_PORT": "0",
            },
        )
        self.process.stdout.readline()
        self.info = {"kubeconfig": kubeconfig, "controller": f"localhost:{port}", "ca": self.folder + "/ca.crt"}
        ca = self.kubectl("get", "configmap", "jumpstarter-service-ca-cert", "-o", r"jsonpath={.data.ca\.crt}")
        Path(self.info["ca"]).write_text(ca)

    def requests(self) -> int:
        """How many requests of the controller about leases and exporters the API has answered."""
        return sum(
            line.endswith("jumpstarter-controller\n") and "/jumpstarter.dev/" in line
            for line in Path(self.folder + "/audit").open()
        )

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.api.send_signal(signal.SIGTERM)
        self.api.wait(timeout=10)
        shutil.rmtree(self.folder)


def objects(exporters: int) -> str:
    items = [
        {
            "apiVersion": "jumpstarter.dev/v1alpha1",
            "kind": kind,
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"example.com/board": "x"}},
        }
        for kind, name in [("Client", "alice")] + [("Exporter", f"dut-{index:03}") for index in range(exporters)]
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def tokens(service: Service, exporters: int) -> dict[str, str]:
    deadline = time.monotonic() + 60 + exporters / 10
    found = {}
    while len(found) < exporters + 1 and time.monotonic() < deadline:
        for secret in json.loads(service.kubectl("get", "secrets", "-o", "json"))["items"]:
            if owners := secret["metadata"].get("ownerReferences"):
                found[owners[0]["name"]] = base64.b64decode(secret["data"]["token"]).decode()
    assert len(found) == exporters + 1, f"{len(found)} credentials"
    return found


def metadata(kind: str, name: str, token: str):
    return (
        ("authorization", f"Bearer {token}"),
        ("jumpstarter-namespace", NAMESPACE),
        ("jumpstarter-kind", kind),
        ("jumpstarter-name", name),
    )


class SimulatedExporter:
    """An exporter as the service sees it: registered, available, with its Status stream open."""

    def __init__(self, channel, name: str, token: str):
        self.stub = jumpstarter_pb2_grpc.ControllerServiceStub(channel)
        self.metadata = metadata("Exporter", name, token)

    async def run(self, ready: asyncio.Event):
        await self.stub.Register(jumpstarter_pb2.RegisterRequest(), metadata=self.metadata)
        await self.report(common_pb2.EXPORTER_STATUS_AVAILABLE)
        async for _ in self.stub.Status(jumpstarter_pb2.StatusRequest(), metadata=self.metadata):
            ready.set()

    async def report(self, status):
        await self.stub.ReportStatus(jumpstarter_pb2.ReportStatusRequest(status=status), metadata=self.metadata)

    async def listen(self, lease: str):
        async for _ in self.stub.Listen(jumpstarter_pb2.ListenRequest(lease_name=lease), metadata=self.metadata):
            pass


def is_ready(lease) -> bool:
    return any(condition.type == "Ready" and condition.status == "True" for condition in lease.conditions)


def summary(samples: list[float]) -> str:
    ordered = sorted(samples)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"median {statistics.median(ordered) * 1000:6.2f} ms   p99 {p99 * 1000:6.2f} ms   ({len(ordered)} samples)"


class Bench:
    def __init__(self, service: Service, exporters: int, in_flight: list[int], connections: int):
        self.service = service
        self.exporters = exporters
        self.in_flight = in_flight
        self.connections = connections or exporters

    async def run(self, count: int):
        ca = Path(self.service.info["ca"]).read_bytes()
        credentials = grpc.ssl_channel_credentials(ca)
        known = await asyncio.to_thread(tokens, self.service, self.exporters)
        async with grpc.aio.secure_channel(self.service.info["controller"], credentials) as channel:
            at_rest = self.service.resident_mib()
            tasks = await self.start_exporters(credentials, known)
            self.client = client_pb2_grpc.ClientServiceStub(channel)
            self.controller = jumpstarter_pb2_grpc.ControllerServiceStub(channel)
            self.metadata = metadata("Client", "alice", known["alice"])
            print(f"memory: {at_rest:.0f} MiB before exporters connect, "
                  f"{self.service.resident_mib():.0f} MiB with {self.exporters}")
            await self.acquire(20)
            for in_flight in self.in_flight:
                await self.measure(in_flight, count)
            await self.measure_dial(count)
            print(f"memory: {self.service.resident_mib():.0f} MiB at the end")
            for task in tasks:
                task.cancel()

    async def start_exporters(self, credentials, known):
        tasks, events, self.simulated = [], [], {}
        # Connections of their own, as real exporters have.
        options = [("grpc.use_local_subchannel_pool", 1)]
        channels = [
            grpc.aio.secure_channel(self.service.info["controller"], credentials, options)
            for _ in range(self.connections)
        ]
        for number, (name, token) in enumerate(known.items()):
            if name != "alice":
                ready = asyncio.Event()
                events.append(ready)
                channel = channels[number % self.connections]
                self.simulated[name] = SimulatedExporter(channel, name, token)
                tasks.append(asyncio.ensure_future(self.simulated[name].run(ready)))
        await asyncio.gather(*(event.wait() for event in events))
        return tasks

    async def acquire(self, count: int) -> list[float]:
        samples = []
        for _ in range(count):
            begun = time.perf_counter()
            lease = await self.client.CreateLease(
                client_pb2.CreateLeaseRequest(
                    parent=f"namespaces/{NAMESPACE}",
                    lease=client_pb2.Lease(
                        selector="example.com/board=x", duration=duration_pb2.Duration(seconds=600)
                    ),
                ),
                metadata=self.metadata,
            )
            samples.append(time.perf_counter() - begun)
            if not is_ready(lease):
                raise SystemExit(f"a lease was not Ready at once: {lease}")
            await self.client.DeleteLease(
                client_pb2.DeleteLeaseRequest(name=lease.name), metadata=self.metadata
            )
        return samples

    async def measure(self, in_flight: int, count: int):
        asked = self.service.requests() if isinstance(self.service, ClusterService) else 0
        cpu, begun = self.service.cpu_seconds(), time.perf_counter()
        results = await asyncio.gather(*(self.acquire(max(1, count // in_flight)) for _ in range(in_flight)))
        samples = [sample for result in results for sample in result]
        wall = time.perf_counter() - begun
        cost = (self.service.cpu_seconds() - cpu) / len(samples) * 1000
        print(f"CreateLease to Ready, {in_flight:3} in flight: {summary(samples)}   "
              f"{len(samples) / wall:5.0f} leases/s, {cost:.2f} ms CPU a lease", end="")
        if isinstance(self.service, ClusterService):
            print(f", {(self.service.requests() - asked) / len(samples):.2f} requests a lease", end="")
        print()

    async def measure_dial(self, count: int):
        lease = await self.client.CreateLease(
            client_pb2.CreateLeaseRequest(
                parent=f"namespaces/{NAMESPACE}",
                lease=client_pb2.Lease(exporter_name="dut-000", duration=duration_pb2.Duration(seconds=600)),
            ),
            metadata=self.metadata,
        )
        name = lease.name.rsplit("/", 1)[1]
        # The exporter listens and says that it is ready, as a real one does once its session is up.
        exporter = self.simulated["dut-000"]
        listening = asyncio.ensure_future(exporter.listen(name))
        await exporter.report(common_pb2.EXPORTER_STATUS_LEASE_READY)
        samples = []
        for _ in range(count):
            begun = time.perf_counter()
            await self.controller.Dial(jumpstarter_pb2.DialRequest(lease_name=name), metadata=self.metadata)
            samples.append(time.perf_counter() - begun)
        listening.cancel()
        print(f"Dial:                                {summary(samples)}")


def machine() -> str:
    model = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=".build/release/jumpstarter")
    parser.add_argument("--exporters", type=int, default=50)
    parser.add_argument("--count", type=int, default=500, help="leases in each measurement")
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1, 50], help="requests at a time")
    parser.add_argument("--connections", type=int, default=0, help="connections that exporters share; 0: one for each")
    parser.add_argument("--cluster", action="store_true", help="a controller on the Kubernetes-shaped API over HTTPS")
    options = parser.parse_args()
    print(f"machine: {machine()}")
    store = "the Kubernetes-shaped API over HTTPS" if options.cluster else "SQLite, synchronous=FULL"
    print(f"binary:  {options.binary}; store: {store}; client: Python grpcio on the same machine")
    service = (ClusterService if options.cluster else Service)(options.binary)
    try:
        print(f"memory: {service.resident_mib():.0f} MiB at rest")
        service.kubectl("apply", "-f", "-", stdin=objects(options.exporters))
        asyncio.run(Bench(service, options.exporters, options.in_flight, options.connections).run(options.count))
    finally:
        service.stop()


if __name__ == "__main__":
    main()
