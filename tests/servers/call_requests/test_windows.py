"""When a customer is called: as soon as possible, or in a window that can be kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from ctiapp.config.values.hours import LegalHoursValues
from ctiapp.core.refusals import Refusal
from tests.database import SHOP, CallCentre, everything
from tests.servers.call_requests.asking import DAYS, code, request_of, tomorrow


def test_p16_a_window_is_kept_as_it_was_said_and_as_instants(shop: CallCentre) -> None:
    status = shop.call_me(when=tomorrow("10:00", "12:00", "Asia/Tokyo", days=2))
    stored = request_of(shop, status)
    assert status["window"] == tomorrow("10:00", "12:00", "Asia/Tokyo", days=2)
    assert (stored["zone"], f"{stored['window_from']:%H:%M}") == ("Asia/Tokyo", "10:00")
    assert f"{stored['promised_at'].astimezone(UTC):%H:%M}" == "01:00"
    assert stored["promised_until"] - stored["promised_at"] == timedelta(hours=2)
    assert stored["due_at"] == stored["promised_at"]
    assert (status["place"], status["next_try_at"]) == (None, stored["due_at"])


@pytest.mark.parametrize(
    ("zone", "in_click", "expected"),
    [
        (None, "America/New_York", "America/New_York"),
        ("Nowhere/Land", None, "Europe/London"),
        ("../etc/passwd", "'; drop", "Europe/London"),
        (None, None, "Europe/London"),
    ],
)
def test_p16_the_zone_is_the_browsers_else_the_numbers(
    shop: CallCentre, zone: str | None, in_click: str | None, expected: str
) -> None:
    status = shop.call_me(when=tomorrow(zone=zone), zone=in_click)
    assert status["window"]["zone"] == request_of(shop, status)["zone"] == expected


@pytest.mark.parametrize("number", ["+870 772 001234"])
def test_p16_a_number_without_a_zone_is_where_the_pool_is(shop: CallCentre, number: str) -> None:
    shop.a_pool(hours={"timezone": "Europe/Oslo", "weekly": dict.fromkeys(DAYS, "00:00-24:00")})
    shop.calls_back(number_types=("satellite",))
    assert request_of(shop, shop.call_me(number))["zone"] == "Europe/Oslo"


def test_p16_a_window_that_crosses_closing_time_ends_with_it(shop: CallCentre) -> None:
    shop.a_pool(hours={"timezone": "UTC", "weekly": dict.fromkeys(DAYS, "09:00-11:30")})
    shop.calls_back()
    stored = request_of(shop, shop.call_me(when=tomorrow("11:00", "13:00")))
    assert stored["promised_until"] - stored["promised_at"] == timedelta(minutes=30)
    assert code(lambda: shop.call_me("07700 900155", "b", when=tomorrow("12:00", "14:00"))) == "window_closed"


def test_p16_while_closed_as_soon_as_possible_is_when_it_opens(shop: CallCentre) -> None:
    later = datetime.now(UTC) + timedelta(hours=3)
    day, opens = DAYS[later.weekday()], later.replace(second=0, microsecond=0)
    shop.a_pool(hours={"timezone": "UTC", "weekly": {day: f"{opens:%H:%M}-23:59"}})
    shop.calls_back()
    status = shop.call_me()
    assert (status["next_try_at"], status["promised_at"], status["place"]) == (opens, opens, None)


def test_p18_a_window_at_night_where_the_telephone_is_is_refused_whatever_zone_is_said(shop: CallCentre) -> None:
    shop.calls_back(legal_hours=LegalHoursValues(weekly=dict.fromkeys(DAYS, "08:00-21:00")))
    midnight_there = tomorrow("09:00", "10:00", "Pacific/Honolulu", days=2)  # 19:00 or 20:00 in London
    assert shop.call_me(when=midnight_there)["window"] == midnight_there
    at_night = tomorrow("12:00", "13:00", "Pacific/Honolulu", days=2)
    assert code(lambda: shop.call_me("07700 900155", "b", when=at_night)) == "window_closed"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"date": "2020-01-01", "from": "09:00", "until": "11:00", "zone": "UTC"}, "wrong_window"),
        ({"date": "9999-12-31", "from": "09:00", "until": "08:00", "zone": "UTC"}, "wrong_window"),
        ({"date": "0001-01-01", "from": "09:00", "until": "08:00", "zone": "Asia/Tokyo"}, "wrong_window"),
        (tomorrow("10:00", "10:05"), "wrong_window"),
        (tomorrow(days=70), "wrong_window"),
    ],
)
def test_p16_a_window_that_cannot_be_kept_is_refused(shop: CallCentre, when: dict, expected: str) -> None:
    before = everything(shop.store)
    assert code(lambda: shop.call_me(when=when)) == expected
    assert everything(shop.store) == before


def test_p16_a_window_takes_so_many_and_the_others_are_offered_what_is_left(shop: CallCentre) -> None:
    shop.calls_back(window_capacity=2)
    day = datetime.fromisoformat(tomorrow()["date"]).date()

    def left() -> int:
        windows = shop.call_requests.windows(SHOP, "sales", day, "UTC")["windows"]
        return next((one["left"] for one in windows if (one["date"], one["from"]) == (f"{day}", "10:00")), 0)

    assert left() == 2
    shop.call_me("07700 900142", "a", when=tomorrow("10:00", "11:00"))
    assert left() == 1
    second = shop.call_me("07700 900155", "b", when=tomorrow("10:00", "11:00"))
    assert left() == 0
    assert code(lambda: shop.call_me("07700 900163", "c", when=tomorrow("10:00", "11:00"))) == "window_full"
    shop.call_requests.cancel(second["interaction"])
    assert shop.call_me("07700 900163", "c", when=tomorrow("10:00", "11:00"))["state"] == "queued"


def test_p16_the_last_place_of_a_window_goes_to_one_of_many(shop: CallCentre) -> None:
    shop.calls_back(window_capacity=1)

    def click(who: int) -> str:
        try:
            shop.call_me(f"07700 9001{who:02}", f"v-{who}", when=tomorrow("10:00", "11:00"))
        except Refusal as refused:
            return refused.code
        return "queued"

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(click, range(6)))
    assert sorted(answers) == ["queued", *["window_full"] * 5]


def test_p16_windows_are_offered_in_the_zone_that_is_known_and_never_too_far(shop: CallCentre) -> None:
    assert shop.call_requests.windows(SHOP, "sales", None, "Asia/Tokyo")["zone"] == "Asia/Tokyo"
    assert shop.call_requests.windows(SHOP, "sales", None, "Nowhere")["zone"] == "UTC"
    far = datetime.now(UTC).date() + timedelta(days=400)
    for day in (far, datetime.min.date(), datetime.max.date()):
        assert shop.call_requests.windows(SHOP, "sales", day, "UTC")["windows"] == []
    own = shop.call_requests.windows_of(shop.call_me()["interaction"])
    assert own and own[0]["zone"] == "Europe/London"
