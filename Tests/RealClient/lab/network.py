"""A host of its own for a process: a network namespace whose cables to this host can be made to lose everything."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess


def unavailable() -> str | None:
    """Why no namespace can be made here; None when one can."""
    if shutil.which("ip") is None:
        return "there is no `ip` (package iproute2)"
    if os.geteuid() != 0:
        return "network namespaces need root"
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True)
    return None if probe.returncode == 0 else f"network namespaces are not permitted: {probe.stderr.strip()}"


class Cable:
    """Two ends in a network of their own: `here` at this host, `there` in the namespace."""

    def __init__(self, name: str, namespace: str, network: str, first: int):
        self.name = name
        self.here, self.there = f"{network}.{first}", f"{network}.{first + 1}"
        _ip("link", "add", name, "type", "veth", "peer", "name", "eth" + name[-1], "netns", namespace)
        _ip("address", "add", f"{self.here}/30", "dev", name)
        _ip("link", "set", name, "up")
        _ip("-n", namespace, "address", "add", f"{self.there}/30", "dev", "eth" + name[-1])
        _ip("-n", namespace, "link", "set", "eth" + name[-1], "up")

    def lose(self) -> None:
        """Loses every packet, both ways; nobody is told."""
        _ip("link", "set", self.name, "down")

    def mend(self) -> None:
        _ip("link", "set", self.name, "up")


class NetworkNamespace:
    def __init__(self) -> None:
        mark = secrets.token_hex(3)
        self.name = f"jumpstarter-{mark}"
        network = f"10.{100 + secrets.randbelow(100)}.{secrets.randbelow(256)}"
        _ip("netns", "add", self.name)
        try:
            _ip("-n", self.name, "link", "set", "lo", "up")
            self.to_api = Cable(f"jmp{mark}a", self.name, network, 1)
            self.to_others = Cable(f"jmp{mark}b", self.name, network, 5)
        except BaseException:
            self.close()
            raise

    @property
    def command(self) -> list[str]:
        """What stands before a command that is to run there."""
        return ["ip", "netns", "exec", self.name]

    def close(self) -> None:
        """Its cables go with it."""
        _ip("netns", "delete", self.name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
