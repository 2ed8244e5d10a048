"""Whom we do not call, or not that often: refused when a call is asked for, and looked at again when it is due."""

from __future__ import annotations

from ctiapp.core.protection import Callee, Limits, not_allowed, over_limit
from ctiapp.core.refusals import Refusal
from ctiapp.store import Transaction
from ctiapp.store.store import Row

BARRED = {
    "do_not_call": ("do_not_call", "This number does not want to be called."),
    "fax": ("number_marked", "A fax machine answers at this number. Please give us another one."),
    "modem": ("number_marked", "A modem answers at this number. Please give us another one."),
    "wrong_number": ("number_marked", "This number is not in service. Please give us another one."),
}
NOT_ALLOWED = {
    "malformed_number": "That does not look like a number that exists.",
    "unsupported_country": "We do not call numbers in that country.",
    "number_type_not_allowed": "We do not call numbers of that kind.",
}


def barred(tx: Transaction, number: str) -> str | None:
    """Why the number is not called now, whatever was agreed before: "do_not_call", "fax", "modem", "wrong_number"."""
    return tx.value("barred", number=number)


def refuse_kind(pool: Row, whom: Callee) -> None:
    code = not_allowed(whom, pool["countries"], pool["number_types"])
    if code is not None:
        raise Refusal(code, NOT_ALLOWED[code], countries=pool["countries"], number_types=pool["number_types"])


def refuse_number(tx: Transaction, whom: Callee) -> None:
    why = barred(tx, whom.number)
    if why is not None:
        code, sentence = BARRED[why]
        raise Refusal(code, sentence, why=why)


def refuse_too_many(
    tx: Transaction, pool: Row, whom: Callee, customer: Row | None, address: str | None, but: str | None = None
) -> None:
    asked = tx.one(
        "asked_today", number=whom.number, customer=customer["id"] if customer else None, address=address, but=but
    )
    limits = Limits(pool["per_number_day"], pool["per_customer_day"], pool["per_address_day"])
    over = over_limit(asked or {}, limits)
    if over is not None:
        raise Refusal(
            "too_many_calls_today", "That was asked for very often today. Please try again tomorrow.", limit=over
        )


def refuse_without_consent(pool: Row, click: dict) -> None:
    if pool["consent_text"] and not (click.get("consent") or {}).get("text", "").strip():
        raise Refusal("consent_missing", "Please agree to be called.", consent_text=pool["consent_text"])
