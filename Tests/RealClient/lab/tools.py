"""Where the real programs are."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


class Tools:
    """Paths of the programs, and an environment in which nothing of this user's own configuration is left."""

    def __init__(self, home: Path):
        self.home = home
        home.mkdir(parents=True, exist_ok=True)

    @property
    def service(self) -> Path:
        """The service's executable: JUMPSTARTER_BINARY, or the debug build."""
        return Path(os.environ.get("JUMPSTARTER_BINARY", REPOSITORY / ".build/debug/jumpstarter")).resolve()

    @staticmethod
    @functools.cache
    def folder(version: str = "current") -> Path:
        """The folder of a client's programs. The current client's is that of the Python that runs this."""
        if version == "current":
            return Path(sys.executable).parent
        made = subprocess.run(
            [REPOSITORY / "Scripts/real-client", version], check=True, stdout=subprocess.PIPE, text=True
        )
        return Path(made.stdout.strip()) / "bin"

    def environment(self, *, version: str = "current", kubeconfig: Path | None = None) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JMP_", "JUMPSTARTER_", "KUBE", "GRPC_", "PYTEST", "XDG_"))
        }
        environment = kept | {
            "HOME": str(self.home),
            "PATH": f"{self.folder(version)}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            # Tables of `jmp` are cut to the width of the terminal otherwise.
            "COLUMNS": "220",
            "TERM": "dumb",
            "NO_COLOR": "1",
            "SHELL": "/bin/bash",
        }
        if kubeconfig is not None:
            environment["KUBECONFIG"] = str(kubeconfig)
        return environment
