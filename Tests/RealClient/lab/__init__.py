"""Runs a whole hardware lab on one machine: the service, and the real client and exporters against it.

The tests and the demo share it. The parts, from the bottom up:

    processes       child processes, their output as events, and the certainty that they end
    tools           where the real programs are: jmp, kubectl, the service itself
    cluster         the Kubernetes-shaped API, over HTTPS, with watches to wait on
    service         one running service: start, stop, kill, start again on the same ports
    wire            the gRPC services with raw stubs
    forwarder       a TCP forwarder: a load balancer, and a cable that can be pulled
    replicated      the service as in a cluster: an API server, a router, several controllers
    stub_exporter   an exporter without a process, for tests that are not about exporters
    lab             people and devices: clients, exporters, `jmp` commands
"""

from .cluster import ApiError, Cluster
from .lab import Client, Exporter, Lab, RunningExporter
from .processes import CommandFailed, Completed, Process, Processes
from .service import Endpoints, Service, StartFailed
from .stub_exporter import StubExporter
from .tools import Tools
from .wire import Caller, token_claims

__all__ = [
    "ApiError",
    "Caller",
    "Client",
    "Cluster",
    "CommandFailed",
    "Completed",
    "Endpoints",
    "Exporter",
    "Lab",
    "Process",
    "Processes",
    "RunningExporter",
    "Service",
    "StartFailed",
    "StubExporter",
    "Tools",
    "token_claims",
]
