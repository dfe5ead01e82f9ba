"""A device at the far end of a tunnel: a TCP server that says what arrived and sends what is asked for."""

from __future__ import annotations

import hashlib
import socket
import struct
import threading

BLOCK = 1 << 16


class Device:
    """Takes `length` bytes, answers with their SHA-256, then sends the same number of bytes of its own.

    The lengths travel in front, so nothing depends on half-closing a connection through the tunnel.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *_exception) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            up, down = struct.unpack("!QQ", receive(connection, 16))
            connection.sendall(receive_digest(connection, up))
            for block in blocks(down):
                connection.sendall(block)


def blocks(length: int):
    """`length` bytes that never repeat within a block, and differ from block to block."""
    pattern = hashlib.shake_128(b"tunnel").digest(BLOCK)
    number = 0
    while length > 0:
        head = struct.pack("!Q", number)
        block = (head + pattern[8:])[: min(length, BLOCK)]
        yield block
        length -= len(block)
        number += 1


def digest(length: int) -> bytes:
    total = hashlib.sha256()
    for block in blocks(length):
        total.update(block)
    return total.digest()


def receive(connection: socket.socket, length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        part = connection.recv(length - len(content))
        if not part:
            raise ConnectionError(f"the connection ended after {len(content)} of {length} bytes")
        content += part
    return bytes(content)


def receive_digest(connection: socket.socket, length: int) -> bytes:
    """The SHA-256 of the next `length` bytes."""
    total, left = hashlib.sha256(), length
    while left > 0:
        part = connection.recv(min(left, 1 << 20))
        if not part:
            raise ConnectionError(f"the connection ended {left} bytes early")
        total.update(part)
        left -= len(part)
    return total.digest()


def exchange(host: str, port: int, *, up: int, down: int, timeout: float) -> tuple[bytes, bytes]:
    """Sends and receives through a tunnel: the digest that the device saw, and the one of what came back."""
    with socket.create_connection((host, port), timeout=timeout) as connection:
        connection.sendall(struct.pack("!QQ", up, down))
        failure: list[Exception] = []

        def send() -> None:
            try:
                for block in blocks(up):
                    connection.sendall(block)
            except OSError as error:
                failure.append(error)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        seen = receive(connection, 32)
        received = receive_digest(connection, down)
        sender.join(timeout)
        if failure:
            raise failure[0]
        return seen, received
