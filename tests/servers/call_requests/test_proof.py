"""A number is proved before it is called, where the pool asks for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ctiapp.servers.call_requests import CallRequests
from ctiapp.servers.proofs import CodeProof, plugged_in
from tests.database import CallCentre, everything
from tests.servers.call_requests.asking import MARIT, YUSUF, bar, code, refusal


class Messages:
    """What would be sent to telephones."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.broken = False

    def __call__(self, number: str, text: str) -> None:
        if self.broken:
            raise OSError("no network")
        self.sent.append((number, text))


@pytest.fixture
def messages(shop: CallCentre) -> Messages:
    """The shop asks for a code."""
    messages = Messages()
    proofs = {"code": CodeProof(shop.store, "secret", messages)}
    shop.call_requests = CallRequests(shop.store, shop.settings, proofs)
    shop.calls_back(proof="code")
    return messages


def test_a_number_is_proved_by_the_code_that_was_sent_to_it(shop: CallCentre, messages: Messages) -> None:
    asked = refusal(lambda: shop.call_me())
    assert (asked.code, asked.details["number"], asked.details["digits"]) == ("proof_needed", "••••• •••142", 6)
    (number, sent), *more = messages.sent
    assert (number, more) == (MARIT, [])
    assert shop.answer("select count(*) from call_request") == 0
    assert sent not in str(everything(shop.store))
    wrong = "000000" if sent != "000000" else "111111"
    assert code(lambda: shop.call_me(proof=wrong)) == "proof_wrong"
    assert code(lambda: shop.call_me("07700 900155", "b", proof=sent)) == "proof_wrong"
    assert shop.call_me(proof=f" {sent} ")["state"] == "queued"


def test_a_code_is_void_after_five_wrong_tries_and_after_ten_minutes(shop: CallCentre, messages: Messages) -> None:
    assert code(lambda: shop.call_me()) == "proof_needed"
    for _ in range(5):
        assert code(lambda: shop.call_me(proof="wrong")) == "proof_wrong"
    assert code(lambda: shop.call_me(proof=messages.sent[0][1])) == "proof_wrong"
    assert code(lambda: shop.call_me()) == "proof_needed"
    shop.passes(timedelta(minutes=11))
    assert code(lambda: shop.call_me(proof=messages.sent[1][1])) == "proof_wrong"


def test_a_number_gets_three_codes_an_hour(shop: CallCentre, messages: Messages) -> None:
    for _ in range(3):
        assert code(lambda: shop.call_me()) == "proof_needed"
    assert code(lambda: shop.call_me()) == "too_many_requests"
    assert len(messages.sent) == 3
    shop.passes(timedelta(hours=1, minutes=1))
    assert code(lambda: shop.call_me()) == "proof_needed"


def test_no_code_is_sent_for_what_is_refused_anyway(shop: CallCentre, messages: Messages) -> None:
    bar(shop, MARIT, "do_not_call")
    assert code(lambda: shop.call_me()) == "do_not_call"
    assert messages.sent == []


def test_the_shops_word_is_proof_enough_and_another_number_is_not(shop: CallCentre, messages: Messages) -> None:
    claims = {"sub": "c-17", "phone": MARIT}
    status = shop.call_me(None, claims=claims)
    assert code(lambda: shop.call_requests.change(status["interaction"], {"number": YUSUF}, "")) == "proof_needed"
    assert messages.sent[0][0] == YUSUF
    changes = {"number": YUSUF, "proof": messages.sent[0][1]}
    assert shop.call_requests.change(status["interaction"], changes, "")["display_number"].endswith("155")


def test_where_no_code_can_be_sent_nobody_is_let_in(shop: CallCentre, messages: Messages) -> None:
    messages.broken = True
    assert code(lambda: shop.call_me()) == "proof_down"
    shop.calls_back(proof="captcha")
    assert code(lambda: shop.call_me()) == "proof_down"


def send_nothing(number: str, text: str) -> None:
    """For the next test: a sender as an installation would plug it in."""


class PatientCaptcha:
    def ask(self, number: str, address: str) -> dict:
        return {"kind": "captcha"}

    def holds(self, number: str, proof: str, address: str) -> bool:
        return proof == "I am no robot"


def test_other_proofs_are_plugged_in_by_name(shop: CallCentre) -> None:
    here = "tests.servers.call_requests.test_proof"
    names = {"CTIAPP_CODE_SENDER": f"{here}:send_nothing", "CTIAPP_PROOFS": f"captcha={here}:PatientCaptcha"}
    proofs = plugged_in(shop.store, "secret", names)
    assert set(proofs) == {"code", "captcha"}
    shop.call_requests = CallRequests(shop.store, shop.settings, proofs)
    shop.calls_back(proof="captcha")
    assert refusal(lambda: shop.call_me()).details["kind"] == "captcha"
    assert code(lambda: shop.call_me(proof="I am a robot")) == "proof_wrong"
    assert shop.call_me(proof="I am no robot")["state"] == "queued"
    with pytest.raises(AttributeError):
        plugged_in(shop.store, "secret", {"CTIAPP_CODE_SENDER": f"{here}:send_everything"})
    assert plugged_in(shop.store, "secret", {}) == {}
