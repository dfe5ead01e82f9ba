"""An exporter without a process of its own: cheap, and it says exactly what a test wants it to say."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable

import grpc
from jumpstarter_protocol import jumpstarter_pb2
from jumpstarter_protocol.jumpstarter.v1 import common_pb2

from .wire import Caller


class StubExporter:
    """Registers, reports itself available and follows its Status stream, as a real exporter does."""

    def __init__(self, caller: Caller, *, follow_leases: bool = True):
        self.caller = caller
        self.follow_leases = follow_leases
        self.messages: list[jumpstarter_pb2.StatusResponse] = []
        self.error: grpc.RpcError | None = None
        self._condition = threading.Condition()
        self._stream = None
        self._thread: threading.Thread | None = None

    def register(self, labels: dict[str, str] | None = None) -> StubExporter:
        report = jumpstarter_pb2.DriverInstanceReport(uuid=str(uuid.uuid4()))
        self.caller.call("controller.Register", jumpstarter_pb2.RegisterRequest(labels=labels or {}, reports=[report]))
        return self

    def report(self, status: str, message: str = "") -> None:
        value = common_pb2.ExporterStatus.Value(f"EXPORTER_STATUS_{status}")
        self.caller.call(
            "controller.ReportStatus", jumpstarter_pb2.ReportStatusRequest(status=value, message=message)
        )

    def connect(self) -> StubExporter:
        self._stream = self.caller.call("controller.Status", jumpstarter_pb2.StatusRequest(), timeout=600)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()
        return self

    def start(self, labels: dict[str, str] | None = None) -> StubExporter:
        """Everything up to where it can be leased, which is when the first Status message is here."""
        self.register(labels).report("AVAILABLE", "Exporter registered and available")
        self.connect()
        self.wait_for(lambda message: True, what="a first Status message")
        return self

    def wait_for(self, until: Callable[[jumpstarter_pb2.StatusResponse], bool], *, timeout: float = 10,
                 what: str = "a Status message") -> jumpstarter_pb2.StatusResponse:
        """The latest message as soon as `until` holds for it."""
        deadline = time.monotonic() + timeout
        with self._condition:
            while not (self.messages and until(self.messages[-1])):
                remaining = deadline - time.monotonic()
                if self.error is not None or remaining <= 0:
                    raise AssertionError(f"{what} did not come; got {self.messages}, error {self.error}")
                self._condition.wait(remaining)
            return self.messages[-1]

    def wait_until_leased(self, lease: str, *, timeout: float = 10) -> jumpstarter_pb2.StatusResponse:
        return self.wait_for(lambda m: m.leased and m.lease_name == lease, timeout=timeout, what=f"lease {lease}")

    def wait_until_free(self, *, timeout: float = 10) -> jumpstarter_pb2.StatusResponse:
        return self.wait_for(lambda m: not m.leased, timeout=timeout, what="the end of the lease")

    def disconnect(self) -> None:
        """Vanishes without a word, as one whose machine lost its power."""
        if self._stream is not None:
            self._stream.cancel()
        if self._thread is not None:
            self._thread.join(5)
        self.caller.close()

    def _follow(self) -> None:
        try:
            for message in self._stream:
                with self._condition:
                    self.messages.append(message)
                    self._condition.notify_all()
                if self.follow_leases:
                    self.report("LEASE_READY" if message.leased else "AVAILABLE")
        except grpc.RpcError as error:
            with self._condition:
                self.error = error
                self._condition.notify_all()
        except ValueError:
            # The channel was closed under it: the test is over.
            return
