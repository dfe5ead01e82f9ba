"""A TCP forwarder in this process: a load balancer, and a cable that can be pulled."""

from __future__ import annotations

import itertools
import queue
import socket
import threading
import time


class Forwarder:
    """Gives each connection to the next backend that takes it. What is cut off neither connects nor says goodbye."""

    def __init__(self, backends: list[tuple[str, int]] | None = None, *, host: str = "127.0.0.1"):
        self._backends = list(backends or [])
        self._turns = itertools.count()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self.delay = 0.0
        """Seconds by which everything on its way to a backend is held up."""
        self._listener = socket.create_server((host, 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, backends: list[tuple[str, int]]) -> None:
        """New connections go to these hosts and ports."""
        with self._lock:
            self._backends = list(backends)

    def cut(self) -> None:
        """Ends every connection and refuses new ones, until `mend`."""
        with self._lock:
            self._is_cut = True
            open_now, self._open = self._open, set()
        for end in open_now:
            _shut(end)

    def mend(self) -> None:
        with self._lock:
            self._is_cut = False

    def close(self) -> None:
        self.cut()
        _shut(self._listener)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        far = self._connect()
        with self._lock:
            if far is None or self._is_cut:
                doomed = [end for end in (near, far) if end is not None]
            else:
                doomed = []
                self._open |= {near, far}
        if doomed:
            for end in doomed:
                _shut(end)
            return
        way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        for target, arguments in ((self._receive, (near, far, way)), (self._deliver, (near, far, way))):
            threading.Thread(target=target, args=arguments, daemon=True).start()
        threading.Thread(target=self._pump, args=(far, near), daemon=True).start()

    def _connect(self) -> socket.socket | None:
        with self._lock:
            backends = [] if self._is_cut else list(self._backends)
        first = next(self._turns)
        for number in range(len(backends)):
            try:
                end = socket.create_connection(backends[(first + number) % len(backends)], timeout=5)
            except OSError:
                continue
            # Here, as it may have been closed by the time that a thread takes it.
            end.settimeout(None)
            return end
        return None

    def _receive(self, source: socket.socket, target: socket.socket, way: queue.SimpleQueue) -> None:
        """What comes in is under way for the delay from then on, however much else is."""
        try:
            while data := source.recv(65536):
                way.put((time.monotonic() + self.delay, data))
        except OSError:
            _shut(target)
        way.put((time.monotonic() + self.delay, b""))

    def _deliver(self, source: socket.socket, target: socket.socket, way: queue.SimpleQueue) -> None:
        try:
            while True:
                due, data = way.get()
                if (wait := due - time.monotonic()) > 0:
                    threading.Event().wait(wait)
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    break
                target.sendall(data)
        except OSError:
            _shut(source)
            _shut(target)
        with self._lock:
            self._open.discard(source)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            _shut(source)
            _shut(target)
        with self._lock:
            self._open.discard(source)


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()
