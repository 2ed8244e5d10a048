"""Whom we may call at all, and how often."""

from __future__ import annotations

import pytest

from ctiapp.core.protection import Callee, Limits, masked, network_of, not_allowed, over_limit

USUAL = ("mobile", "fixed")


@pytest.mark.parametrize(
    ("country", "kinds", "expected"),
    [
        ("GB", ("mobile",), None),
        ("GB", ("fixed", "mobile"), None),
        ("JE", ("mobile",), "unsupported_country"),
        ("GB", ("premium",), "number_type_not_allowed"),
        ("001", ("satellite",), "number_type_not_allowed"),
        ("GB", ("unknown",), "malformed_number"),
    ],
)
def test_p15_by_country_and_kind(country: str, kinds: tuple[str, ...], expected: str | None) -> None:
    assert not_allowed(Callee("+1", country, kinds), ["GB"], USUAL) == expected


def test_what_is_off_by_default_can_be_switched_on() -> None:
    assert not_allowed(Callee("+870", "001", ("satellite",)), ["GB"], ("satellite",)) is None
    assert not_allowed(Callee("+44", "GB", ("unknown",)), ["GB"], ("unknown",)) is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"number": 4, "customer": 2, "address": 29}, None),
        ({"number": 5}, "number"),
        ({"number": 5, "customer": 3}, "number"),
        ({"customer": 3}, "customer"),
        ({"address": 30}, "address"),
        ({}, None),
    ],
)
def test_limits_are_reached_not_passed(asked: dict[str, int], expected: str | None) -> None:
    assert over_limit(asked, Limits(5, 3, 30)) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_a_household_is_one_address(address: str, expected: str) -> None:
    assert network_of(address) == expected


@pytest.mark.parametrize(
    ("shown", "expected"), [("07700 900142", "••••• •••142"), ("+49 30 901820", "+•• •• •••820"), ("12", "12")]
)
def test_a_number_is_shown_but_for_its_last_digits(shown: str, expected: str) -> None:
    assert masked(shown) == expected
