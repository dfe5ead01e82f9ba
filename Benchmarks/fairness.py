"""Measures how much one abuser of each kind slows the tunnels of others, and writes docs/performance-abuse.md.

The abuser is a process that gets only the processor time that nobody else wants (SCHED_IDLE): what is measured is what
it makes the router do, not that it computes on the same machine. It is stopped and let go on in turns, and each time
beside it is compared with that of the same turn without it, so that what else the machine does falls on both. What the
router spends on the abuser when nobody else is there is measured by itself.
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
METRICS = ("p50_us", "p99_us", "MB/s")
FIRST_SECONDS = 2
THEN_SECONDS = 4


class Beside:
    """An abuser that runs, with pauses, while something is measured."""

    def __init__(self, kind, subject):
        self.kind, self.subject, self.has_ended = kind, subject, False

    def __enter__(self):
        self.process = subprocess.Popen(
            ["chrt", "--idle", "0", sys.executable, "-B", ABUSER, "--kind", self.kind, "--port",
             str(self.subject.port), "--ca", self.subject.ca],
            stdout=subprocess.PIPE, text=True,
        )
        return self

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def __exit__(self, *_):
        if self.has_ended:
            return
        if self.process.poll() is not None:
            raise SystemExit(f"fairness.py: the abuser ended by itself with code {self.process.returncode}")
        self.process.kill()
        self.process.wait()

    def end(self):
        """Ends it; returns how many connections it has made."""
        self.has_ended = True
        self.process.send_signal(signal.SIGTERM)
        return json.loads(self.process.communicate(timeout=30)[0])["connections"]


def measure_beside(options, subject, kind, results):
    """In each turn a tunnel beside the abuser and without it."""
    values = results.setdefault(kind, {})
    # A router of its own for each kind, with nothing held against anybody.
    subject.start()
    try:
        with Beside(kind, subject) as beside:
            time.sleep(FIRST_SECONDS)
            for turn in range(options.turns):
                measured = {}
                for is_abused in (turn % 2 == 0, turn % 2 == 1):
                    (beside.go_on if is_abused else beside.stop)()
                    measured[is_abused] = tunnel(options, subject, kind)
                for key in METRICS:
                    values.setdefault(key, []).append(measured[True][key])
                    values.setdefault(f"{key} change", []).append(100 * (measured[True][key] / measured[False][key] - 1))
    finally:
        subject.stop()


def tunnel(options, subject, kind):
    lines = subject.measure(options.bench, "--payload", 32_768, "--seconds", options.seconds, "--round-trips",
                            options.round_trips)
    if len(lines) != 2:
        raise SystemExit(f"fairness.py: nothing was measured beside {kind}")
    return lines[0] | lines[1]


def measure_alone(options, subject, kind, results):
    """What the router does for an abuser with nobody else there, in percent of one core: at first, and from then on."""
    subject.start()
    try:
        with Beside(kind, subject) as beside:
            start = cpu_seconds(subject.process.pid)
            time.sleep(FIRST_SECONDS)
            middle = cpu_seconds(subject.process.pid)
            time.sleep(THEN_SECONDS)
            end = cpu_seconds(subject.process.pid)
            connections = beside.end()
    finally:
        subject.stop()
    results[kind] |= {
        "first": 100 * (middle - start) / FIRST_SECONDS,
        "then": 100 * (end - middle) / THEN_SECONDS,
        "connections": connections,
    }


def row(kind, values):
    cells = [f"{values['first']:.0f} and {values['then']:.0f}", str(values["connections"])]
    for key in METRICS:
        changes = values[f"{key} change"]
        cells.append(f"{statistics.median(values[key]):.0f}, {statistics.median(changes):+.0f} % "
                     f"({min(changes):+.0f} to {max(changes):+.0f})")
    return f"| {kind} | {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the jumpstarter binary, a release build")
    parser.add_argument("--bench", required=True, help="the RouterBenchmark binary, a release build")
    parser.add_argument("--turns", type=int, default=6, help="comparisons beside each abuser")
    parser.add_argument("--seconds", type=int, default=1, help="of each throughput run")
    parser.add_argument("--round-trips", type=int, default=5_000)
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
        for kind in options.kinds:
            measure_beside(options, subject, kind, results)
            measure_alone(options, subject, kind, results)
            print(row(kind, results[kind]), flush=True)
    text = [
        "# Tunnels beside an abuser", "",
        "Written by `make bench-fairness`. One abuser, 16 threads of one address, misuses the router as fast as it can, "
        "without a good token, while a tunnel of somebody else runs. The abuser gets only the processor time that "
        "nobody else wants (SCHED_IDLE), so the figures show what it makes the router do: for it alone when nobody else is "
        "there, and to the tunnel of somebody else.", "",
        f"Machine: {router.machine()}. Beside each abuser {options.turns} turns of {options.round_trips:,} round trips and "
        f"{options.seconds} s of throughput, each compared with one of the same turn while the abuser is stopped. The "
        "medians, and of the differences also the smallest and largest.", "",
        "| abuser | router's CPU for it alone, first 2 s, and then, % of a core | its connections | "
        "64 B round trip beside it, p50, us | p99, us | MB/s, one pair, 32 KiB |",
        "|---|---|---|---|---|---|",
        *(row(kind, values) for kind, values in results.items()), "",
        "What keeps it so: [clients without a good token](router.md#clients-without-a-good-token).", "",
    ]
    (options.output / "performance-abuse.md").write_text("\n".join(text), encoding="utf-8")
    print(f"fairness.py: {options.output / 'performance-abuse.md'} written")


if __name__ == "__main__":
    main()
