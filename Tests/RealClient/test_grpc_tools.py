"""What monitoring and debugging tools expect of a gRPC server: reflection and health."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from jumpstarter_protocol import client_pb2, jumpstarter_pb2

from lab import Lab
from lab.wire import TIMEOUT, channel

SERVICES = {
    "jumpstarter.v1.ControllerService",
    "jumpstarter.client.v1.ClientService",
    "grpc.health.v1.Health",
}


class ReflectionV1(ProtoReflectionDescriptorDatabase):
    """The reflection client of grpcio speaks v1alpha; v1 has the same messages under another name."""

    def __init__(self, opened: grpc.Channel):
        super().__init__(opened)
        from grpc_reflection.v1alpha import reflection_pb2

        self._stub = type("Stub", (), {})()
        self._stub.ServerReflectionInfo = opened.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )


def test_services_are_listed_as_grpcurl_lists_them(lab: Lab):
    with channel(lab.service) as opened:
        assert SERVICES <= set(ReflectionV1(opened).get_services())


def test_services_are_described_as_the_client_knows_them(lab: Lab):
    with channel(lab.service) as opened:
        pool = DescriptorPool(ReflectionV1(opened))
        for mine in (
            client_pb2.DESCRIPTOR.services_by_name["ClientService"],
            jumpstarter_pb2.DESCRIPTOR.services_by_name["ControllerService"],
        ):
            theirs = pool.FindServiceByName(mine.full_name)
            for method in mine.methods:
                if (found := theirs.methods_by_name.get(method.name)) is None:
                    assert method.name == "AuditStream", f"{method.full_name} is not described"
                    continue
                assert found.input_type.full_name == method.input_type.full_name
                assert {f.name: f.number for f in method.input_type.fields}.items() <= {
                    f.name: f.number for f in found.input_type.fields
                }.items()


@pytest.mark.parametrize("name", ["", "jumpstarter.v1.ControllerService", "jumpstarter.client.v1.ClientService"])
def test_health_is_serving_without_a_token(lab: Lab, name: str):
    with channel(lab.service) as opened:
        answer = health_pb2_grpc.HealthStub(opened).Check(
            health_pb2.HealthCheckRequest(service=name), timeout=TIMEOUT
        )
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_health_of_an_unknown_service_is_not_found(lab: Lab):
    with channel(lab.service) as opened, pytest.raises(grpc.RpcError) as refused:
        health_pb2_grpc.HealthStub(opened).Check(health_pb2.HealthCheckRequest(service="no.such"), timeout=TIMEOUT)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND


def test_health_can_be_watched(lab: Lab):
    with channel(lab.service) as opened:
        stream = health_pb2_grpc.HealthStub(opened).Watch(health_pb2.HealthCheckRequest(), timeout=TIMEOUT)
        assert next(stream).status == health_pb2.HealthCheckResponse.SERVING
        stream.cancel()


def test_an_unknown_method_is_unimplemented(lab: Lab):
    with channel(lab.service) as opened, pytest.raises(grpc.RpcError) as refused:
        opened.unary_unary("/jumpstarter.client.v1.ClientService/NoSuchMethod")(b"", timeout=TIMEOUT)
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_a_malformed_message_is_refused_and_does_no_harm(lab: Lab):
    alice = lab.client("alice")
    caller = alice.caller()
    with pytest.raises(grpc.RpcError) as refused:
        caller.channel.unary_unary("/jumpstarter.client.v1.ClientService/CreateLease")(
            b"\xff\xff\xff\xff", timeout=TIMEOUT, metadata=caller.metadata
        )
    assert refused.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)
    alice.config.list_leases()
