"""Measures what opening a pair costs a router when its clients resume their TLS sessions, and when they do not.

In Python, as the TLS library of the load generator cannot resume as a client.
"""

import argparse
import concurrent.futures
import json
import socket
import ssl
import threading
import time
import uuid

import http2
from processes import cpu_seconds


class Opener:
    def __init__(self, options, resumes):
        self.options = options
        self.resumes = resumes
        self.context = ssl.create_default_context(cafile=options.ca)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.set_alpn_protocols(["h2"])
        # One session for each thread: a ticket is good for one connection.
        self.local = threading.local()
        self.resumed = 0
        self.lock = threading.Lock()

    def connect(self):
        tcp = socket.create_connection(("127.0.0.1", self.options.port), timeout=10)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = getattr(self.local, "session", None) if self.resumes else None
        connection = self.context.wrap_socket(tcp, server_hostname="localhost", session=session)
        with self.lock:
            self.resumed += connection.session_reused
        return connection

    def call(self, token):
        connection = self.connect()
        headers = http2.call(1, 0x4, ("authorization", f"Bearer {token}"))
        connection.sendall(http2.GREETING + http2.frame(4) + headers)
        return connection

    def pair(self, _):
        token = http2.token(self.options.key, uuid.uuid4().hex)
        calls = [self.call(token), self.call(token)]
        for connection in calls:
            self.wait_for_answer(connection)
            # The tickets have come by now.
            self.local.session = connection.session
        return calls

    @staticmethod
    def wait_for_answer(connection):
        received = b""
        while True:
            rest = received
            while len(rest) >= 9 and len(rest) >= 9 + int.from_bytes(rest[:3], "big"):
                if rest[3] == 1:
                    return
                rest = rest[9 + int.from_bytes(rest[:3], "big"):]
            piece = connection.recv(65_536)
            if not piece:
                raise SystemExit("resumption.py: the router closed a connection")
            received += piece

    def measure(self):
        with concurrent.futures.ThreadPoolExecutor(self.options.threads) as pool:
            # Each thread's first pair has no session to resume, and its first connections wake what sleeps.
            opened = list(pool.map(self.pair, range(4 * self.options.threads)))
            self.resumed = 0
            before = cpu_seconds(self.options.router_pid)
            opened += pool.map(self.pair, range(self.options.pairs))
            time.sleep(1)
            used = cpu_seconds(self.options.router_pid) - before
        for connection in sum(opened, []):
            connection.close()
        return {"pairs": self.options.pairs, "cpu_ms_per_pair": 1_000 * used / self.options.pairs,
                "resumed": self.resumed / (2 * self.options.pairs)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--router-pid", type=int, required=True)
    parser.add_argument("--pairs", type=int, default=1_000)
    parser.add_argument("--threads", type=int, default=16)
    options = parser.parse_args()
    for name, resumes in (("full", False), ("resumed", True)):
        print(json.dumps({"name": name} | Opener(options, resumes).measure()), flush=True)


if __name__ == "__main__":
    main()
