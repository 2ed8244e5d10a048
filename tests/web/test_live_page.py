"""The live page over real sockets: who sees what happens on it, how much, and what becomes of hostile changes (P28)."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from ctiapp.web import live_page
from ctiapp.web.live_page import LivePages
from ctiapp.web.page_changes import clean_change, clean_changes
from tests.web.conftest import API, Console, Served, Socket, World, a_click, a_page, until
from tests.web.fakes import SHOP

TAKE = "a" * 32
CARD = "4111 1111 1111 1111"
Change = dict[str, Any]


def text(value: str, id: int = 7) -> Change:
    return {"op": "text", "id": id, "value": value}


class Sharing:
    """A customer and Noor, who holds their interaction, each with an open socket."""

    def __init__(self, served: Served, agrees: bool = True) -> None:
        self.served = served
        made = served.world.browser().post(f"{API}/call-us", json=a_click()).json
        self.interaction, self.token = made["interaction"], made["token"]
        served.world.desk.holds[self.interaction] = "noor"
        self.customer = self.window()
        self.noor = served.socket("/agent", cookie=Console(served.world).cookie)
        self.seq = 0
        if agrees:
            assert self.customer.call("page_hello", {})["ok"]

    def window(self) -> Socket:
        return self.served.socket("/customer", auth={"token": self.token}, origin=SHOP)

    def join(self, socket: Socket | None = None) -> Any:
        return (socket or self.noor).call("page_join", {"interaction": self.interaction})

    def change(self, *changes: Change, by: Socket | None = None) -> Any:
        self.seq += 1
        message = {"take": TAKE, "seq": self.seq, "age": 12, "ops": list(changes)}
        return (by or self.customer).call("page_ops", message)


@pytest.fixture
def sharing(served: Served) -> Sharing:
    return Sharing(served)


def last_state(socket: Socket) -> str | None:
    states = socket.all("page_state")
    return states[-1]["state"] if states else None


def test_P28_changes_reach_the_agent_who_holds_the_interaction_and_nobody_else(sharing: Sharing) -> None:
    ida = sharing.served.socket("/agent", cookie=Console(sharing.served.world, "ida").cookie)
    assert sharing.join(ida) == {"ok": False}
    assert sharing.join() == {"ok": True, "state": "live"}
    until(lambda: sharing.customer.all("page_watch") == [{"agent": "Noor"}])
    assert sharing.change(text("in the basket")) == {"ok": True, "watched": True}
    until(lambda: sharing.noor.all("page_ops"))
    (message,) = sharing.noor.all("page_ops")
    assert message == {
        "interaction": sharing.interaction,
        "take": TAKE,
        "seq": 1,
        "age": 12,
        "ops": [text("in the basket")],
    }
    assert not ida.all("page_ops") and not ida.all("page_state")


def test_P28_nothing_is_shown_after_the_hang_up_or_a_transfer(sharing: Sharing) -> None:
    sharing.join()
    sharing.served.world.desk.holds[sharing.interaction] = "ida"
    sharing.served.world.live.wake_up("agent", "noor")
    until(lambda: last_state(sharing.noor) == "closed")
    assert sharing.change(text("too late")) == {"ok": True, "watched": False}
    until(lambda: sharing.customer.all("page_unwatch") == [{"reason": "nobody"}])
    ida = sharing.served.socket("/agent", cookie=Console(sharing.served.world, "ida").cookie)
    assert sharing.join(ida)["ok"]
    until(lambda: sharing.customer.all("page_watch")[-1] == {"agent": "Ida"})
    sharing.change(text("for Ida"))
    until(lambda: ida.all("page_ops"))
    assert not sharing.noor.all("page_ops")


def test_P28_an_agent_who_lost_the_customer_without_a_wake_up_sees_nothing_after_seconds(
    sharing: Sharing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_page, "CHECK_EVERY", 0.0)
    sharing.join()
    del sharing.served.world.desk.holds[sharing.interaction]
    assert sharing.change(text("late")) == {"ok": True, "watched": False}
    until(lambda: last_state(sharing.noor) == "closed")


def test_P28_the_customer_stops_it_and_the_agent_is_told(sharing: Sharing) -> None:
    sharing.join()
    assert sharing.customer.call("page_state", {"state": "stopped"}) == {"ok": True}
    until(lambda: last_state(sharing.noor) == "stopped")
    assert sharing.customer.call("page_state", {"state": "paused"}) == {"ok": True}
    until(lambda: last_state(sharing.noor) == "paused")
    assert sharing.customer.call("page_state", {"state": "owned"}) == {"ok": False}


def test_P28_without_the_customers_yes_there_is_nothing_to_see(served: Served) -> None:
    sharing = Sharing(served, agrees=False)
    assert sharing.join() == {"ok": True, "state": "away"}
    assert sharing.change(text("never agreed"))["ok"] is False
    assert not sharing.noor.all("page_ops") and not sharing.customer.all("page_watch")


def test_P28_of_two_windows_the_one_in_front_is_shown(sharing: Sharing) -> None:
    sharing.join()
    second = sharing.window()
    assert second.call("page_hello", {}) == {"ok": True, "watched_by": "Noor"}
    until(lambda: sharing.customer.all("page_unwatch") == [{"reason": "elsewhere"}])
    assert sharing.change(text("behind"))["elsewhere"] is True
    assert sharing.change(text("in front"), by=second)["watched"]
    sharing.customer.call("page_hello", {})
    until(lambda: second.all("page_unwatch"))
    sharing.customer.client.disconnect()
    until(lambda: last_state(sharing.noor) == "away")


def test_P28_a_console_that_missed_something_gets_a_new_picture_but_not_every_moment(sharing: Sharing) -> None:
    sharing.join()
    until(lambda: len(sharing.customer.all("page_watch")) == 1)
    answers = [sharing.noor.call("page_again", {"interaction": sharing.interaction})["ok"] for _ in range(5)]
    assert answers == [False] * 5
    page = sharing.served.world.live.pages._pages[sharing.interaction]
    page.asked_at -= 2
    assert sharing.noor.call("page_again", {"interaction": sharing.interaction}) == {"ok": True}
    until(lambda: len(sharing.customer.all("page_watch")) == 2)


def test_P28_the_agent_points_and_the_customer_sees_who(sharing: Sharing) -> None:
    sharing.join()
    point = {"interaction": sharing.interaction, "kind": "move", "id": 9, "x": 0.5, "y": 0.25}
    assert sharing.noor.call("page_point", point) == {"ok": True}
    until(lambda: sharing.customer.all("page_point"))
    assert sharing.customer.all("page_point") == [{"kind": "move", "id": 9, "x": 0.5, "y": 0.25, "agent": "Noor"}]
    for wrong in ({}, {"kind": "type", "text": "x"}, {"x": 7}, {"id": "1"}, {"interaction": str(uuid.uuid4())}):
        assert sharing.noor.call("page_point", (point | wrong) if wrong else None) == {"ok": False}
    assert len(sharing.customer.all("page_point")) == 1


@pytest.mark.parametrize(
    "url", ["http://evil.test/x", "javascript:alert(1)", "//shop.test/x", "http://shop.test@evil.test/", "", 7, None]
)
def test_P28_only_a_page_of_the_same_shop_can_be_proposed(sharing: Sharing, url: Any) -> None:
    sharing.join()
    asked = {"interaction": sharing.interaction, "proposal": "p1", "url": url}
    assert sharing.noor.call("page_propose", asked)["ok"] is False
    assert not sharing.customer.all("page_propose")


def test_P28_a_proposed_page_and_the_customers_answer(sharing: Sharing) -> None:
    sharing.join()
    asked = {"interaction": sharing.interaction, "proposal": "p1", "url": f"{SHOP}/oak?size=3"}
    assert sharing.noor.call("page_propose", asked) == {"ok": True}
    until(lambda: sharing.customer.all("page_propose"))
    assert sharing.customer.all("page_propose") == [{"proposal": "p1", "url": f"{SHOP}/oak?size=3", "agent": "Noor"}]
    sharing.customer.call("page_answer", {"proposal": "p1", "accepted": True})
    until(lambda: sharing.noor.all("page_answer"))
    assert sharing.noor.all("page_answer") == [{"interaction": sharing.interaction, "proposal": "p1", "accepted": True}]


@pytest.mark.parametrize("said", [None, [], "x", {}, {"interaction": 7}, {"interaction": "'; drop"}])
def test_what_is_no_message_changes_nothing(sharing: Sharing, said: Any) -> None:
    for event in ("page_join", "page_again", "page_point", "page_propose"):
        assert sharing.noor.call(event, said)["ok"] is False
    for event in ("page_ops", "page_state", "page_answer"):
        assert sharing.customer.call(event, said)["ok"] is False


def test_nothing_is_left_when_both_are_gone(sharing: Sharing) -> None:
    sharing.join()
    pages = sharing.served.world.live.pages
    sharing.customer.client.disconnect()
    sharing.noor.client.disconnect()
    until(lambda: not pages._pages and not pages._of_customer and not pages._of_console)


# ---- too much ------------------------------------------------------------------------------------------------


class Bench:
    """LivePages without sockets, with a clock of its own."""

    def __init__(self) -> None:
        self.now = 100.0
        self.to_agent: list[tuple[str, Any]] = []
        self.to_customer: list[tuple[str, Any]] = []
        self.taken_in: list[Callable[..., None]] = []
        self.interaction = str(uuid.uuid4())
        self.pages = LivePages(
            lambda agent, interaction: "Noor",
            lambda site: [SHOP],
            lambda event, data, sid, done: self.to_customer.append((event, data)),
            self._tell_agent,
            clock=lambda: self.now,
        )
        self.pages.hello("window", self.interaction, "larkmoor", {})
        self.pages.join("console", "noor", {"interaction": self.interaction})
        self.seq = 0

    def _tell_agent(self, event: str, data: Any, sid: str, taken_in: Callable[..., None] | None) -> None:
        self.to_agent.append((event, data))
        if taken_in:
            self.taken_in.append(taken_in)

    def change(self, *changes: Change) -> dict[str, Any]:
        self.seq += 1
        return self.pages.changed("window", {"take": TAKE, "seq": self.seq, "age": 0, "ops": list(changes)})

    def relayed(self) -> int:
        return sum(event == "page_ops" for event, _ in self.to_agent)


def test_P28_a_slow_console_gets_a_bounded_backlog_and_then_a_new_picture() -> None:
    bench = Bench()
    for _ in range(3 * live_page.MOST_WAITING):
        bench.now += 0.1
        bench.change(text("x"))
    assert bench.relayed() == live_page.MOST_WAITING
    asked = len(bench.to_customer)
    for done in bench.taken_in:
        done()
    assert bench.to_customer[asked:] == [("page_watch", {"agent": "Noor"})]
    bench.change(text("again"))
    assert bench.relayed() == live_page.MOST_WAITING + 1


def test_P28_a_page_that_changes_faster_than_we_take_it_is_told_to_wait() -> None:
    bench = Bench()
    answers = [bench.change(text("x")) for _ in range(500)]
    assert answers[0]["ok"] and answers[-1] == {"ok": False, "again": True}
    assert bench.relayed() <= live_page.MOST_WAITING
    bench.now += 10
    big = [bench.change(text("x" * 60_000)) for _ in range(40)]
    assert not all(answer["ok"] for answer in big)
    bench.now += 60
    assert bench.change(text("calm again"))["ok"]


# ---- hostile changes -----------------------------------------------------------------------------------------


def added(node: Any, **more: Any) -> Change:
    return {"op": "add", "parent": 3, "next": None, "node": node, **more}


def element(tag: str, **attributes: Any) -> Change:
    return {"type": 2, "tagName": tag, "attributes": attributes, "childNodes": [], "id": 5}


@pytest.mark.parametrize(
    "change",
    [
        None,
        7,
        {},
        {"op": "type", "id": 3, "value": "x"},
        {"op": ["text"], "id": 3, "value": "x"},
        added(element("script")),
        added(element("iframe")),
        added({"type": 9, "id": 5}),
        added(element("p")) | {"parent": -1},
        added(element("p")) | {"next": "4"},
        {"op": "text", "id": 3, "value": {"a": 1}},
        {"op": "text", "id": "3", "value": "x"},
        {"op": "text", "id": 3, "value": "x" * 200_000},
        {"op": "scroll", "id": 3, "x": 1e12, "y": 0},
        {"op": "scroll", "id": 3, "x": float("nan"), "y": 0},
        {"op": "field", "id": 3, "chosen": ["0"]},
        {"op": "size", "width": 10**9, "height": 1},
        {"op": "attributes", "id": 3, "attributes": [1]},
        {"op": "address", "url": 3, "title": ""},
    ],
)
def test_P28_what_is_no_harmless_change_is_left_out(change: Any) -> None:
    assert clean_change(change) is None


def test_P28_changes_are_cleaned_like_a_picture() -> None:
    attributes = {"onclick": "x", "href": "javascript:x", "style": "behavior: url(x)", "class": "a", "value": "secret"}
    changes, size = clean_changes(
        [
            {"op": "attributes", "id": 3, "attributes": attributes | {"hidden": None}},
            added(element("p", onload="x", title="t"), next=4),
            {"op": "style", "id": 3, "value": "a { b: expression(1) }"},
            {"op": "remove", "id": 3, "more": "x"},
            {"op": "address", "url": "javascript:x", "title": "Oak"},
            {"op": "field", "id": 3, "value": "oak", "checked": True},
        ]
    )
    assert changes == [
        {
            "op": "attributes",
            "id": 3,
            "attributes": {"style": "none url(x)", "class": "a", "hidden": None},
        },
        added(element("p", title="t"), next=4),
        {"op": "style", "id": 3, "value": "a { b: none1) }"},
        {"op": "remove", "id": 3},
        {"op": "address", "url": "", "title": "Oak"},
        {"op": "field", "id": 3, "value": "oak"},
    ]
    assert size > 200


def test_P27_the_server_masks_what_a_browser_should_have_masked() -> None:
    changes, _ = clean_changes(
        [
            text(f"pay with {CARD}"),
            {"op": "field", "id": 3, "value": CARD},
            {"op": "attributes", "id": 3, "attributes": {"title": CARD, "VALUE": "hunter2!", "data-value": "hunter2!"}},
            added(element("input", type="password", value="hunter2!")),
            added(element("input", autocomplete="cc-csc", value="hunter2!")),
            {"op": "address", "url": f"http://shop.test/?c={CARD.replace(' ', '')}", "title": CARD},
            {"op": "style", "id": 3, "value": f"a::after {{ content: '{CARD}' }}"},
            {"op": "sheets", "id": 3, "sheets": [f"a::after {{ content: '{CARD}' }}"]},
        ]
    )
    told = json.dumps(changes)
    assert len(changes) == 8
    for secret in (CARD, CARD.replace(" ", ""), "hunter2!", "1111"):
        assert secret not in told


# ---- the picture ---------------------------------------------------------------------------------------------


def put(world: World, made: dict[str, Any], body: bytes, **headers: str) -> Any:
    return world.browser().put(
        f"{API}/call-us/{made['interaction']}/page",
        data=body,
        headers={"Authorization": f"Bearer {made['token']}", "Content-Type": "application/json", **headers},
    )


@pytest.fixture
def made(world: World) -> dict[str, Any]:
    answer: dict[str, Any] = world.browser().post(f"{API}/call-us", json=a_click()).json
    return answer


def test_P28_a_picture_names_its_take_and_may_come_packed(world: World, made: dict[str, Any]) -> None:
    page = json.dumps(a_page() | {"take": TAKE}).encode()
    assert put(world, made, gzip.compress(page), **{"Content-Encoding": "gzip"}).status_code == 204
    assert world.srp.pages[made["interaction"]]["take"] == TAKE
    assert put(world, made, json.dumps(a_page() | {"take": "no"}).encode()).status_code == 400


def test_P28_what_would_become_too_large_when_unpacked_is_refused(world: World, made: dict[str, Any]) -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]")
    answer = put(world, made, bomb, **{"Content-Encoding": "gzip"})
    assert answer.json["error"]["code"] == "page_too_large"
    assert put(world, made, b"not packed", **{"Content-Encoding": "gzip"}).json["error"]["code"] == "bad_request"
