"""Measures how much one abuser of each kind slows the tunnels of others, and writes docs/performance-abuse.md.

The abuser is a process that gets only the processor time that nobody else wants (SCHED_IDLE). It computes on the same
machine all the same, and so does the system for it. So there is a second abuser of the same kind, at a second router
that has nothing to do with the tunnel: what that one takes from the tunnel it takes from the machine. In each turn the
tunnel is measured with no abuser, beside that one, and beside the one at its own router, one after the other, and what
is compared is of the same turn. What the router spends on the abuser when nobody else is there is measured by itself.
"""

import argparse
import json
import math
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
# What an abuser has saved up while it was stopped is gone by then.
SETTLING_SECONDS = 0.25
NOBODY, NEIGHBOUR, OURS = "nobody", "neighbour", "ours"


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


def measure_beside(options, subject, neighbour, kind, results):
    """In each turn a tunnel without an abuser, with one at the router next to it, and with one at its own."""
    # Routers of their own for each kind, with nothing held against anybody.
    subject.start()
    neighbour.start()
    try:
        with Beside(kind, subject) as at_ours, Beside(kind, neighbour) as at_neighbour:
            abusers = {NEIGHBOUR: at_neighbour, OURS: at_ours}
            time.sleep(FIRST_SECONDS)
            for beside in abusers.values():
                beside.stop()
            measured = []
            for _ in range(options.tunnels):
                measured += turns(options, subject, abusers)
            results[kind] = changes(measured)
    finally:
        subject.stop()
        neighbour.stop()


def turns(options, subject, abusers):
    """What was measured in each turn, by whose company, through the same two tunnels: the load generator says when it
    has measured a slice, and waits a little before the next, for the company to change and to settle."""
    order = [NOBODY, NEIGHBOUR, OURS]
    load = subprocess.Popen(
        subject.command_of(options.bench, "--payload", 32_768, "--seconds", options.seconds, "--round-trips",
                           options.round_trips, "--slices", len(order) * options.turns, "--settling", SETTLING_SECONDS),
        stdout=subprocess.PIPE, text=True,
    )
    try:
        for _ in range(options.turns):
            measured = {}
            for name in order:
                if name in abusers:
                    abusers[name].go_on()
                line = load.stdout.readline()
                if name in abusers:
                    abusers[name].stop()
                if not line:
                    raise SystemExit(f"fairness.py: the load generator ended with code {load.wait()}")
                measured[name] = json.loads(line)
            yield measured
            order = order[1:] + order[:1]
        load.wait(timeout=30)
    finally:
        load.kill()


def changes(measured):
    """For each figure, and against each of the other companies, the change in percent in each turn."""
    return {
        (key, other): [100 * (turn[OURS][key] / turn[other][key] - 1) for turn in measured]
        for key in METRICS for other in (NOBODY, NEIGHBOUR)
    }


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


def interval(values):
    """Where the median of all that could be measured lies, with 95 % certainty: between two of the values (the sign test)."""
    ordered, count = sorted(values), len(values)
    below, chance = 0, 0.5**count
    while below + 1 < count / 2 and chance + math.comb(count, below + 1) * 0.5**count <= 0.025:
        below += 1
        chance += math.comb(count, below) * 0.5**count
    return ordered[below], ordered[count - 1 - below]


def cell(changes):
    low, high = interval(changes)
    return f"{statistics.median(changes):+.0f} % ({low:+.0f} to {high:+.0f})"


def row(kind, values):
    cells = [f"{values['first']:.0f} and {values['then']:.0f}", str(values["connections"])]
    cells += [cell(values[key, other]) for key in METRICS for other in (NOBODY, NEIGHBOUR)]
    return f"| {kind} | {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the jumpstarter binary, a release build")
    parser.add_argument("--bench", required=True, help="the RouterBenchmark binary, a release build")
    parser.add_argument("--tunnels", type=int, default=6, help="how often the tunnels beside each abuser are new")
    parser.add_argument("--turns", type=int, default=9, help="comparisons with each of these")
    parser.add_argument("--seconds", type=float, default=0.15, help="of each flood")
    parser.add_argument("--round-trips", type=int, default=1_000, help="in each slice")
    parser.add_argument("--kinds", nargs="*", default=abuser.KINDS)
    parser.add_argument("--output", type=pathlib.Path, default=router.ROOT / "docs")
    options = parser.parse_args()
    if not shutil.which("chrt"):
        raise SystemExit("fairness.py: chrt is missing; it is in Debian's util-linux")

    results = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        router.certificate(folder)
        subject, neighbour = (router.router(options.binary, folder) for _ in range(2))
        for kind in options.kinds:
            measure_beside(options, subject, neighbour, kind, results)
            measure_alone(options, subject, kind, results)
            print(row(kind, results[kind]), flush=True)
    text = [
        "# Tunnels beside an abuser", "",
        "Written by `make bench-fairness`. One abuser, 16 threads of one address, misuses the router as fast as it can, "
        "without a good token, while a tunnel of somebody else runs. The abuser gets only the processor time that "
        "nobody else wants (SCHED_IDLE), but it is on the same machine. So each change is given twice: against no abuser "
        "at all, and against the same abuser at a second router, which takes from the machine what it takes but nothing "
        "from the router of the tunnel.", "",
        f"Machine: {router.machine()}. Beside each abuser {options.tunnels * options.turns} turns of {options.round_trips:,} "
        "round trips of 64 B and "
        f"a flood of {options.seconds} s, 32 KiB a message, with each of the three one after the other; new tunnels after "
        f"every {options.turns}. The medians of the turns' changes, and where the median lies with 95 % certainty.", "",
        "| abuser | router's CPU for it alone, first 2 s, and then, % of a core | its connections | p50 against nobody | "
        "against the neighbour | p99 against nobody | against the neighbour | MB/s against nobody | "
        "against the neighbour |",
        "|---|---|---|---|---|---|---|---|---|",
        *(row(kind, values) for kind, values in results.items()), "",
        "What keeps it so: [clients without a good token](router.md#clients-without-a-good-token).", "",
    ]
    (options.output / "performance-abuse.md").write_text("\n".join(text), encoding="utf-8")
    print(f"fairness.py: {options.output / 'performance-abuse.md'} written")


if __name__ == "__main__":
    main()
