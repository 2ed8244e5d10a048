"""The pure life of a call request: every deed in every state."""

from __future__ import annotations

import itertools

import pytest

from ctiapp.core.call_requests import LIFE, OVER, after, before

STATES = ("queued", "previewing", "dialling", "connecting", "talking", *OVER)
DEEDS = ("preview", "dial", "answer", "talk", "give_back", "try_again", "give_up", "finish", "reschedule", "cancel")

TABLE = """
            preview     dial      answer      talk     give_back try_again give_up finish reschedule cancel
queued      previewing  dialling  -           -        queued    queued    failed  -      queued     cancelled
previewing  -           dialling  -           -        queued    queued    failed  -      queued     cancelled
dialling    -           dialling  connecting  -        queued    queued    failed  done   -          cancelled
connecting  -           -         -           talking  queued    queued    failed  done   -          cancelled
talking     -           -         -           -        -         -         -       done   -          -
done        -           -         -           -        -         -         -       -      -          -
cancelled   -           -         -           -        -         -         -       -      -          -
failed      -           -         -           -        -         -         -       -      -          -
"""
_, *LINES = [line.split() for line in TABLE.strip().splitlines()]
CELLS = {(line[0], deed): cell for line in LINES for deed, cell in zip(DEEDS, line[1:], strict=True)}


@pytest.mark.parametrize(("state", "deed"), list(itertools.product(STATES, DEEDS)))
def test_p18_the_life_of_a_request(state: str, deed: str) -> None:
    cell = CELLS[state, deed]
    assert after(state, deed) == (None if cell == "-" else cell)


def test_nothing_else_is_in_the_table() -> None:
    assert {deed for _, deed in LIFE} == set(DEEDS)
    assert {*LIFE.values()} <= set(STATES)


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_leads_to_one_state_wherever_it_is_done(deed: str) -> None:
    """What one statement in the database relies on."""
    assert len({after(state, deed) for state in before(deed)}) == 1


@pytest.mark.parametrize("state", STATES)
def test_from_every_state_a_request_comes_to_an_end(state: str) -> None:
    reached = {state}
    while more := {LIFE[one, deed] for one in reached for deed in DEEDS if (one, deed) in LIFE} - reached:
        reached |= more
    assert reached & {*OVER}
