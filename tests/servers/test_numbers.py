"""Numbers as people write them, as networks dial them, and as we keep them."""

from __future__ import annotations

import pytest

from ctiapp.core.refusals import Refusal
from ctiapp.servers.numbers import canonical, checked, display


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
