"""P19, P20: what each refusal means, cell by cell. SIP code and the Q.850 cause beside it are what Asterisk 22.10 was
seen to report (Hangup's TechCause and Cause) when a trunk refused a call with that code."""

from __future__ import annotations

import pytest

from ctiapp.switch.asterisk.words import CAUSE, SIP, made_outcome
from ctiapp.switch.protocol import EndReason

REJECTED, UNALLOCATED, UNREACHABLE = EndReason.REJECTED, EndReason.UNALLOCATED, EndReason.UNREACHABLE
CONGESTION, NO_ANSWER, BUSY, ERROR = EndReason.CONGESTION, EndReason.NO_ANSWER, EndReason.BUSY, EndReason.ERROR

SEEN = [
    ("300", "23", REJECTED),
    ("301", "23", UNALLOCATED),
    ("302", "23", REJECTED),
    ("400", "127", ERROR),
    ("401", "21", REJECTED),
    ("402", "127", ERROR),
    ("403", "21", REJECTED),
    ("404", "1", UNALLOCATED),
    ("405", "127", ERROR),
    ("406", "127", ERROR),
    ("407", "21", REJECTED),
    ("408", "18", UNREACHABLE),
    ("409", "41", CONGESTION),
    ("410", "22", UNALLOCATED),
    ("413", "127", ERROR),
    ("414", "127", ERROR),
    ("415", "127", ERROR),
    ("416", "127", ERROR),
    ("420", "3", UNREACHABLE),
    ("421", "127", ERROR),
    ("423", "127", ERROR),
    ("428", "127", ERROR),
    ("429", "127", ERROR),
    ("433", "127", REJECTED),
    ("436", "127", ERROR),
    ("480", "19", NO_ANSWER),
    ("481", "127", ERROR),
    ("482", "127", ERROR),
    ("483", "19", CONGESTION),
    ("484", "28", UNALLOCATED),
    ("485", "1", UNALLOCATED),
    ("486", "17", BUSY),
    ("487", "127", ERROR),
    ("488", "58", ERROR),
    ("491", "127", CONGESTION),
    ("493", "127", ERROR),
    ("494", "127", ERROR),
    ("500", "38", CONGESTION),
    ("501", "29", ERROR),
    ("502", "27", CONGESTION),
    ("503", "34", CONGESTION),
    ("504", "102", CONGESTION),
    ("505", "127", ERROR),
    ("513", "34", CONGESTION),
    ("580", "34", ERROR),
    ("600", "17", BUSY),
    ("603", "21", REJECTED),
    ("604", "1", UNALLOCATED),
    ("606", "58", ERROR),
    ("607", "127", REJECTED),
    ("608", "127", REJECTED),
]

CAUSES = [
    ("0", ERROR),
    ("1", UNALLOCATED),
    ("2", UNREACHABLE),
    ("3", UNREACHABLE),
    ("16", NO_ANSWER),
    ("17", BUSY),
    ("18", UNREACHABLE),
    ("19", NO_ANSWER),
    ("20", UNREACHABLE),
    ("21", REJECTED),
    ("22", UNALLOCATED),
    ("23", REJECTED),
    ("26", NO_ANSWER),
    ("27", UNREACHABLE),
    ("28", UNALLOCATED),
    ("29", ERROR),
    ("31", NO_ANSWER),
    ("34", CONGESTION),
    ("38", CONGESTION),
    ("41", CONGESTION),
    ("42", CONGESTION),
    ("44", CONGESTION),
    ("50", ERROR),
    ("52", REJECTED),
    ("54", REJECTED),
    ("57", ERROR),
    ("58", ERROR),
    ("66", ERROR),
    ("88", ERROR),
    ("102", UNREACHABLE),
    ("127", ERROR),
]


@pytest.mark.parametrize(("sip", "cause", "meaning"), SEEN)
def test_p20_a_refusal_by_sip(sip: str, cause: str, meaning: EndReason) -> None:
    assert made_outcome("NOANSWER", f"{cause}/{sip}") is meaning


@pytest.mark.parametrize(("cause", "meaning"), CAUSES)
def test_p20_a_cause_without_a_sip_code(cause: str, meaning: EndReason) -> None:
    assert made_outcome("RINGING", cause) is meaning


def test_p18_a_trunk_that_says_nothing_until_we_give_up_is_not_a_customer_who_does_not_answer() -> None:
    assert made_outcome("", "19/480") is UNREACHABLE
    assert made_outcome("RINGING", "19/480") is NO_ANSWER


def test_a_call_that_was_diverted_and_not_let_go_there() -> None:
    assert made_outcome("CANCEL", "0") is REJECTED
    assert made_outcome("CANCEL", "23/302") is REJECTED


def test_every_cell_of_the_tables_is_tried() -> None:
    assert set(SIP) <= {sip for sip, _, _ in SEEN}
    assert set(CAUSE) <= {cause for cause, _ in CAUSES}


def test_what_no_table_knows_is_an_error() -> None:
    assert made_outcome("RINGING", "") is ERROR
    assert made_outcome("RINGING", "99/799") is ERROR
