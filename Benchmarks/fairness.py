"""Measures how much one abuser of each kind slows the tunnels of others, and writes docs/performance-abuse.md.

The abuser is a process that gets only the processor time that nobody else wants (SCHED_IDLE): what is measured is what
it makes the router do, not that it computes on the same machine. What the router spends on the abuser when nobody else
is there is the steadier figure where other work on the machine makes times uncertain.
"""

import argparse
import json
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import abuser
import router
from processes import cpu_seconds

ABUSER = pathlib.Path(__file__).with_name("abuser.py")
NOBODY = "nobody"
FIRST_SECONDS = 2


class Beside:
    """An abuser that runs while something is measured."""

    def __init__(self, kind, subject):
        self.kind, self.subject, self.connections = kind, subject, 0

    def __enter__(self):
        if self.kind != NOBODY:
            self.process = subprocess.Popen(
                ["chrt", "--idle", "0", sys.executable, "-B", ABUSER, "--kind", self.kind, "--port",
                 str(self.subject.port), "--ca", self.subject.ca],
                stdout=subprocess.PIPE, text=True,
            )
        return self

    def __exit__(self, *_):
        if self.kind == NOBODY:
            return
        if self.process.poll() is not None:
            raise SystemExit(f"fairness.py: the abuser ended by itself with code {self.process.returncode}")
        self.process.send_signal(signal.SIGTERM)
        self.connections = json.loads(self.process.communicate(timeout=30)[0])["connections"]


def measure(options, subject, kind, results):
    for name, arguments in (
        ("trips", ("--seconds", 0, "--round-trips", options.round_trips)),
        ("rate", ("--payload", 32_768, "--seconds", options.seconds, "--round-trips", 0)),
    ):
        # A router of its own each time, with nothing held against anybody.
        subject.start()
        try:
            with Beside(kind, subject):
                lines = subject.measure(options.bench, *arguments)
        finally:
            subject.stop()
        if not lines:
            raise SystemExit(f"fairness.py: nothing was measured beside {kind}")
        values = results.setdefault(kind, {})
        for key in ("p50_us", "p99_us") if name == "trips" else ("MB/s",):
            values.setdefault(key, []).append(lines[0][key])


def measure_alone(options, subject, kind, results):
    """What the router does for an abuser with nobody else there, in percent of one core: at first, and from then on."""
    subject.start()
    try:
        with Beside(kind, subject) as beside:
            start = cpu_seconds(subject.process.pid)
            time.sleep(FIRST_SECONDS)
            middle = cpu_seconds(subject.process.pid)
            time.sleep(options.seconds)
            end = cpu_seconds(subject.process.pid)
    finally:
        subject.stop()
    values = results.setdefault(kind, {})
    values.setdefault("first", []).append(100 * (middle - start) / FIRST_SECONDS)
    values.setdefault("then", []).append(100 * (end - middle) / options.seconds)
    values.setdefault("connections", []).append(beside.connections)


def table(results):
    rows = ["| abuser | the router's CPU for it alone, first 2 s, and then, % of a core | its connections | "
            "64 B round trip beside it, p50, us | p99, us | MB/s, one pair, 32 KiB |", "|---|---|---|---|---|---|"]
    alone = {key: statistics.median(values) for key, values in results[NOBODY].items()}
    for kind, values in results.items():
        cells = []
        for key in ("p50_us", "p99_us", "MB/s"):
            change = 100 * (statistics.median(values[key]) / alone[key] - 1)
            cells.append(router.spread(values[key]) + ("" if kind == NOBODY else f", {change:+.0f} %"))
        spent = "" if kind == NOBODY else " and ".join(f"{statistics.median(values[key]):.0f}" for key in ("first", "then"))
        connections = "" if kind == NOBODY else f"{statistics.median(values['connections']):.0f}"
        rows.append(f"| {kind} | {spent} | {connections} | {' | '.join(cells)} |")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the jumpstarter binary, a release build")
    parser.add_argument("--bench", required=True, help="the RouterBenchmark binary, a release build")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each throughput run")
    parser.add_argument("--round-trips", type=int, default=15_000)
    parser.add_argument("--kinds", nargs="*", default=abuser.KINDS)
    parser.add_argument("--output", type=pathlib.Path, default=router.ROOT / "docs")
    options = parser.parse_args()
    if not shutil.which("chrt"):
        raise SystemExit("fairness.py: chrt is missing; it is in Debian's util-linux")

    results = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        router.certificate(folder)
        subject = router.router(options.binary, folder)
        for run in range(options.runs):
            for kind in [NOBODY, *options.kinds]:
                measure(options, subject, kind, results)
                if kind != NOBODY:
                    measure_alone(options, subject, kind, results)
            print(f"run {run + 1} of {options.runs}\n{table(results)}", flush=True)
    text = [
        "# Tunnels beside an abuser", "",
        "Written by `make bench-fairness`. One abuser, 16 threads of one address, misuses the router as fast as it can, "
        "without a good token, while a tunnel of somebody else runs. The abuser gets only the processor time that "
        "nobody else wants (SCHED_IDLE), so the figures show what it makes the router do: for it alone when nobody else is "
        "there, and to the tunnel of somebody else.", "",
        f"Machine: {router.machine()}. Each figure is the median of {options.runs} runs (smallest to largest) and its "
        "difference from that with nobody beside.", "",
        table(results), "",
        "What keeps it so: [clients without a good token](router.md#clients-without-a-good-token).", "",
    ]
    (options.output / "performance-abuse.md").write_text("\n".join(text), encoding="utf-8")
    print(f"fairness.py: {options.output / 'performance-abuse.md'} written")


if __name__ == "__main__":
    main()
