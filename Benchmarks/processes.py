"""What a process has used, from /proc (Linux)."""

import os
import pathlib


def cpu_seconds(pid):
    """The CPU time of a process so far, in user space and in the kernel."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
