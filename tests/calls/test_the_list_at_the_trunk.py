"""The list over a real switch, counted at the trunk; `make load` does it with 5,000 (P17, P18)."""

from __future__ import annotations

import pytest

from tests.load import dial_the_list

pytestmark = pytest.mark.real


def test_p17_p18_four_controllers_dial_each_number_once_as_the_trunk_counts():
    report = dial_the_list.dial(300, 4)
    assert dial_the_list.is_right(report), report
