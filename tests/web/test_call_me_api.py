"""Call me (P15-P17) at the border: what is asked, who may see and change it, and the page behind the link."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from ctiapp.core.refusals import Refusal
from ctiapp.web.identity import CALL_ME, TOKEN_LIFE, links
from tests.web.conftest import API, Served, World, a_click, a_page, a_request, an_identity, until
from tests.web.fakes import OTHER_SHOP, SHOP

WINDOW = {"date": "2026-12-01", "from": "09:00", "until": "11:00", "zone": "Europe/London"}


def ask(client: FlaskClient, **changes: Any) -> Any:
    return client.post(f"{API}/call-me", json=a_request(**changes))


def refused(answer: Any, code: str, status: int) -> None:
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code), answer.json


def bearer(answer: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json['token']}"}


def path_of(answer: Any) -> str:
    return f"{API}/call-me/{answer.json['interaction']}"


# ---- asking ------------------------------------------------------------------------------------------------------


def test_P15_a_click_brings_place_wait_and_the_means_to_come_back(world: World, shop_page: FlaskClient) -> None:
    answer = ask(shop_page, when=WINDOW, region="GB", proof="123456", identity=an_identity())
    assert answer.status_code == 201
    assert (answer.json["state"], answer.json["own"], answer.json["window"]) == ("queued", True, WINDOW)
    assert answer.json["link"].startswith("http://localhost/call-me/")
    click = next(iter(world.call_requests.clicks.values()))
    assert (click["number"], click["region"], click["proof"]) == ("07700 900142", "GB", "123456")
    assert (click["when"], click["consent"]) == (WINDOW, {"text": "Please call me."})
    assert (click["claims"]["sub"], click["network"]) == ("c-17", "127.0.0.1")
    assert click["page"]["title"] == "Worktops"


def test_P17_the_second_click_shows_the_first(shop_page: FlaskClient) -> None:
    first, second = ask(shop_page), ask(shop_page)
    assert (first.status_code, second.status_code) == (201, 200)
    assert (second.json["interaction"], second.json["own"]) == (first.json["interaction"], True)


def test_a_strangers_second_click_may_look_and_touch_nothing(world: World, shop_page: FlaskClient) -> None:
    first, second = ask(shop_page), ask(shop_page, visitor="stranger")
    assert (second.status_code, second.json["own"], second.json["link"]) == (200, False, None)
    world.call_requests.statuses[first.json["interaction"]] |= {"last_outcome": "machine", "detail": "x"}
    seen = shop_page.get(path_of(first), headers=bearer(second))
    assert (seen.status_code, seen.json["can_change"], seen.json["can_cancel"]) == (200, False, False)
    assert (seen.json["last_outcome"], seen.json["detail"]) == (None, "")
    refused(shop_page.patch(path_of(first), headers=bearer(second), json={"when": None}), "not_yours", 403)
    refused(shop_page.delete(path_of(first), headers=bearer(second)), "not_yours", 403)
    refused(shop_page.put(path_of(first) + "/page", headers=bearer(second), json=a_page()), "not_yours", 403)
    assert shop_page.get(path_of(first), headers=bearer(first)).json["can_cancel"] is True


def test_P22_the_pool_says_before_the_click_what_to_expect(world: World, shop_page: FlaskClient) -> None:
    told = shop_page.get(f"{API}/pools/larkmoor/sales?visitor=visitor-1").json
    assert told["open"] is True
    assert told["call_me"] == {
        "estimate_seconds": 120.0,
        "offer_windows": False,
        "consent_text": "Please call me.",
        "region": "GB",
        "known_number": None,
        "proof": "none",
    }
    ask(shop_page)
    told = shop_page.get(f"{API}/pools/larkmoor/sales?visitor=visitor-1").json["call_me"]
    assert told["known_number"].endswith("142") and "900" not in told["known_number"]
    assert shop_page.get(f"{API}/pools/larkmoor/sales?visitor=other").json["call_me"]["known_number"] is None
    refused(shop_page.get(f"{API}/pools/larkmoor/sales?visitor={'x' * 200}"), "bad_request", 400)


def test_P16_windows_from_a_date_on(shop_page: FlaskClient) -> None:
    answer = shop_page.get(f"{API}/pools/larkmoor/sales/windows?from=2026-12-24&zone=Europe/London")
    assert answer.status_code == 200
    first = answer.json["windows"][0]
    assert (first["date"], first["from"], first["until"], first["left"]) == ("2026-12-24", "09:00", "10:00", 2)
    for wrong in ("yesterday", "2026-13-01", "", "2026-12-24x"):
        refused(shop_page.get(f"{API}/pools/larkmoor/sales/windows?from={wrong}"), "bad_request", 400)
    foreign = shop_page.get(f"{API}/pools/larkmoor/sales/windows", headers={"Origin": OTHER_SHOP})
    refused(foreign, "foreign_origin", 403)


@pytest.mark.parametrize(
    "changes",
    [
        {"when": {"date": "tomorrow", "from": "09:00", "until": "11:00"}},
        {"when": {"date": "2026-02-30", "from": "09:00", "until": "11:00"}},
        {"when": {"date": "2026-12-01", "from": "24:00", "until": "11:00"}},
        {"when": {"date": "2026-12-01", "from": "09:00"}},
        {"number": 447700900142},
        {"number": "0" * 41},
        {"region": "Britain"},
        {"consent": {"text": ""}},
        {"consent": True},
        {"colour": "red"},
    ],
)
def test_what_is_not_in_the_contract_is_refused(world: World, shop_page: FlaskClient, changes: dict) -> None:
    refused(ask(shop_page, **changes), "bad_request", 400)
    assert not world.call_requests.clicks


def test_who_tries_many_names_and_addresses_learns_nothing(world: World, shop_page: FlaskClient) -> None:
    answers = [ask(shop_page, number=None, name="Marit", address=f"{house} Quay St") for house in range(12)]
    assert [answer.status_code for answer in answers[10:]] == [429, 429]
    assert ask(shop_page).status_code in (200, 201)


def test_an_answer_can_be_read_by_the_shops_page_alone(world: World, shop_page: FlaskClient) -> None:
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    preflight = world.browser().options(f"{API}/call-me/{uuid.UUID(int=1)}", headers={"Origin": SHOP} | asked)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, SHOP)
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert ask(shop_page).headers["Access-Control-Allow-Origin"] == SHOP
    foreign = world.browser().post(f"{API}/call-me", json=a_request(), headers={"Origin": "http://evil.test"})
    refused(foreign, "foreign_origin", 403)


# ---- coming back -------------------------------------------------------------------------------------------------


def test_P16_a_customer_follows_changes_and_cancels(world: World, shop_page: FlaskClient) -> None:
    made = ask(shop_page)
    assert shop_page.get(path_of(made), headers=bearer(made)).json["window"] is None
    later = shop_page.patch(path_of(made), headers=bearer(made), json={"when": WINDOW, "number": "07700 900155"})
    assert (later.status_code, later.json["window"]) == (200, WINDOW)
    assert later.json["display_number"].endswith("155")
    assert shop_page.patch(path_of(made), headers=bearer(made), json={"when": None}).json["window"] is None
    refused(shop_page.patch(path_of(made), headers=bearer(made), json={}), "bad_request", 400)
    assert shop_page.put(path_of(made) + "/page", headers=bearer(made), json=a_page(title="Basket")).status_code == 204
    assert world.srp.pages[made.json["interaction"]]["title"] == "Basket"
    assert shop_page.delete(path_of(made), headers=bearer(made)).json["state"] == "cancelled"


def test_a_token_opens_its_own_request_and_nothing_else(world: World, shop_page: FlaskClient) -> None:
    mine, theirs = ask(shop_page), ask(shop_page, visitor="other", number="07700 900155")
    called = shop_page.post(f"{API}/call-us", json=a_click())
    refused(shop_page.get(path_of(theirs), headers=bearer(mine)), "token_invalid", 401)
    refused(shop_page.get(path_of(mine), headers=bearer(called)), "token_invalid", 401)
    refused(shop_page.delete(f"{API}/call-us/{mine.json['interaction']}", headers=bearer(mine)), "token_invalid", 401)
    refused(shop_page.get(f"{API}/call-me/{called.json['interaction']}", headers=bearer(called)), "token_invalid", 401)
    in_link = mine.json["link"].rpartition("/")[2]
    refused(shop_page.get(path_of(mine), headers={"Authorization": f"Bearer {in_link}"}), "token_invalid", 401)


def test_too_many_changes(shop_page: FlaskClient) -> None:
    made = ask(shop_page)
    answers = [shop_page.patch(path_of(made), headers=bearer(made), json={"when": None}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]


def test_P17_progress_is_pushed_to_the_customers_page_and_a_stranger_sees_less(served: Served) -> None:
    browser, requests = served.world.browser(), served.world.call_requests
    made, stranger = ask(browser), ask(browser, visitor="stranger")
    own = served.socket("/customer", auth={"token": made.json["token"]}, origin=SHOP)
    other = served.socket("/customer", auth={"token": stranger.json["token"]}, origin=SHOP)
    for socket in (own, other):
        until(lambda socket=socket: socket.all("status"))
    interaction = made.json["interaction"]
    requests.statuses[interaction] |= {"state": "dialling", "place": None, "last_outcome": "busy"}
    served.world.live.wake_up("interaction", interaction)
    for socket, outcome in ((own, "busy"), (other, None)):
        until(lambda socket=socket: socket.all("status")[-1]["state"] == "dialling")
        assert socket.all("status")[-1]["last_outcome"] == outcome
    called = browser.post(f"{API}/call-us", json=a_click()).json
    of_call_us = served.socket("/customer", auth={"token": called["token"]}, origin=SHOP)
    until(lambda: of_call_us.all("status"))
    assert of_call_us.all("status")[0]["state"] == "waiting_for_call"


# ---- the page behind the link ------------------------------------------------------------------------------------


@pytest.fixture
def link(shop_page: FlaskClient) -> str:
    return ask(shop_page).json["link"].removeprefix("http://localhost")


def test_P16_the_link_shows_the_call_and_changes_nothing(world: World, link: str) -> None:
    before = dict(world.call_requests.statuses)
    page = world.browser().get(link)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "We will call you" in page.text and "142" in page.text and "07700" not in page.text
    assert "number 1 in the list" in page.text and "in about 2 min" in page.text
    assert world.call_requests.statuses == before
    policy = page.headers["Content-Security-Policy"]
    assert "script" not in page.text and "default-src 'none'" in policy and "form-action 'self'" in policy
    assert page.headers["Cache-Control"] == "no-store" and page.headers["Referrer-Policy"] == "same-origin"


def test_P16_the_customer_chooses_another_time_another_number_and_none(world: World, link: str) -> None:
    browser, requests = world.browser(), world.call_requests
    option = re.search(r'<option value="([^"]+)"', browser.get(link).text)
    assert option
    answer = browser.post(link, data={"do": "window", "window": option[1]})
    assert (answer.status_code, answer.headers["Location"]) == (303, link)
    (status,) = requests.statuses.values()
    assert status["window"] == {"date": "2026-12-01", "from": "09:00", "until": "10:00", "zone": "Europe/London"}
    assert "between 09:00 and 10:00" in browser.get(link).text
    assert browser.post(link, data={"do": "soon"}).status_code == 303
    assert browser.post(link, data={"do": "number", "number": "07700 900155"}).status_code == 303
    (status,) = requests.statuses.values()
    assert (status["window"], status["display_number"][-3:]) == (None, "155")
    assert browser.post(link, data={"do": "cancel"}).status_code == 303
    page = browser.get(link).text
    assert "This call is cancelled" in page and "<form" not in page


def test_a_refusal_is_said_on_the_page_and_asks_for_what_is_missing(world: World, link: str) -> None:
    browser = world.browser()
    page = browser.post(link, data={"do": "number", "number": '"><img src=x onerror=alert(1)>'})
    assert page.status_code == 400 and 'role="alert"' in page.text
    assert "<img" not in page.text and "&lt;img" in page.text
    world.call_requests.refusal = Refusal("proof_needed", "Please enter the code that we sent you.")
    page = browser.post(link, data={"do": "number", "number": "07700 900155"})
    assert page.status_code == 403 and 'name="proof"' in page.text and 'value="07700 900155"' in page.text
    for wrong in ({"do": "window", "window": "now"}, {"do": "fly"}, {}):
        assert browser.post(link, data=wrong).status_code == 400


def test_what_comes_from_outside_is_escaped_on_the_page(world: World, link: str) -> None:
    (status,) = world.call_requests.statuses.values()
    status |= {"agent": {"first_name": "<b>Noor"}, "state": "talking"}
    page = world.browser().get(link).text
    assert "<b>" not in page and "&lt;b&gt;Noor" in page


@pytest.mark.parametrize("token", ["x", "a.b.c", "%00", "a" * 600])
def test_a_link_that_is_none(world: World, token: str) -> None:
    for answer in (world.browser().get(f"/call-me/{token}"), world.browser().post(f"/call-me/{token}")):
        assert (answer.status_code, answer.mimetype) == (401, "text/plain")


def test_the_token_of_the_click_is_no_link(world: World, shop_page: FlaskClient) -> None:
    assert world.browser().get(f"/call-me/{ask(shop_page).json['token']}").status_code == 401


def test_a_form_of_another_site_is_refused(world: World, link: str) -> None:
    for headers in ({"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
        assert world.browser().post(link, data={"do": "cancel"}, headers=headers).status_code == 403
    assert all(status["state"] == "queued" for status in world.call_requests.statuses.values())


def test_a_link_lives_longer_than_a_token() -> None:
    assert links("secret")._life > TOKEN_LIFE
    assert links("secret").read(links("secret").issue("i", "s", CALL_ME)).interaction == "i"


def test_an_enormous_form_is_refused(world: World, link: str) -> None:
    assert world.browser().post(link, data={"do": "number", "number": "1" * 100_000}).status_code == 413
