"""The lab at work, step by step: run it with `make demo`.

Starts the service in a scratch folder on free ports, and does with the real `jmp`, `kubectl` and exporter what
people do in a lab. Ends with 0 only if every step went as it should; all that it started is ended either way.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
os.environ["GRPC_VERBOSITY"] = "NONE"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Tests/RealClient"))

from lab import Client, Exporter, Lab, Processes, Service, Tools  # noqa: E402
from lab.cluster import condition  # noqa: E402
from lab.gate import Gate  # noqa: E402
from lab.lab import MOCK_DRIVERS, tcp_driver  # noqa: E402
from lab.tunnel import Device, digest, exchange  # noqa: E402

MEBIBYTE = 1 << 20


class Narrator:
    """Tells each step with its number, its time and what was seen."""

    def __init__(self) -> None:
        self.count = 0
        self.begun = time.monotonic()
        self.colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colours else text

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        self.count += 1
        begun = time.monotonic()
        label = f"{self.count:2}. {title}"
        if self.colours:
            print(f"   … {label}", end="\r", flush=True)
        notes: list[str] = []
        self._notes = notes
        try:
            yield
        except BaseException:
            print(self.paint("   ✗", "1;31"), f"{label:<68}{self.took(begun)}")
            self.tell(notes)
            raise
        print(self.paint("   ✓", "1;32"), f"{label:<68}{self.took(begun)}", flush=True)
        self.tell(notes)

    def note(self, text: str) -> None:
        """Something worth showing under the step."""
        self._notes.append(text.rstrip())

    def tell(self, notes: list[str]) -> None:
        for note in notes:
            print(self.paint(textwrap.indent(note, "         "), "2"), flush=True)

    def took(self, begun: float) -> str:
        return self.paint(f"{time.monotonic() - begun:6.2f} s", "36")

    def finish(self) -> None:
        seconds = time.monotonic() - self.begun
        print(f"\n{self.paint('All is as it should be:', '1;32')} {self.count} steps in {seconds:.1f} s.")


def expect(holds: object, what: str) -> None:
    if not holds:
        raise AssertionError(what)


def columns(text: str) -> str:
    """A table of `jmp` without its frame."""
    lines = [line.strip("│┃ ") for line in text.splitlines() if re.search(r"\w", line)]
    return "\n".join(re.sub(r"\s*[│┃]\s*", "   ", line) for line in lines)


def run(narrator: Narrator, lab: Lab, service: Service, device: Device, mebibytes: int) -> None:
    folder = lab.tools.home
    board = "example.com/board=demo"

    with narrator.step("The service starts: controller, router, API and store in one"):
        service.start()
        narrator.note(f"controller {service.endpoints.controller}, router {service.endpoints.router}")
        narrator.note(f"KUBECONFIG={service.endpoints.kubeconfig}")

    with narrator.step("`jmp admin` creates the clients alice and bob"):
        for name in ("alice", "bob"):
            lab.jmp("admin", "create", "client", name, "-n", lab.namespace, "--unsafe", "--save", "--nointeractive")
        clients = folder / ".config/jumpstarter/clients"
        alice, bob = (Client(lab, name, clients / f"{name}.yaml") for name in ("alice", "bob"))

    with narrator.step("`jmp admin` creates the exporter dut, labelled board=demo"):
        path = folder / "dut.yaml"
        lab.jmp(
            "admin", "create", "exporter", "dut", "-n", lab.namespace, "--label", board, "--out", str(path),
            "--nointeractive",
        )  # fmt: skip
        exporter = Exporter(lab, "dut", path)
        exporter.configure(export=MOCK_DRIVERS | {"console": tcp_driver(device.host, device.port)})

    with narrator.step("The exporter comes online: `jmp run`"):
        dut = exporter.start(wait=False)
        lab.kubectl("wait", "exporter/dut", "--for=jsonpath={.status.exporterStatus}=Available", "--timeout=40s", timeout=45)
        narrator.note(lab.kubectl("get", "exporters").out)

    with narrator.step("alice takes a lease and switches the power: `jmp shell`"):
        done = alice.shell("j power on && j power read && j power off && echo switched", selector=board)
        expect("switched" in done.text, done.describe())
        readings = [line for line in done.text.splitlines() if "oltage" in line or "PowerReading" in line]
        narrator.note("\n".join(readings[:2]))

    with narrator.step("alice keeps a lease for ten minutes: `jmp create lease`"):
        lease = alice.create_lease("--tag", "why=demo", selector=board)
        lab.kubectl("wait", f"leases.jumpstarter.dev/{lease}", "--for=condition=Ready", "--timeout=10s")

    with narrator.step("It shows in `jmp get leases` ..."):
        shown = alice.jmp("get", "leases").out
        expect(lease in shown and "dut" in shown, f"the lease is not in\n{shown}")
        narrator.note(columns(shown))

    with narrator.step("... and in `kubectl get leases.jumpstarter.dev`"):
        shown = lab.kubectl("get", "leases.jumpstarter.dev").out
        expect(re.search(rf"{lease}\s+false\s+alice\s+dut", shown), f"the lease is not in\n{shown}")
        narrator.note(shown)

    with narrator.step("bob asks for the same device and waits"):
        waiting = bob.start_shell("echo bob holds $JMP_LEASE; j power on", selector=board)
        other = first_lease_of(lab, "bob")
        lab.kubectl("wait", f"leases.jumpstarter.dev/{other}", "--for=condition=Pending", "--timeout=20s")
        pending = condition(lab.lease(other), "Pending")
        expect(pending.get("reason") == "NotAvailable", f"bob's lease is {pending}")
        narrator.note(f"{pending['reason']}: {pending['message']}")

    with narrator.step("alice gives it back, and bob has it at his next look"):
        alice.jmp("delete", "leases", lease)
        done = waiting.wait(60)
        expect(done.code == 0 and f"bob holds {other}" in done.text, done.describe())

    with narrator.step(f"{mebibytes} MiB pass through the tunnel: `j console forward-tcp`"):
        gate = Gate(folder / "gate")
        # Of itself `j` never ends this, not even at Ctrl-C.
        forward = alice.start_shell(f"j console forward-tcp 0 & {gate.wait}; kill -9 $!", selector=board)
        address = forward.wait_for_line(r"^(127\.0\.0\.1|\[::1\]):(\d+)\s*$", timeout=60)
        half = mebibytes * MEBIBYTE // 2
        begun = time.monotonic()
        seen, received = exchange(address[1].strip("[]"), int(address[2]), up=half, down=half, timeout=600)
        took = time.monotonic() - begun
        expected = digest(half)
        expect(seen == expected, "what arrived at the device is not what was sent")
        expect(received == expected, "what came back is not what the device sent")
        narrator.note(f"half up, half down, SHA-256 {expected.hex()[:16]}… at both ends: {mebibytes / took:.0f} MiB/s")
        gate.open()
        done = forward.wait(30)
        expect(done.code == 0, done.describe())

    with narrator.step("The exporter stops and is offline at once"):
        dut.stop()
        lab.kubectl("wait", "exporter/dut", "--for=jsonpath={.status.exporterStatus}=Offline", "--timeout=5s")

    with narrator.step("The service stops cleanly"):
        service.stop(timeout=5)


def first_lease_of(lab: Lab, client: str) -> str:
    """The name of a client's running lease, as soon as there is one."""
    listing = lab.cluster.request("GET", lab.cluster.path("leases"))
    for obj in listing["items"]:
        if obj["spec"]["clientRef"]["name"] == client and not obj.get("status", {}).get("ended"):
            return obj["metadata"]["name"]
    for event in lab.cluster.watch("leases", timeout=40, resourceVersion=listing["metadata"]["resourceVersion"]):
        if event["type"] == "ADDED" and event["object"]["spec"]["clientRef"]["name"] == client:
            return event["object"]["metadata"]["name"]
    raise AssertionError(f"{client} asked for no lease")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mebibytes", type=int, default=256, help="how much to send through the tunnel (256)")
    arguments = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    narrator = Narrator()
    print(narrator.paint("A hardware lab on this machine", "1") + "\n")
    with tempfile.TemporaryDirectory(prefix="jumpstarter-demo-") as scratch, Processes() as processes, Device() as device:
        tools = Tools(Path(scratch) / "home")
        service = Service(tools, processes, Path(scratch) / "data")
        lab = Lab(service, tools, processes)
        try:
            run(narrator, lab, service, device, arguments.mebibytes)
        except KeyboardInterrupt:
            print("\nInterrupted; ending what was started.")
            return 130
        except Exception as failure:
            print(f"\n{narrator.paint('This is not as it should be:', '1;31')} {failure}")
            if tail := service.tail(20):
                print(f"\n{narrator.paint('The last lines of the log:', '1')}\n{tail}")
            for exporter in lab.exporters:
                print(f"\n{narrator.paint('The exporter printed:', '1')}\n{exporter.log()[-3000:]}")
            return 1
        finally:
            lab.close()
    narrator.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
