"""Child processes whose output can be waited on, and the certainty that each of them ends."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MARKER = "JUMPSTARTER_LAB_MARKER"
"""Set in the environment of every process that is started, with a value of its own.

`jmp run` forks a child into a session of its own, so ending a process group is not enough to end an exporter.
A process inherits this variable whatever session it moves to, which is how stragglers are found.
"""


class CommandFailed(AssertionError):
    """A command ended otherwise than it should have, with all that it printed."""


@dataclass(frozen=True)
class Completed:
    """A command that has ended."""

    argv: Sequence[str]
    code: int
    out: str
    err: str
    seconds: float

    @property
    def text(self) -> str:
        """Everything that was printed; `jmp` does not always keep its two outputs apart."""
        return self.out + self.err

    def describe(self) -> str:
        parts = [f"`{' '.join(self.argv)}` ended with {self.code} after {self.seconds:.1f} s"]
        parts += [f"--- {title}\n{text.rstrip()}" for title, text in (("stdout", self.out), ("stderr", self.err)) if text]
        return "\n".join(parts)


class Process:
    """One running child; its lines of output arrive as events."""

    def __init__(self, argv: Sequence[str], *, name: str, env: dict[str, str], cwd: Path | None, marker: str,
                 user: int | None = None):
        self.argv = list(argv)
        self.name = name
        self.marker = marker
        self.started = time.monotonic()
        self._condition = threading.Condition()
        self._lines: dict[str, list[str]] = {"out": [], "err": []}
        self._merged: list[str] = []
        self._open = 2
        self.popen = subprocess.Popen(
            self.argv,
            env=env | {MARKER: marker},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
            errors="replace",
            user=user,
        )
        for kind, stream in (("out", self.popen.stdout), ("err", self.popen.stderr)):
            threading.Thread(target=self._read, args=(kind, stream), daemon=True).start()

    def _read(self, kind: str, stream) -> None:
        for line in stream:
            with self._condition:
                self._lines[kind].append(line)
                self._merged.append(line)
                self._condition.notify_all()
        with self._condition:
            self._open -= 1
            self._condition.notify_all()

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def running(self) -> bool:
        return self.popen.poll() is None

    @property
    def line_count(self) -> int:
        with self._condition:
            return len(self._merged)

    def text(self, *, since: int = 0) -> str:
        """What it has printed so far, from line `since` on."""
        with self._condition:
            return "".join(self._merged[since:])

    def out(self) -> str:
        with self._condition:
            return "".join(self._lines["out"])

    def err(self) -> str:
        with self._condition:
            return "".join(self._lines["err"])

    def wait_for_line(self, pattern: str, *, timeout: float, since: int = 0) -> re.Match[str]:
        """The first line that matches, as soon as it is printed.

        Raises CommandFailed when the process ends without printing one, or the time is up.
        """
        expression = re.compile(pattern)
        deadline = time.monotonic() + timeout
        seen = since
        with self._condition:
            while True:
                while seen < len(self._merged):
                    if match := expression.search(self._merged[seen]):
                        return match
                    seen += 1
                remaining = deadline - time.monotonic()
                if self._open == 0 or remaining <= 0:
                    break
                self._condition.wait(remaining)
        why = "ended" if not self.running else f"went on for {timeout:.0f} s"
        raise CommandFailed(f"{self.name} {why} without a line like /{pattern}/; it printed:\n{self.text()}")

    def wait(self, timeout: float) -> Completed:
        """The end of the process; CommandFailed, and the end of it all the same, when it takes longer."""
        try:
            code = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise CommandFailed(
                f"`{' '.join(self.argv)}` had not ended after {timeout:.0f} s; it printed:\n{self.text()}"
            ) from None
        with self._condition:
            # The pipes close right after, unless a grandchild has kept them.
            self._condition.wait_for(lambda: self._open == 0, timeout=1)
        return Completed(self.argv, code, self.out(), self.err(), time.monotonic() - self.started)

    def signal(self, number: int) -> None:
        if self.running:
            self.popen.send_signal(number)

    def kill(self) -> None:
        """Ends it and all that it started, at once and for certain."""
        _sweep(self.marker)
        if self.running:
            self.popen.kill()
        self.popen.wait()


def _sweep(marker: str) -> None:
    """Kills every process whose marker starts with this one, until none is left."""
    needle = f"{MARKER}={marker}".encode()
    for _ in range(50):
        found = False
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                environment = Path(entry.path, "environ").read_bytes()
                state = Path(entry.path, "stat").read_text().rsplit(")", 1)[1].split()[0]
                if state != "Z" and any(item.startswith(needle) for item in environment.split(b"\0")):
                    os.kill(int(entry.name), signal.SIGKILL)
                    found = True
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        if not found:
            return


class Processes:
    """The processes of one run. Leaving its context ends them all, however it is left."""

    def __init__(self) -> None:
        self.marker = f"{os.getpid()}-{secrets.token_hex(4)}-"
        self._started: list[Process] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_exception) -> None:
        self.close()

    def start(self, argv: Sequence[str], *, env: dict[str, str], name: str | None = None, cwd: Path | None = None,
              user: int | None = None) -> Process:
        marker = f"{self.marker}{secrets.token_hex(4)}"
        process = Process(argv, name=name or Path(argv[0]).name, env=env, cwd=cwd, marker=marker, user=user)
        self._started.append(process)
        return process

    def run(self, argv: Sequence[str], *, env: dict[str, str], timeout: float = 60, check: bool = True,
            input: str | None = None, cwd: Path | None = None, user: int | None = None) -> Completed:
        """Runs a command to its end. With `check`, another exit code than 0 raises CommandFailed."""
        marker = f"{self.marker}{secrets.token_hex(4)}"
        started = time.monotonic()
        with subprocess.Popen(
            list(argv),
            env=env | {MARKER: marker},
            cwd=cwd,
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
            errors="replace",
            user=user,
        ) as popen:
            try:
                out, err = popen.communicate(input, timeout=timeout)
            except BaseException as error:
                _sweep(marker)
                popen.kill()
                out, err = popen.communicate()
                if not isinstance(error, subprocess.TimeoutExpired):
                    raise
                raise CommandFailed(
                    f"`{' '.join(argv)}` had not ended after {timeout:.0f} s; it printed:\n{out}{err}"
                ) from None
        completed = Completed(list(argv), popen.returncode, out, err, time.monotonic() - started)
        if check and completed.code != 0:
            raise CommandFailed(completed.describe())
        return completed

    def close(self) -> None:
        for process in self._started:
            process.signal(signal.SIGTERM)
        _sweep(self.marker)
        for process in self._started:
            process.popen.wait()
        self._started.clear()
