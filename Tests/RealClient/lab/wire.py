"""The gRPC services with raw stubs: any request, any metadata, as no well-behaved client would send them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field

import grpc
from jumpstarter_protocol import client_pb2_grpc, jumpstarter_pb2_grpc

from .service import Service

TIMEOUT = 10
"""Seconds after which an answer is too late, whatever it says."""


def channel(service: Service, target: str | None = None) -> grpc.Channel:
    return grpc.secure_channel(target or service.endpoints.controller, grpc.ssl_channel_credentials(service.ca))


def identity(token: str, kind: str, namespace: str, name: str) -> list[tuple[str, str]]:
    return [
        ("authorization", f"Bearer {token}"),
        ("jumpstarter-namespace", namespace),
        ("jumpstarter-kind", kind),
        ("jumpstarter-name", name),
    ]


def token_claims(token: str) -> dict:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@dataclass
class Caller:
    """Somebody who calls the controller, with metadata that can be anything."""

    channel: grpc.Channel
    metadata: list[tuple[str, str]] = field(default_factory=list)

    def call(self, method: str, request, *, timeout: float = TIMEOUT, metadata: list[tuple[str, str]] | None = None):
        """Calls `client.X` or `controller.X`; server streams come back as iterators."""
        service, _, name = method.partition(".")
        stub_type = {
            "client": client_pb2_grpc.ClientServiceStub,
            "controller": jumpstarter_pb2_grpc.ControllerServiceStub,
        }[service]
        stub = getattr(stub_type(self.channel), name)
        return stub(request, timeout=timeout, metadata=self.metadata if metadata is None else metadata)

    def refusal(self, method: str, request, **options) -> grpc.RpcError:
        """The error that a call is answered with; a call that succeeds fails the test."""
        try:
            answer = self.call(method, request, **options)
            if hasattr(answer, "__next__"):
                answer = next(iter(answer), None)
        except grpc.RpcError as error:
            return error
        raise AssertionError(f"{method}({request}) was not refused but answered with {answer!r}")

    def close(self) -> None:
        self.channel.close()
