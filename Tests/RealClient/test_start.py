"""Starting on bad ground: the service says what is wrong and what to do, and ends with 1."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from lab import Completed, Service

NOBODY = 65534


def attempt(service: Service, *, user: int | None = None, timeout: float = 20, extra: list[str] | None = None,
            env: dict[str, str] | None = None) -> Completed:
    return service.processes.run(
        service.command() + (extra or []),
        env=service.environment() | (env or {}),
        timeout=timeout,
        check=False,
        user=user,
    )


def refused(done: Completed, *words: str) -> None:
    """Ended with 1, says what and where, and shows no innards."""
    assert done.code == 1, done.describe()
    for word in words:
        assert re.search(word, done.err), f"/{word}/ is not in\n{done.err}"
    assert '"ready"' not in done.out
    for innards in ("Fatal error", "Stack dump", "Thread 0 crashed", "Traceback", "💣"):
        assert innards not in done.err
    assert len(done.err.strip().splitlines()) <= 12, f"too long to be read:\n{done.err}"


def database(service: Service) -> Path:
    """The database of a service that ran before: the file in its folder that says it is SQLite's."""
    for file in service.data_dir.rglob("*"):
        if file.is_file() and file.open("rb").read(15) == b"SQLite format 3":
            return file
    raise AssertionError(f"no database in {list(service.data_dir.rglob('*'))}")


def test_the_ready_line_is_the_only_thing_on_standard_output(own_service: Service):
    own_service.stop()
    lines = own_service.process.out().splitlines()
    assert len(lines) == 1, lines


def test_logs_are_json_lines_on_request(own_service: Service):
    import json

    own_service.stop()
    lines = own_service.logs().splitlines()
    assert lines, "a start and a stop are worth a line"
    for line in lines:
        assert isinstance(json.loads(line), dict)


def test_a_second_start_on_one_folder_is_refused_and_the_first_goes_on(own_service: Service, make_service):
    second = make_service()
    refused(attempt(second), re.escape(str(own_service.data_dir)), "(?i)already|in use|another")
    assert own_service.probe("/readyz") == 200


def test_a_folder_is_free_again_after_a_stop_and_after_a_kill(own_service: Service):
    own_service.stop()
    own_service.start()
    own_service.kill()
    own_service.start()


def test_a_port_that_is_taken_is_named(make_service):
    service = make_service()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for name in ("controller", "router", "api", "health"):
            command = service.command()
            command[command.index(f"--{name}-port") + 1] = str(port)
            done = service.processes.run(command, env=service.environment(), timeout=20, check=False)
            refused(done, str(port), "(?i)in use|taken")


def test_a_database_that_is_damaged_is_named(own_service: Service):
    own_service.stop()
    file = database(own_service)
    content = bytearray(file.read_bytes())
    content[100:4096] = os.urandom(3996)
    file.write_bytes(content)
    for side in (file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        side.unlink(missing_ok=True)
    refused(attempt(own_service), re.escape(str(file)), "(?i)damaged|corrupt|malformed|not a database")


def test_a_file_that_is_no_database_is_named_and_left_alone(own_service: Service):
    own_service.stop()
    file = database(own_service)
    for side in (file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        side.unlink(missing_ok=True)
    file.write_text("my shopping list\n" * 100)
    refused(attempt(own_service), re.escape(str(file)), "(?i)not a database|damaged|corrupt")
    assert file.read_text().startswith("my shopping list")


def test_a_database_of_another_program_is_named_and_left_alone(own_service: Service):
    import sqlite3

    own_service.stop()
    file = database(own_service)
    for side in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        side.unlink(missing_ok=True)
    with sqlite3.connect(file) as foreign:
        foreign.execute("PRAGMA application_id = 1234")
        foreign.execute("CREATE TABLE shopping (item TEXT)")
    foreign.close()
    refused(attempt(own_service), re.escape(str(file)))
    with sqlite3.connect(file) as foreign:
        assert foreign.execute("SELECT count(*) FROM shopping").fetchone() == (0,)
    foreign.close()


def test_a_folder_that_cannot_be_written_is_named(make_service, tmp_path: Path):
    service = make_service("read-only/data")
    folder = tmp_path / "read-only"
    folder.mkdir()
    folder.chmod(0o555)
    if os.getuid() != 0:
        refused(attempt(service), re.escape(str(folder)), "(?i)permission|writ")
        return
    # Root may write anywhere, so somebody else must try.
    for parent in [tmp_path, *tmp_path.parents]:
        if parent.stat().st_uid == 0 and parent != Path("/") and not parent.stat().st_mode & 0o005:
            parent.chmod(parent.stat().st_mode | 0o055)
    try:
        service.processes.run([str(service.tools.service), "--help"], env=service.environment(), user=NOBODY)
    except (PermissionError, AssertionError):
        pytest.skip("the service's executable cannot be run by another user than root here")
    refused(attempt(service, user=NOBODY), re.escape(str(folder)), "(?i)permission|writ")


def test_a_folder_that_is_a_file_is_named(make_service, tmp_path: Path):
    service = make_service("file")
    (tmp_path / "file").write_text("hello")
    refused(attempt(service), re.escape(str(tmp_path / "file")), "(?i)director|folder")
    assert (tmp_path / "file").read_text() == "hello"


@pytest.fixture
def small_disk(tmp_path: Path):
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 10, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler


def test_a_full_disk_at_the_start_is_named(make_service, small_disk: Path):
    fill(small_disk)
    refused(attempt(make_service("small/data")), re.escape(str(small_disk)), "(?i)full|space")


def test_a_disk_that_fills_up_stops_writes_and_nothing_else(make_service, make_lab, small_disk: Path):
    from lab import ApiError

    service = make_service("small/data").start()
    lab = make_lab(service)
    alice = lab.client("alice")
    filler = fill(small_disk)

    with pytest.raises(ApiError) as answer:
        for number in range(2000):
            lab.cluster.create("configmaps", f"c{number}", data={"text": "x" * 4000})
    assert answer.value.code >= 500
    assert re.search("(?i)full|space", str(answer.value)), answer.value
    alice.config.list_leases()
    assert service.process.running

    filler.unlink()
    lab.cluster.create("configmaps", "after", data={"text": "x"})


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--no-such-flag"], "no-such-flag"),
        (["--log-format", "morse"], "log-format|morse"),
        (["--controller-port", "99999"], "controller-port|99999"),
        (["--exporter-offline-timeout", "soon"], "exporter-offline-timeout|soon"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_flag_that_is_wrong_is_named(make_service, extra: list[str], words: str):
    done = attempt(make_service(), extra=extra)
    assert done.code not in (0, None) and done.code > 0, done.describe()
    assert re.search(words, done.err), done.err


def test_a_configuration_file_that_is_wrong_is_named_with_the_path_in_it(make_service, tmp_path: Path):
    file = tmp_path / "config.yaml"
    file.write_text("leasePolicy: {maxTags: many}\n")
    refused(attempt(make_service(), extra=["--config", str(file)]), r"leasePolicy\.maxTags", "many|integer|number")
    file.write_text("leasePolicies: {}\n")
    refused(attempt(make_service(), extra=["--config", str(file)]), "leasePolicies", "leasePolicy")


def test_private_files_are_for_the_owner_s_eyes_only(own_service: Service):
    for file in own_service.data_dir.rglob("*"):
        if file.is_file() and re.search(r"key|kubeconfig", file.name):
            assert file.stat().st_mode & 0o077 == 0, file
