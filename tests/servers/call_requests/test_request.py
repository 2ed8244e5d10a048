"""The request as its customer sees it: its place and its wait, changed, cancelled."""

from __future__ import annotations

from datetime import timedelta

from ctiapp.servers.call_requests import CallRequests
from tests.database import SHOP, CallCentre, a_page, everything
from tests.servers.call_requests.asking import MARIT, YUSUF, code, is_dialled, request_of, tomorrow


def test_p22_place_by_the_first_request_and_a_change_of_number_keeps_id_page_and_place(shop: CallCentre) -> None:
    first, second = shop.call_me("07700 900142", "a"), shop.call_me("07700 900155", "b")
    assert (first["place"], second["place"]) == (1, 2)
    changed = shop.call_requests.change(first["interaction"], {"number": "07700 900163"}, "192.0.2.1")
    assert (changed["interaction"], changed["place"]) == (first["interaction"], 1)
    assert request_of(shop, changed)["number"] == shop.interaction(first["interaction"])["caller"] == "+447700900163"
    assert shop.call_requests.status(second["interaction"])["place"] == 2
    assert shop.answer("select version from page where interaction = %s", first["interaction"]) == 1


def test_p16_later_and_sooner_again_keep_the_place(shop: CallCentre) -> None:
    first, second = shop.call_me("07700 900142", "a"), shop.call_me("07700 900155", "b")
    later = shop.call_requests.change(first["interaction"], {"when": tomorrow()}, "")
    assert (later["place"], later["window"]) == (None, tomorrow())
    assert shop.call_requests.status(second["interaction"])["place"] == 1
    sooner = shop.call_requests.change(first["interaction"], {"when": None}, "")
    assert (sooner["place"], sooner["window"]) == (1, None)


def test_a_change_to_a_number_that_waits_already_is_refused(shop: CallCentre) -> None:
    shop.call_me("07700 900142", "a")
    second = shop.call_me("07700 900155", "b")
    before = everything(shop.store)
    assert code(lambda: shop.call_requests.change(second["interaction"], {"number": MARIT}, "")) == "already_waiting"
    assert everything(shop.store) == before


def test_what_is_dialled_cannot_be_changed_but_cancelled(shop: CallCentre) -> None:
    status = shop.call_me()
    is_dialled(shop, status)
    now = shop.call_requests.status(status["interaction"])
    assert (now["state"], now["can_change"], now["can_cancel"]) == ("dialling", False, True)
    assert code(lambda: shop.call_requests.change(status["interaction"], {"when": None}, "")) == "wrong_state"
    assert shop.call_requests.cancel(status["interaction"])["state"] == "cancelled"


def test_cancel_ends_it_once_and_for_all(shop: CallCentre) -> None:
    status = shop.call_me()
    for _ in range(2):
        over = shop.call_requests.cancel(status["interaction"])
        assert (over["state"], over["can_change"], over["can_cancel"]) == ("cancelled", False, False)
    interaction = shop.interaction(status["interaction"])
    assert (interaction["state"], interaction["end_reason"]) == ("ended", "cancelled")
    assert code(lambda: shop.call_requests.change(status["interaction"], {"when": None}, "")) == "already_ended"
    assert shop.call_me()["interaction"] != status["interaction"]


def test_who_talks_cannot_cancel(shop: CallCentre) -> None:
    status = shop.call_me()
    shop.ask("update call_request set state = 'talking' where interaction = %s returning id", status["interaction"])
    assert code(lambda: shop.call_requests.cancel(status["interaction"])) == "wrong_state"


def test_p22_the_wait_is_0_with_a_free_agent_and_unknown_with_none_and_is_kept(shop: CallCentre) -> None:
    assert shop.call_requests.offer(SHOP, "sales", None)["estimate_seconds"] == 0
    status = shop.call_me()
    assert status["estimate_seconds"] == 0
    assert request_of(shop, status)["estimate_seconds"] == 0
    assert request_of(shop, status)["estimate_made_at"]
    nobody = shop.call_me("07700 900155", "b", language="fi")
    assert nobody["estimate_seconds"] is None
    chosen = shop.call_me("07700 900163", "c", when=tomorrow())
    assert (chosen["estimate_seconds"], request_of(shop, chosen)["estimate_made_at"]) == (None, None)


def test_p22_a_wait_over_the_pools_threshold_offers_windows(shop: CallCentre) -> None:
    def offer() -> tuple[float, bool]:
        told = shop.call_requests.offer(SHOP, "sales", None)
        return told["estimate_seconds"], told["offer_windows"]

    assert offer() == (0, False)
    for number in range(10):
        shop.call_me(f"07700 90010{number}", f"v-{number}", network=f"192.0.2.{number}")
    shop.call_requests = CallRequests(shop.store, shop.settings)  # what was seen a second ago is forgotten
    seconds, windows = offer()
    assert seconds > 300 and windows
    shop.calls_back(offer_windows_over=timedelta(days=1))
    assert offer() == (seconds, False)


def test_nobody_with_the_skill_is_said(shop: CallCentre) -> None:
    assert shop.call_me()["detail"] == ""
    assert shop.call_me("07700 900155", "b", language="fi")["detail"] == "nobody_has_the_skill"


def test_the_page_goes_on_with_the_customer(shop: CallCentre) -> None:
    status = shop.call_me()
    shop.srp.new_page(status["interaction"], a_page("Basket"))
    assert shop.answer("select title from page where interaction = %s", status["interaction"]) == "Basket"


def test_requests_stay_when_the_pool_calls_nobody_back_any_more(shop: CallCentre) -> None:
    status = shop.call_me()
    with shop.store.transaction() as tx:
        tx.run("drop_other_call_me_pools", pools=[])
    shop.call_requests._cache.clear()
    assert shop.call_requests.status(status["interaction"])["state"] == "queued"
    assert code(lambda: shop.call_me(YUSUF, "b")) == "no_call_me"
    assert shop.call_requests.cancel(status["interaction"])["state"] == "cancelled"
