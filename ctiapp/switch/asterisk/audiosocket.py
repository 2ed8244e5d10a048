"""AudioSocket's words: a byte for the kind, two for the length, then that many bytes (app_audiosocket, 22.10).

A call is named by its UUID. While a call is not answered a second channel listens to it, under the same UUID with
another version digit (8 instead of 4): the call's own connection, after the answer, is another one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

HANGUP, ID, AUDIO = 0x00, 0x01, 0x10
GOODBYE = bytes((HANGUP, 0, 0))
"""The application ends and the dialplan goes on."""
LONGEST = 4096
"""Bytes of one message; 20 ms of 8 kHz are 320."""
_VERSION = 14
"""Where the version digit stands in a UUID's text."""


class WrongWord(ValueError):
    """This is no AudioSocket, or not ours."""


def before_answer(call_id: str) -> str:
    """The UUID under which the call is listened to before it is answered."""
    return f"{call_id[:_VERSION]}8{call_id[_VERSION + 1 :]}"


def call_of(name: bytes) -> tuple[str, bool]:
    """(the call's id, whether it is still unanswered) of the 16 bytes that a connection begins with."""
    if len(name) != 16:
        raise WrongWord(f"a UUID of {len(name)} bytes")
    text = str(uuid.UUID(bytes=name))
    if text[_VERSION] == "8":
        return f"{text[:_VERSION]}4{text[_VERSION + 1 :]}", True
    return text, False


def audio(pcm: bytes) -> bytes:
    """16 bit, little endian, 8 kHz, to be heard by the customer."""
    return bytes((AUDIO,)) + len(pcm).to_bytes(2, "big") + pcm


class Words:
    """Bytes as they come in, messages out: TCP knows no frames."""

    def __init__(self) -> None:
        self._buffer = b""

    def hear(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """(kind, payload) of each message that is whole."""
        self._buffer += data
        at, end = 0, len(self._buffer)
        while end - at >= 3:
            length = int.from_bytes(self._buffer[at + 1 : at + 3], "big")
            if length > LONGEST:
                raise WrongWord(f"a message of {length} bytes")
            if end - at < 3 + length:
                break
            yield self._buffer[at], self._buffer[at + 3 : at + 3 + length]
            at += 3 + length
        self._buffer = self._buffer[at:]
