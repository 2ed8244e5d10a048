"""P11, P20: recorded conversations with the real switch mean the same however the bytes arrive."""

from __future__ import annotations

import pytest

from tests.switch.transcript import BLANK, FOLDER, SCENES, replay_in_thread

NAMES = [scene.__name__ for scene in SCENES]


def told(name: str, step: int | None = None) -> list[str]:
    return [str(event) for event in replay_in_thread(_read(name), step)]


def _read(name: str) -> bytes:
    return (FOLDER / f"{name}.txt").read_bytes()


def _meant(name: str) -> list[str]:
    return (FOLDER / f"{name}.events").read_text().splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_a_conversation_means_what_it_meant_when_it_was_recorded(name: str) -> None:
    assert told(name) == _meant(name)


@pytest.mark.parametrize("step", [1, 7, 1448])
@pytest.mark.parametrize("name", NAMES)
def test_a_conversation_in_pieces_means_the_same(name: str, step: int) -> None:
    assert told(name, step) == _meant(name)


@pytest.mark.parametrize("name", NAMES)
def test_news_heard_twice_are_told_once(name: str) -> None:
    """After a reconnect the same change may be in the snapshot and in the events that follow it."""
    blocks = _read(name).split(BLANK)[:-1]
    twice = [copy for block in blocks for copy in ([block] if block.startswith(b"We-") else [block, block])]
    events = replay_in_thread(BLANK.join(twice) + BLANK)
    assert [str(event) for event in events] == _meant(name)
