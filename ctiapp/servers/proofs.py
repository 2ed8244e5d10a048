"""How somebody who asks for a call proves that they may: by a code sent to the number, or by whatever is plugged in."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import logging
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from ctiapp.core.refusals import Refusal
from ctiapp.store import Store, Transaction

log = logging.getLogger(__name__)

DIGITS = 6
MOST_SENT = 3
"""Codes to a number in an hour: a message that nobody asked for is a nuisance too."""
MOST_WRONG = 5
"""Wrong tries after which a code is void."""
HOLDS_FOR = timedelta(minutes=10)


class Proof(Protocol):
    """One kind of proof: an SMS code, a CAPTCHA. A pool names its kind in the values file (`proof: code`)."""

    def ask(self, number: str, address: str) -> dict:
        """Makes the challenge (sends the code) and says what the customer can do: the details of `proof_needed`."""

    def holds(self, number: str, proof: str, address: str) -> bool:
        """Whether what the customer gave us proves it."""


def plugged_in(store: Store, secret: str, environment: Mapping[str, str] = os.environ) -> dict[str, Proof]:
    """The kinds of proof of this installation. CTIAPP_CODE_SENDER names the function that sends a code to a number
    ("shop.sms:send"); CTIAPP_PROOFS other kinds, each made without arguments ("captcha=shop.captcha:Captcha …")."""
    proofs: dict[str, Proof] = {}
    for entry in environment.get("CTIAPP_PROOFS", "").split():
        kind, _, name = entry.partition("=")
        proofs[kind] = _named(name)()
    if sender := environment.get("CTIAPP_CODE_SENDER"):
        proofs["code"] = CodeProof(store, secret, _named(sender))
    return proofs


def _named(name: str) -> Callable:
    """Of "package.module:attribute"; ImportError or AttributeError, at the start of the server, if it is not there."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


class CodeProof:
    """A code that `send(number, code)` sends to the number. `send` raises what it likes where it cannot."""

    def __init__(self, store: Store, secret: str, send: Callable[[str, str], None]) -> None:
        self._store, self._secret, self._send = store, secret, send

    def ask(self, number: str, address: str) -> dict:
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"

        def keep(tx: Transaction) -> None:
            known = tx.one("code_sent", number=number)
            if known and known["recent"] and known["sent"] >= MOST_SENT:
                raise Refusal(
                    "too_many_requests", "We sent several codes to this number. Please wait an hour.", retry_after=3600
                )
            tx.run("keep_code", number=number, code=self._hashed(number, code))
            tx.run("forget_codes")

        self._store.in_transaction(keep)
        try:
            self._send(number, code)
        except Exception as error:
            log.error("a code could not be sent: %s", type(error).__name__)
            raise Refusal("proof_down", "We cannot send a code now. Please try again in a minute.") from None
        return {"kind": "code", "digits": DIGITS, "holds_for": HOLDS_FOR.total_seconds()}

    def holds(self, number: str, proof: str, address: str) -> bool:
        def look(tx: Transaction) -> bool:
            known = tx.one("code_sent", number=number)
            if known is None or not known["holds"] or known["wrong"] >= MOST_WRONG:
                return False
            if hmac.compare_digest(known["code"], self._hashed(number, proof.strip())):
                return True
            tx.run("wrong_code", number=number)
            return False

        return self._store.in_transaction(look)

    def _hashed(self, number: str, code: str) -> str:
        return hmac.new(self._secret.encode(), f"{number} {code}".encode(), hashlib.sha256).hexdigest()
