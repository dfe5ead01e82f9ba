"""A gate at which a script waits until the test opens it."""

from __future__ import annotations

import os
from pathlib import Path


class Gate:
    """Waited at with `read`, so nothing polls; held open here, so nothing blocks when the script has died."""

    def __init__(self, path: Path):
        self.path = path
        os.mkfifo(path)
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    @property
    def wait(self) -> str:
        """The command, for bash and sh."""
        return f"read _ < {self.path}"

    def open(self) -> None:
        os.write(self._file, b"go\n")

    def __del__(self) -> None:
        os.close(self._file)
