"""Numbers as people write them, as networks dial them, and as we keep them."""

from __future__ import annotations

import pytest

from ctiapp.core.protection import KINDS
from ctiapp.core.refusals import Refusal
from ctiapp.servers import numbers
from ctiapp.servers.numbers import callee, canonical, checked, display, masked_display


@pytest.mark.parametrize(
    "written",
    ["+44 7700 900142", "0044 7700 900142", "07700900142", "(07700) 900-142", "+447700900142", " 07700 900 142 "],
)
def test_p10_one_number_however_it_is_written(written: str) -> None:
    assert canonical(written) == checked(written) == "+447700900142"


@pytest.mark.parametrize("written", [None, "", "anonymous", "12", "+", "+44", "07700 900142 07700 900142", "'; drop"])
def test_p10_what_cannot_be_a_number_is_none(written: str | None) -> None:
    assert canonical(written) is None
    with pytest.raises(Refusal) as refused:
        checked(written or "")
    assert refused.value.code == "malformed_number"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (None, None),
        ("70001", "70001"),
        ("02079460131", "020 7946 0131"),
        ("+442079460141", "+44 20 7946 0141"),
        ("+4930901820", "+49 30 901820"),
        ("*55#", "*55#"),
    ],
)
def test_p10_a_number_is_shown_as_people_write_it(number: str | None, shown: str | None) -> None:
    assert display(number) == shown


@pytest.mark.parametrize(
    ("written", "country", "kinds", "zone"),
    [
        ("07700 900142", "GB", ("mobile",), "Europe/London"),
        ("01632 960001", "GB", ("fixed",), "Europe/London"),
        ("020 7946 0131", "GB", ("fixed",), "Europe/London"),
        ("0909 879 0000", "GB", ("premium",), "Europe/London"),
        ("070 1234 5678", "GB", ("personal",), "Europe/London"),
        ("0845 123 4567", "GB", ("premium",), None),
        ("01534 123456", "JE", ("fixed",), "Europe/Jersey"),
        ("+1 650 253 0000", "US", ("fixed", "mobile"), "America/Los_Angeles"),
        ("+870 772 001234", "001", ("satellite",), None),
        ("+88 216 1234 5678", "001", ("satellite",), None),
        ("+44 1999 999999", "GB", ("unknown",), None),
    ],
)
def test_p15_what_the_digits_tell(written: str, country: str, kinds: tuple[str, ...], zone: str | None) -> None:
    whom = callee(written)
    assert (whom.country, whom.kinds) == (country, kinds)
    assert zone is None or zone in whom.zones


def test_p15_every_kind_is_one_that_a_pool_may_allow() -> None:
    assert {kind for kinds in numbers.KINDS.values() for kind in kinds} | {"satellite", "unknown"} == set(KINDS)


@pytest.mark.parametrize(
    ("number", "shown"), [("+447700900142", "••••• •••142"), ("+4930901820", "+•• •• •••820"), ("+442079460141", None)]
)
def test_a_number_is_shown_masked(number: str, shown: str | None) -> None:
    assert masked_display(number) == shown or (shown is None and masked_display(number).endswith("141"))
