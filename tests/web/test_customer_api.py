"""The customer's side of the API: a click and what may be wrong with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest
from flask.testing import FlaskClient

from ctiapp.core.refusals import Refusal
from ctiapp.web.page import MAX_BODY
from tests.web.conftest import API, World, a_click, a_page, an_identity
from tests.web.fakes import OTHER_SHOP, SECRETS, SHOP


def click(client: FlaskClient, **changes: Any) -> Any:
    return client.post(f"{API}/call-us", json=a_click(**changes))


def refused(answer: Any, code: str, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code), answer.json
    assert answer.json["error"]["message"]
    return answer.json["error"]


def bearer(answer: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json['token']}"}


def test_P02_a_click_brings_a_number_and_a_token(world: World, shop_page: FlaskClient) -> None:
    answer = click(shop_page)
    assert answer.status_code == 201
    assert answer.json["number"] and answer.json["tel"] == f"tel:{answer.json['number']}"
    assert answer.json["deadline"].endswith("Z")
    assert world.srp.clicks[0]["page"]["title"] == "Worktops"
    assert world.srp.clicks[0]["origin"] == SHOP
    assert world.srp.clicks[0]["address"] == "127.0.0.1"
    assert "identity" not in world.srp.clicks[0] and world.srp.clicks[0]["claims"] is None


def test_P06_the_second_click_of_the_same_shows_the_first(world: World, shop_page: FlaskClient) -> None:
    key = str(uuid.uuid4())
    first, second = click(shop_page, idempotency_key=key), click(shop_page, idempotency_key=key.upper())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json["interaction"] == second.json["interaction"]
    assert len(world.srp.clicks) == 1


def test_P02_a_signed_identity_reaches_the_srp_as_claims(world: World, shop_page: FlaskClient) -> None:
    assert click(shop_page, identity=an_identity(phone="+447700900142")).status_code == 201
    assert world.srp.clicks[0]["claims"]["sub"] == "c-17"
    assert world.srp.clicks[0]["claims"]["phone"] == "+447700900142"


def test_a_customer_follows_and_cancels_the_call(world: World, shop_page: FlaskClient) -> None:
    made = click(shop_page)
    path, headers = f"{API}/call-us/{made.json['interaction']}", bearer(made)
    assert shop_page.get(path, headers=headers).json["state"] == "waiting_for_call"
    assert shop_page.post(path + "/alive", headers=headers).status_code == 200
    assert shop_page.post(path + "/alive", headers=headers, json={}).status_code == 200
    newer = a_page(title="Basket")
    assert shop_page.put(path + "/page", headers=headers, json=newer).status_code == 204
    assert world.srp.pages[made.json["interaction"]]["title"] == "Basket"
    assert shop_page.delete(path, headers=headers).json["end_reason"] == "cancelled"


def test_the_pools_hours(shop_page: FlaskClient) -> None:
    answer = shop_page.get(f"{API}/pools/larkmoor/sales")
    assert answer.status_code == 200 and answer.json["open"] is True
    assert answer.json["opens_at"] is None and answer.json["closes_at"].endswith("Z")
    refused(shop_page.get(f"{API}/pools/larkmoor/nothing"), "unknown_pool", 404)
    refused(shop_page.get(f"{API}/pools/nobody/sales"), "unknown_site", 404)
    refused(shop_page.get(f"{API}/pools/lark%00moor/sales"), "unknown_site", 404)


# ---- who may -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [OTHER_SHOP, "http://evil.test", "null", SHOP + ":81", "https://shop.test"])
def test_a_page_of_a_foreign_origin_is_refused(world: World, origin: str) -> None:
    answer = world.browser().post(f"{API}/call-us", json=a_click(), headers={"Origin": origin})
    refused(answer, "foreign_origin", 403)
    assert not world.srp.clicks


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_hides_its_origin_is_refused(world: World, site: str) -> None:
    answer = world.browser().get(f"{API}/pools/larkmoor/sales", headers={"Sec-Fetch-Site": site})
    refused(answer, "foreign_origin", 403)


def test_a_shops_server_without_origin_may_click(world: World) -> None:
    assert world.browser().post(f"{API}/call-us", json=a_click()).status_code == 201


def test_cors_lets_allowed_pages_read_answers_and_refusals(world: World, shop_page: FlaskClient) -> None:
    for answer in (click(shop_page), click(shop_page, pool="nothing"), shop_page.put(f"{API}/call-us")):
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    foreign = world.browser().post(f"{API}/call-us", json=a_click(), headers={"Origin": "http://evil.test"})
    assert "Access-Control-Allow-Origin" not in foreign.headers


@pytest.mark.parametrize("path", ["call-us", f"call-us/{uuid.UUID(int=1)}", f"call-us/{uuid.UUID(int=1)}/page"])
def test_a_preflight_is_answered_for_allowed_origins_alone(world: World, path: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = world.browser().options(f"{API}/{path}", headers={"Origin": SHOP} | asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    foreign = world.browser().options(f"{API}/{path}", headers={"Origin": "http://evil.test"} | asked)
    assert "Access-Control-Allow-Origin" not in foreign.headers


def test_allowed_origins_are_remembered_while_the_database_is_away(world: World, shop_page: FlaskClient) -> None:
    assert click(shop_page).status_code == 201
    world.srp.trouble = psycopg2.OperationalError("gone")
    answer = click(shop_page)
    refused(answer, "database_down", 503)
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP


@pytest.mark.parametrize(
    "token", [None, "", "Bearer", "Bearer x", "Basic eA==", "Bearer ..", "Bearer " + "a" * 9000, "Bearer é"]
)
def test_nothing_is_told_without_the_token_of_that_click(world: World, shop_page: FlaskClient, token: str) -> None:
    made = click(shop_page)
    headers = {"Authorization": token} if token is not None else {}
    refused(shop_page.get(f"{API}/call-us/{made.json['interaction']}", headers=headers), "token_invalid", 401)
    assert world.srp.reads == 0


def test_a_token_is_good_for_its_own_interaction_alone(shop_page: FlaskClient) -> None:
    mine, theirs = click(shop_page), click(shop_page, visitor="somebody-else")
    path = f"{API}/call-us/{theirs.json['interaction']}"
    refused(shop_page.get(path, headers=bearer(mine)), "token_invalid", 401)
    refused(shop_page.delete(path, headers=bearer(mine)), "token_invalid", 401)


def test_a_token_does_not_work_from_another_shops_page(world: World, shop_page: FlaskClient) -> None:
    made = click(shop_page)
    headers = bearer(made) | {"Origin": OTHER_SHOP}
    answer = world.browser().get(f"{API}/call-us/{made.json['interaction']}", headers=headers)
    refused(answer, "foreign_origin", 403)


# ---- what was sent -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"site": None},
        {"idempotency_key": "not-a-uuid"},
        {"idempotency_key": "0" * 36},
        {"page": None},
        {"page": a_page(snapshot=[])},
        {"page": a_page(snapshot={"type": 2})},
        {"page": a_page(taken_at="yesterday")},
        {"page": a_page(taken_at="2026-01-05T10:00:00")},
        {"page": a_page(viewport={"width": -1, "height": 1})},
        {"page": a_page(extra=1)},
        {"skills": "kitchens"},
        {"skills": ["k"] * 17},
        {"skills": ["k\r\nAction: Hangup"]},
        {"language": "<img onerror=x>"},
        {"unheard_of": 1},
    ],
)
def test_a_click_of_another_shape_is_refused(world: World, shop_page: FlaskClient, changes: dict[str, Any]) -> None:
    refused(click(shop_page, **changes), "bad_request", 400)
    assert not world.srp.clicks


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a": NaN}', b"1" * 5000])
def test_what_is_not_a_json_object_is_refused(shop_page: FlaskClient, body: bytes) -> None:
    answer = shop_page.post(f"{API}/call-us", data=body, content_type="application/json")
    refused(answer, "bad_request", 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_media_type_is_refused(shop_page: FlaskClient, kind: str) -> None:
    answer = shop_page.post(f"{API}/call-us", data=b"{}", headers={"Content-Type": kind})
    refused(answer, "unsupported_media_type", 415)


def test_P07_a_page_of_5_mb_is_refused_without_being_read(world: World, shop_page: FlaskClient) -> None:
    class Counting:
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            size = 65536 if size < 0 else size
            self.read_bytes += size
            return b" " * size

    def post(**environ: Any) -> Any:
        environ |= {"wsgi.input": body, "CONTENT_TYPE": "application/json"}
        return shop_page.post(f"{API}/call-us", environ_overrides=environ)

    body = Counting()
    refused(post(CONTENT_LENGTH="5000000"), "page_too_large", 413)
    assert body.read_bytes == 0
    endless = post(**{"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"})
    refused(endless, "page_too_large", 413)
    assert body.read_bytes <= MAX_BODY + 65536
    assert not world.srp.clicks


def test_P07_a_page_nested_too_deep_is_refused(shop_page: FlaskClient) -> None:
    deep = b'{"page": {"snapshot": ' + b'{"type": 0, "childNodes": [' * 20000 + b"]}" * 20000 + b"}}"
    answer = shop_page.post(f"{API}/call-us", data=deep, content_type="application/json")
    refused(answer, "page_too_large", 413)


def test_text_that_no_database_holds_is_replaced(world: World, shop_page: FlaskClient) -> None:
    page = a_page(title="a\x00b\ud83d", snapshot={"type": 0, "id": 1, "childNodes": []})
    assert click(shop_page, page=page).status_code == 201
    assert world.srp.clicks[0]["page"]["title"] == "a\ufffdb\ufffd"


def test_a_refusal_never_repeats_what_was_sent(shop_page: FlaskClient) -> None:
    answer = click(shop_page, visitor={"card": "4111111111111111"}, page=a_page(taken_at="4111111111111111"))
    assert b"4111" not in answer.data


def test_pages_in_a_burst_are_slowed_down(shop_page: FlaskClient) -> None:
    made = click(shop_page)
    path, headers = f"{API}/call-us/{made.json['interaction']}/page", bearer(made)
    answers = [shop_page.put(path, headers=headers, json=a_page()) for _ in range(20)]
    assert answers[0].status_code == 204
    error = refused(answers[-1], "too_many_requests", 429)
    assert error["details"]["retry_after"] == 1 and answers[-1].headers["Retry-After"] == "1"


# ---- identity ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        lambda: an_identity(secret=SECRETS["other"]),
        lambda: an_identity(site="other", secret=SECRETS["larkmoor"]),
        lambda: an_identity(algorithm="HS384"),
        lambda: an_identity(algorithm="none", secret=""),
        lambda: an_identity(aud="somebody-else"),
        lambda: an_identity(aud=...),
        lambda: an_identity(exp=...),
        lambda: an_identity(iat=...),
        lambda: an_identity(sub=...),
        lambda: an_identity(sub=""),
        lambda: an_identity(iat=1767225600 * 2, exp=1767225600 * 2 + 60),
        lambda: an_identity(exp=99999999999),
        lambda: an_identity(attributes={"basket": 7}),
        lambda: an_identity(name=["Mia"]),
        lambda: "x",
        lambda: "a.b.c",
        lambda: "é.é.é",
        lambda: "." * 8000,
    ],
)
def test_an_identity_that_cannot_be_checked_is_refused(
    world: World, shop_page: FlaskClient, made: Callable[[], str]
) -> None:
    identity = made()  # now, not when the tests were collected
    error = refused(click(shop_page, identity=identity), "identity_invalid", 401)
    assert identity not in str(error)
    assert not world.srp.clicks


def test_an_expired_identity_is_told_apart(world: World, shop_page: FlaskClient) -> None:
    expired = an_identity(iat=1700000000, exp=1700000600)
    refused(click(shop_page, identity=expired), "identity_expired", 401)
    assert not world.srp.clicks


def test_an_identity_may_last_a_day(shop_page: FlaskClient) -> None:
    import time

    now = int(time.time())
    assert click(shop_page, identity=an_identity(iat=now, exp=now + 86400)).status_code == 201
    longer = an_identity(iat=now, exp=now + 86400 + 120)
    refused(click(shop_page, identity=longer), "identity_invalid", 401)


# ---- trouble -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "code", "status"),
    [
        (Refusal("telephone_down", "Down."), "telephone_down", 503),
        (Refusal("all_agents_busy", "Busy.", try_again_in=60), "all_agents_busy", 409),
        (psycopg2.OperationalError("secret dsn"), "database_down", 503),
        (psycopg2.InterfaceError("closed"), "database_down", 503),
        (RuntimeError("secret"), "internal", 500),
    ],
)
def test_trouble_has_a_code_and_no_internals(
    world: World, shop_page: FlaskClient, trouble: Exception, code: str, status: int
) -> None:
    world.srp.trouble = trouble
    answer = click(shop_page)
    refused(answer, code, status)
    assert b"secret" not in answer.data
    assert world.count("ctiapp_web_refusals_total", code=code) == 1


def test_all_numbers_in_use_says_when_to_come_back(world: World, shop_page: FlaskClient) -> None:
    world.srp.numbers = 0
    error = refused(click(shop_page), "all_numbers_in_use", 409)
    assert error["details"] == {"try_again_in": 60}
