"""Measures what opening two connections with a call each costs a server, with full TLS handshakes and with resumed
sessions. For a router the two calls are a pair; others answer each by itself.

In Python, as the TLS library of the load generator cannot resume as a client. Subjects and both kinds of handshake take
turns.
"""

import argparse
import concurrent.futures
import json
import os
import socket
import ssl
import statistics
import sys
import threading
import time
import uuid

import http2
from processes import cpu_seconds

# What gRPC's own TLS library prefers, and servers let the client choose.
CIPHERS = """openssl_conf = all
[all]
ssl_conf = tls
[tls]
system_default = default
[default]
Ciphersuites = TLS_AES_128_GCM_SHA256
"""


class Opener:
    def __init__(self, options, port, resumes):
        self.port = port
        self.key = options.key
        self.resumes = resumes
        self.context = ssl.create_default_context(cafile=options.ca)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.set_alpn_protocols(["h2"])
        # One session for each thread: a ticket is good for one connection.
        self.local = threading.local()
        self.resumed = 0
        self.lock = threading.Lock()

    def connect(self):
        tcp = socket.create_connection(("127.0.0.1", self.port), timeout=10)
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
        token = http2.token(self.key, uuid.uuid4().hex)
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
                raise SystemExit("opening.py: the server closed a connection")
            received += piece


def measure(options, port, pid, resumes):
    """Milliseconds of CPU for each pair."""
    opener = Opener(options, port, resumes)
    with concurrent.futures.ThreadPoolExecutor(options.threads) as pool:
        # Each thread's first pair has no session to resume, and the first connections wake what sleeps.
        opened = list(pool.map(opener.pair, range(4 * options.threads)))
        opener.resumed = 0
        before = cpu_seconds(pid)
        opened += pool.map(opener.pair, range(options.pairs))
        time.sleep(0.5)
        used = cpu_seconds(pid) - before
    for connection in sum(opened, []):
        connection.close()
    if resumes and opener.resumed < 1.9 * options.pairs:
        raise SystemExit(f"opening.py: only {opener.resumed} of {2 * options.pairs} sessions were resumed")
    return 1_000 * used / options.pairs


def subject(text):
    name, port, pid = text.rsplit(",", 2)
    return name, int(port), int(pid)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subject", type=subject, action="append", required=True, help="NAME,PORT,PID; repeatable")
    parser.add_argument("--key", required=True, help="signs the tokens")
    parser.add_argument("--ca", required=True)
    parser.add_argument("--pairs", type=int, default=400, help="in each run")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=16)
    options = parser.parse_args()
    if "OPENSSL_CONF" not in os.environ:
        # OpenSSL reads it once, when Python has loaded it: so for a Python of its own, and in memory.
        file = os.memfd_create("openssl.cnf", 0)
        os.write(file, CIPHERS.encode())
        os.execve(sys.executable, [sys.executable, "-B", *sys.argv],
                  os.environ | {"OPENSSL_CONF": f"/proc/self/fd/{file}"})
    used = {}
    for _ in range(options.runs):
        for name, port, pid in options.subject:
            for resumes in (False, True):
                used.setdefault((name, resumes), []).append(measure(options, port, pid, resumes))
    for (name, resumes), values in used.items():
        line = {"name": name, "resumed": resumes, "cpu_ms_per_pair": values, "median": statistics.median(values)}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
