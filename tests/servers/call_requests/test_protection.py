"""Whom we do not call, and how often; nothing is changed by what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ctiapp.core.refusals import Refusal
from tests.database import SHOP, CallCentre, everything
from tests.servers.call_requests.asking import MARIT, YUSUF, bar, code, is_dialled, refusal, request_of


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("12", "malformed_number"),
        ("'; drop table", "malformed_number"),
        ("07700 900142\r\nAction: Originate", "malformed_number"),
        ("+44 1999 999999", "malformed_number"),
        ("+49 30 901820", "unsupported_country"),
        ("+1 650 253 0000", "unsupported_country"),
        ("0909 879 0000", "number_type_not_allowed"),
        ("070 1234 5678", "number_type_not_allowed"),
        ("0845 123 4567", "number_type_not_allowed"),
        ("+870 772 001234", "number_type_not_allowed"),
        ("999", "malformed_number"),
        (None, "number_missing"),
    ],
)
def test_p15_numbers_that_are_not_called(shop: CallCentre, number: str | None, expected: str) -> None:
    before = everything(shop.store)
    assert code(lambda: shop.call_me(number)) == expected
    assert everything(shop.store) == before
    status = shop.call_me(YUSUF)
    before = everything(shop.store)
    if number:
        assert code(lambda: shop.call_requests.change(status["interaction"], {"number": number}, "")) == expected
    assert everything(shop.store) == before


@pytest.mark.parametrize(
    ("why", "expected"),
    [("do_not_call", "do_not_call"), ("fax", "number_marked"), ("wrong_number", "number_marked")],
)
def test_who_does_not_want_to_be_called_or_is_a_machine_is_not_asked_for(
    shop: CallCentre, why: str, expected: str
) -> None:
    bar(shop, MARIT, why)
    before = everything(shop.store)
    assert refusal(lambda: shop.call_me()).details == {"why": why}
    assert code(lambda: shop.call_me(claims={"sub": "c-17", "phone": MARIT}, number=None)) == expected
    assert everything(shop.store) == before


def test_consent_is_asked_for_and_kept(shop: CallCentre) -> None:
    shop.calls_back(consent_text="Please call me.")
    for given in (None, {"text": " "}):
        refused = refusal(lambda given=given: shop.call_me(consent=given))
        assert (refused.code, refused.details) == ("consent_missing", {"consent_text": "Please call me."})
    assert request_of(shop, shop.call_me(consent={"text": "Please call me."}))["consent"]["text"] == "Please call me."


@pytest.mark.parametrize(
    ("limit", "same"),
    [
        ("per_number_day", {"number": MARIT}),
        ("per_customer_day", {"claims": {"sub": "c-17"}}),
        ("per_address_day", {"network": "2001:db8:1:2::9"}),
    ],
)
def test_so_many_calls_a_day_and_no_more(shop: CallCentre, limit: str, same: dict[str, Any]) -> None:
    shop.calls_back(**{"per_number_day": 50, "per_customer_day": 50, limit: 2})

    def ask(turn: int) -> dict:
        if limit == "per_address_day":  # another address of the same household
            same["network"] = f"2001:db8:1:2::{turn}"
        who = {"number": f"07700 9002{turn:02}", "visitor": f"v-{turn}", "network": f"192.0.2.{turn}"} | same
        return shop.call_me(**who)

    for turn in range(2):
        shop.call_requests.cancel(ask(turn)["interaction"])
    before = everything(shop.store)
    refused = refusal(lambda: ask(3))
    assert (refused.code, refused.status) == ("too_many_calls_today", 429)
    assert f"per_{refused.details['limit']}_day" == limit
    assert everything(shop.store) == before
    shop.passes(timedelta(days=1))
    assert ask(4)["state"] == "queued"


def test_a_limit_holds_for_clicks_at_once(shop: CallCentre) -> None:
    shop.calls_back(per_address_day=3)

    def click(who: int) -> bool:
        try:
            shop.call_me(f"07700 9001{who:02}", f"v-{who}", network="192.0.2.77")
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(click, range(8))) == 3


def test_a_strangers_number_is_not_rung_more_often_by_changing_the_number_of_the_request(shop: CallCentre) -> None:
    shop.calls_back(per_number_day=2, per_customer_day=50)
    for turn in range(2):
        status = shop.call_me(MARIT, f"v-{turn}")
        is_dialled(shop, status, "busy")
        shop.call_requests.change(status["interaction"], {"number": f"07700 90020{turn}"}, "")
    assert code(lambda: shop.call_me(MARIT, "v-9")) == "too_many_calls_today"
    other = shop.call_me(YUSUF, "v-8")
    assert (
        code(lambda: shop.call_requests.change(other["interaction"], {"number": MARIT}, "")) == "too_many_calls_today"
    )


def test_changing_the_time_does_not_ring_a_number_at_once_again(shop: CallCentre) -> None:
    status = shop.call_me()
    is_dialled(shop, status, "busy")
    again = shop.call_requests.change(status["interaction"], {"when": None}, "")
    assert timedelta(minutes=4) < again["next_try_at"] - datetime.now(UTC) <= timedelta(minutes=5)
    moved = shop.call_requests.change(status["interaction"], {"number": YUSUF}, "")
    assert moved["next_try_at"] <= datetime.now(UTC)


def test_pools_that_do_not_call_back(shop: CallCentre) -> None:
    shop.a_pool("support", points=0)
    assert shop.call_requests.offer(SHOP, "support", None) is None
    assert code(lambda: shop.call_me(pool="support")) == "no_call_me"
    assert code(lambda: shop.call_me(pool="nothing")) == "unknown_pool"
    assert code(lambda: shop.call_me(site="nobody")) == "unknown_site"
    for deed in (shop.call_requests.status, shop.call_requests.cancel, shop.call_requests.windows_of):
        assert code(lambda deed=deed: deed("00000000-0000-0000-0000-000000000000")) == "unknown_interaction"


def test_who_never_opens_promises_nothing(shop: CallCentre) -> None:
    shop.a_pool(hours={"timezone": "UTC", "weekly": {}})
    shop.calls_back()
    assert code(lambda: shop.call_me()) == "closed"
