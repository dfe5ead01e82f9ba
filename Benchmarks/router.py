"""Runs the router and every relay that this machine has side by side and writes docs/performance.md with a plot.

A relay (socat, HAProxy, nginx) cannot pair two calls by their token. So it relays a call from the load generator to a
gRPC server of the load generator: two TLS legs for each stream, as the router has. Only the relay's own CPU counts.
Runs of all subjects take turns, so that what else the machine does falls on all of them.
"""

import argparse
import json
import os
import pathlib
import platform
import random
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAYLOADS = (1024, 32768, 1048576)
# Round trips are measured in so many short turns of all subjects, each by a new tunnel: where the system happens to run
# the threads of one counts for more than what is compared.
ROUND_TRIP_TURNS = 8
# As many tunnels with connections of their own as the router takes by its own settings, which is 20,000 connections,
# with room for the tunnel that runs meanwhile.
CROWD = 9_900


def free_port():
    # Not one of those that connections get: after an abuser's end theirs are taken for a while.
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise SystemExit("router.py: no free port between 20000 and 32000")


def wait_for(port, process):
    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit(f"router.py: {process.args[0]} ended at its start with code {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"router.py: {process.args[0]} does not listen on port {port}")


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip().splitlines()[0] if done.stdout + done.stderr else "unknown"


class Subject:
    """Something that is measured: how it starts, and what the load generator is told about it."""

    def __init__(self, name, version, command, folder, port, backend=None, ca=None, key=""):
        self.name, self.version, self.command = name, version, command
        self.folder, self.port, self.backend = folder, port, backend
        self.ca, self.key = ca or folder / "certificate.pem", key
        self.process = None

    def start(self):
        if not self.command:
            return
        environment = os.environ | {"ROUTER_KEY": self.key} if self.key else os.environ
        log = open(self.folder / f"{self.name}.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            self.command, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        wait_for(self.port, self.process)

    def stop(self):
        if self.process is None:
            return
        # Its own session, so the processes it has forked end with it.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def command_of(self, bench, *options):
        """The load generator, with this subject to measure."""
        command = [bench, "--address", f"localhost:{self.port}", "--ca", self.ca, "--json", *options]
        if self.key:
            command += ["--key", self.key]
        if self.process:
            command += ["--router-pid", self.process.pid]
        if self.backend:
            certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
            command += ["--backend-port", self.backend, "--backend-certificate", certificate, "--backend-key", key]
        return [str(part) for part in command]

    def measure(self, bench, *options):
        command = self.command_of(bench, *options)
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            print(f"router.py: {self.name}: {done.stderr.strip()[-300:]}", file=sys.stderr)
            return []
        return [json.loads(line) for line in done.stdout.splitlines()]


def certificate(folder):
    # A certificate authority and a server in one: each subject shows it and the load generator trusts it.
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", folder / "key.pem", "-out", folder / "certificate.pem", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )
    both = (folder / "certificate.pem").read_text() + (folder / "key.pem").read_text()
    (folder / "both.pem").write_text(both)


def router(binary, folder):
    port, key = free_port(), "benchmark-" + "k" * 32
    environment = ["env", f"EXTERNAL_CERT_PEM={folder / 'certificate.pem'}", f"EXTERNAL_KEY_PEM={folder / 'key.pem'}",
                   f"GRPC_ROUTER_ENDPOINT=localhost:{port}"]
    command = [*environment, binary, "router", "--port", str(port), "--log-level", "warning",
               "--metrics-bind-address", "127.0.0.1:0"]
    return Subject("this router", first_line(binary, "--version"), command, folder, port, key=key)


def socat(folder):
    port, backend = free_port(), free_port()
    listen = f"OPENSSL-LISTEN:{port},cert={folder}/both.pem,verify=0,fork,reuseaddr,bind=127.0.0.1,nodelay"
    connect = f"OPENSSL:127.0.0.1:{backend},verify=0,nodelay"
    version = first_line("sh", "-c", "socat -V | sed -n 's/.*socat version \\([^ ]*\\).*/\\1/p'")
    # 64 KiB a read: with its own 8 KiB it makes eight times as many system calls.
    return Subject("socat", version, ["socat", "-b", "65536", listen, connect], folder, port, backend)


def haproxy(folder):
    port, backend = free_port(), free_port()
    (folder / "haproxy.cfg").write_text(f"""
global
    tune.h2.initial-window-size 1048576
defaults
    mode http
    timeout connect 5s
    timeout client 10m
    timeout server 10m
frontend calls
    bind 127.0.0.1:{port} ssl crt {folder}/both.pem alpn h2 ssl-min-ver TLSv1.3
    default_backend server
backend server
    server only 127.0.0.1:{backend} ssl verify none alpn h2 proto h2 ssl-min-ver TLSv1.3
""")
    version = first_line("sh", "-c", "haproxy -v | sed -n 's/HAProxy version \\([^ ]*\\).*/\\1/p'")
    return Subject("HAProxy", version, ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], folder, port, backend)


def nginx_with(folder, name, port, settings, location):
    """Writes a configuration of nginx that serves gRPC's calls; returns the command that runs it."""
    (folder / f"{name}.conf").write_text(f"""
daemon off;
worker_processes auto;
pid {folder}/{name}.pid;
error_log {folder}/{name}-errors.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl http2;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        ssl_protocols TLSv1.3;
        {settings}
        location / {{ {location} }}
    }}
}}
""")
    return ["nginx", "-c", str(folder / f"{name}.conf")]


def nginx(folder):
    port, backend = free_port(), free_port()
    command = nginx_with(
        folder, "nginx", port, "client_max_body_size 0; client_body_buffer_size 1m;",
        f"grpc_pass grpcs://127.0.0.1:{backend}; grpc_ssl_protocols TLSv1.3; grpc_buffer_size 64k; "
        "grpc_read_timeout 10m; grpc_send_timeout 10m;",
    )
    version = first_line("sh", "-c", "nginx -v 2>&1 | sed 's,.*/,,'")
    return Subject("nginx", version, command, folder, port, backend)


def answering(folder):
    """nginx that answers every call by itself: what two connections cost a server that does nothing more."""
    port = free_port()
    command = nginx_with(
        folder, "answering", port, "ssl_session_cache shared:sessions:10m; keepalive_timeout 10m;", "return 200;"
    )
    return Subject("nginx", "", command, folder, port)


def round_trips(options, subjects, results):
    """One run: for each subject the medians of its turns."""
    turns = {subject.name: [] for subject in subjects}
    try:
        for subject in subjects:
            subject.start()
        for _ in range(ROUND_TRIP_TURNS):
            for subject in subjects:
                turns[subject.name] += subject.measure(
                    options.bench, "--seconds", 0, "--round-trips", options.round_trips // ROUND_TRIP_TURNS
                )
    finally:
        for subject in subjects:
            subject.stop()
    for name, lines in turns.items():
        for key in ("p50", "p99"):
            if lines:
                results[name].setdefault(key, []).append(statistics.median(line[f"{key}_us"] for line in lines))


def opening(subjects, runs):
    """What opening a pair costs: for each subject's name, milliseconds with full handshakes and with resumed ones."""
    arguments = ["--key", subjects[0].key, "--ca", str(subjects[0].ca), "--runs", str(runs)]
    for subject in subjects:
        subject.start()
        arguments += ["--subject", f"{subject.name},{subject.port},{subject.process.pid}"]
    try:
        done = subprocess.run(
            [sys.executable, "-B", ROOT / "Benchmarks" / "opening.py", *arguments],
            capture_output=True, text=True, timeout=600, check=False,
        )
    finally:
        for subject in subjects:
            subject.stop()
    if done.returncode != 0:
        print(f"router.py: opening: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return {}
    results = {}
    for line in map(json.loads, done.stdout.splitlines()):
        results.setdefault(line["name"], {})["resumed" if line["resumed"] else "full"] = line["cpu_ms_per_pair"]
    return results


def spread(values):
    if not values:
        return "-"
    median = statistics.median(values)
    digits = 2 if median < 100 else 0
    return f"{median:.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def machine():
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}"


ROWS = [(f"CPU-s/GB at {payload // 1024} KiB", f"cpu {payload}") for payload in PAYLOADS]
ROWS += [(f"MB/s, one pair, {payload // 1024} KiB", f"rate {payload}") for payload in PAYLOADS]
ROWS += [("64 B round trip, p50, us", "p50"), ("64 B round trip, p99, us", "p99")]


def table(subjects, results):
    head = "| | " + " | ".join(f"{subject.name} {subject.version}".strip() for subject in subjects) + " |"
    lines = [head, "|---" * (len(subjects) + 1) + "|"]
    for label, key in ROWS:
        cells = (spread(results[subject.name].get(key, [])) for subject in subjects)
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(subjects, results, path):
    try:
        import matplotlib
    except ImportError:
        print("router.py: no matplotlib, so no plot is drawn")
        return False
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(11, 3.6))
    panels = [("CPU-s/GB, 32 KiB", "cpu 32768"), ("CPU-s/GB, 1 KiB", "cpu 1024"), ("64 B round trip p50, us", "p50")]
    for axis, (title, key) in zip(axes, panels):
        shown = [subject.name for subject in subjects if results[subject.name].get(key)]
        medians = [statistics.median(results[name][key]) for name in shown]
        low = [median - min(results[name][key]) for name, median in zip(shown, medians)]
        high = [max(results[name][key]) - median for name, median in zip(shown, medians)]
        colors = ["tab:blue" if name == "this router" else "tab:gray" for name in shown]
        axis.bar(shown, medians, yerr=[low, high], color=colors, capsize=3)
        axis.set_title(title, fontsize=10)
        axis.tick_params(axis="x", labelsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    return True


def raise_file_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def as_allowed(count, sharing):
    """So many tunnels, or as many as this machine allows a process to have sockets for."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = (allowed - 100) // 2 * sharing
    if count > most:
        print(f"router.py: {most} idle tunnels instead of {count}: a process may have {allowed} open files here")
    return min(count, most)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the jumpstarter binary, a release build")
    parser.add_argument("--bench", required=True, help="the RouterBenchmark binary, a release build")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of each throughput run")
    parser.add_argument("--round-trips", type=int, default=20_000)
    parser.add_argument("--idle", type=int, default=1_000, help="idle tunnels to open; 0 for none")
    parser.add_argument("--crowd", type=int, default=CROWD, help="more idle tunnels, in a router of their own; 0 for none")
    parser.add_argument("--stalled", type=int, default=100, help="stalled readers to push at; 0 for none")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        certificate(folder)
        subjects = [router(options.binary, folder)]
        for tool, make in (("socat", socat), ("haproxy", haproxy), ("nginx", nginx)):
            if shutil.which(tool):
                subjects.append(make(folder))
            else:
                print(f"router.py: {tool} is not installed and is left out")
        results = {subject.name: {} for subject in subjects}
        idle = []
        for run in range(options.runs):
            for subject in subjects:
                subject.start()
                try:
                    for payload in PAYLOADS:
                        for line in subject.measure(options.bench, "--payload", payload, "--seconds", options.seconds,
                                                    "--round-trips", 0):
                            results[subject.name].setdefault(f"cpu {payload}", []).append(line["CPU-s/GB"])
                            results[subject.name].setdefault(f"rate {payload}", []).append(line["MB/s"])
                finally:
                    subject.stop()
            round_trips(options, subjects, results)
            print(f"run {run + 1} of {options.runs}\n{table(subjects, results)}", flush=True)
        raise_file_limit()
        for count, sharing in ((options.idle, 1), (options.idle, 100), (options.crowd, 1)):
            if count:
                subjects[0].start()
                idle += subjects[0].measure(options.bench, "--seconds", 0, "--round-trips", 0, "--idle",
                                            as_allowed(count, sharing), "--sharing", sharing)
                subjects[0].stop()
        opened = {}
        if options.idle:
            opened = opening([subjects[0], *([answering(folder)] if shutil.which("nginx") else [])], options.runs)
        stalled = []
        if options.stalled:
            subjects[0].start()
            stalled = subjects[0].measure(options.bench, "--seconds", 0, "--round-trips", 0, "--stalled", options.stalled)
            subjects[0].stop()

    has_plot = plot(subjects, results, options.output / "performance.png")
    write(options, subjects, results, idle, opened, stalled, has_plot)


def write(options, subjects, results, idle, opened, stalled, has_plot):
    text = [
        "# Performance of the router", "",
        "Written by `make bench-router`; [Benchmarks](../Benchmarks/README.md) says what is measured and how to measure "
        "another router.", "",
        f"Machine: {machine()}. Load generator and subject share it. Each figure is the median of {options.runs} runs "
        f"(smallest to largest), subjects taking turns; throughput runs of {options.seconds} s, TLS 1.3, one connection "
        "a stream. CPU is that of the router or relay alone.", "",
        table(subjects, results), "",
    ]
    if has_plot:
        text += ["![CPU for each gigabyte and round trips](performance.png)", ""]
    if idle:
        text += ["## Idle tunnels", "",
                 "| tunnels | on each pair of connections | KiB each | KiB each after closing | CPU ms to open one | "
                 "longest pause of a running tunnel, ms |", "|---|---|---|---|---|---|"]
        text += [f"| {line['pairs']:.0f} | {line['sharing']:.0f} | {line['KiB_per_pair']:.1f} | "
                 f"{line['KiB_per_pair_after_close']:.1f} | {line['cpu_ms_per_pair']:.2f} | "
                 f"{line['longest_pause_ms']:.0f} |" for line in idle]
        text += ["", "Opened 50 at a time with full handshakes. Memory is resident memory, 15 s after the opening and "
                 "20 s after the end.", ""]
    if opened:
        text += ["## Opening", "",
                 "CPU ms for two connections with a call each. The router checks two tokens and makes a pair of them; nginx "
                 "answers each with an empty 200, so that its figures are what TLS and HTTP/2 cost on this machine. The "
                 "client is OpenSSL, with the cipher suite that gRPC prefers and without the post-quantum key exchange that a "
                 "full handshake of the table above includes.", "",
                 "| | full handshakes | resumed sessions |", "|---|---|---|"]
        text += [f"| {name} | {spread(costs['full'])} | {spread(costs['resumed'])} |" for name, costs in opened.items()]
        text += [""]
    if stalled:
        text += ["## Stalled readers", "",
                 f"{stalled[0]['pairs']:.0f} readers that take nothing, while their partners send all they can for 10 s: "
                 f"{stalled[0]['KiB_per_pair']:.0f} KiB of resident memory for each tunnel.", ""]
    (options.output / "performance.md").write_text("\n".join(text), encoding="utf-8")
    print(f"router.py: {options.output / 'performance.md'} written")


if __name__ == "__main__":
    main()
