"""As much HTTP/2 as it takes to make calls to a router by hand."""

import base64
import hashlib
import hmac
import json
import struct
import time

GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
STREAM = "/jumpstarter.v1.RouterService/Stream"


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload) << 8 | kind) + struct.pack(">BI", flags, stream) + payload


def length(number):
    """An integer with a prefix of seven bits (RFC 7541, 5.1)."""
    if number < 127:
        return bytes([number])
    number -= 127
    more = [127]
    while number >= 128:
        more.append(number % 128 + 128)
        number //= 128
    return bytes([*more, number])


def call(stream, flags=0x5, *more):
    """The HEADERS frame of a call; its fields are literals without indexing (RFC 7541, 6.2.2)."""
    fields = [(":method", "POST"), (":scheme", "https"), (":authority", "localhost"), (":path", STREAM),
              ("content-type", "application/grpc"), ("te", "trailers"), *more]
    return frame(1, flags, stream, b"".join(
        b"\0" + length(len(name)) + name.encode() + length(len(value)) + value.encode() for name, value in fields))


def token(key, stream_id):
    """A router token for either side."""
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    now = int(time.time())
    claims = {
        "iss": "https://jumpstarter.dev/stream", "aud": ["https://jumpstarter.dev/router"], "sub": stream_id,
        "iat": now, "nbf": now, "exp": now + 1800, "jti": stream_id,
    }
    head = {"alg": "HS256", "typ": "JWT"}
    text = ".".join(part(json.dumps(value, separators=(",", ":")).encode()) for value in (head, claims))
    return f"{text}.{part(hmac.digest(key.encode(), text.encode(), hashlib.sha256))}"
