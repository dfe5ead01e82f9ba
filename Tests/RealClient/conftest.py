"""One service for each worker, a lab of its own for each test, and the logs of both beside a failure."""

from __future__ import annotations

import atexit
import hashlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

# gRPC's fork handlers would slow every child process down, and none of them uses gRPC's state.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
os.environ["GRPC_VERBOSITY"] = "NONE"

import pytest  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))

from lab import Lab, Processes, Service, Tools  # noqa: E402

LOGS = pytest.StashKey[list[tuple[str, Callable[[], str]]]]()


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    """Everything that this worker starts; ended with it, also when somebody ends the worker."""
    started = Processes()
    atexit.register(started.close)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A shell is ended by it when its lease is over; under nohup it would be ignored by everything that is started here.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield started
    started.close()


@pytest.fixture(scope="session")
def shared_service(processes: Processes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    service = Service(Tools(folder / "home"), processes, folder / "data")
    service.start()
    yield service
    if service.process is not None and service.process.running:
        service.stop()


@pytest.fixture
def show_logs(request: pytest.FixtureRequest) -> Callable[[str, Callable[[], str]], None]:
    """Registers a text that is shown when the test fails."""
    logs = request.node.stash.setdefault(LOGS, [])
    return lambda title, text: logs.append((title, text))


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """A short name that no other test uses, fit for a label value and an object name."""
    return "t" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]


@pytest.fixture
def service(shared_service: Service, show_logs) -> Service:
    """The worker's service. A test that stops it, or changes what all see, takes `own_service`."""
    before = len(shared_service.logs())
    show_logs("log of the service during this test", lambda: shared_service.logs()[before:][-8000:])
    assert shared_service.process is not None and shared_service.process.running, (
        f"the shared service has ended\n{shared_service.tail()}"
    )
    return shared_service


@pytest.fixture
def make_service(processes: Processes, tmp_path: Path, show_logs) -> Iterator[Callable[..., Service]]:
    """Makes services that belong to the test: `make_service(arguments=[...])`; not started yet."""
    made: list[Service] = []

    def make(folder: str = "data", **options) -> Service:
        service = Service(Tools(tmp_path / "service-home"), processes, tmp_path / folder, **options)
        show_logs("log of the test's own service", lambda: service.logs()[-8000:])
        made.append(service)
        return service

    yield make
    for service in made:
        if service.process is not None and service.process.running:
            service.process.kill()


@pytest.fixture
def own_service(make_service) -> Service:
    return make_service().start()


@pytest.fixture
def make_lab(processes: Processes, tmp_path: Path, prefix: str, show_logs) -> Iterator[Callable[[Service], Lab]]:
    made: list[Lab] = []

    def make(service: Service) -> Lab:
        lab = Lab(service, Tools(tmp_path / "home"), processes, prefix=prefix)
        made.append(lab)
        show_logs(
            "output of the exporters",
            lambda: "\n".join(f"--- {exporter.name}\n{exporter.log()[-4000:]}" for exporter in lab.exporters),
        )
        return lab

    yield make
    for lab in made:
        lab.close()


@pytest.fixture
def lab(make_lab, service: Service) -> Lab:
    """A lab on the worker's service."""
    return make_lab(service)


@pytest.fixture
def own_lab(make_lab, own_service: Service) -> Lab:
    """A lab on a service of the test's own."""
    return make_lab(own_service)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    report = yield
    if report.failed and report.when in ("setup", "call"):
        for title, text in item.stash.get(LOGS, []):
            if content := text():
                report.sections.append((title, content))
    return report
