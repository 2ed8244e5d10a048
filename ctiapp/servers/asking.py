"""Who asks to be called, and at which number (P15): typed, remembered with a cookie, or known to the shop."""

from __future__ import annotations

import json

from ctiapp.core.protection import Callee
from ctiapp.core.refusals import Refusal
from ctiapp.servers.numbers import REGION, callee, canonical, checked
from ctiapp.store import Transaction
from ctiapp.store.store import Row


def customer_names(site: str, click: dict) -> list[str]:
    who = (click.get("claims") or {}).get("sub") or click.get("visitor")
    return [f"customer {site} {who}"] if who else []


def known_customer(tx: Transaction, site: str, click: dict) -> Row | None:
    """By the shop's signed identity, by name and address in its list, by the first-party cookie; else nobody yet."""
    claims, visitor = click.get("claims"), click.get("visitor")
    if claims:
        return tx.one("customer_with_phone", customer=tx.value("customer_signed", **identity_of(site, click)))
    if is_by_name(click):
        found = tx.all("customer_listed", site=site, name=click["name"].strip(), address=click["address"])
        if len(found) != 1:
            raise Refusal("unknown_customer", "We do not find you in our list. Please tell us your number.")
        return found[0]
    return tx.one("customer_remembered", site=site, visitor=visitor) if visitor else None


def identity_of(site: str, click: dict) -> dict:
    """Who the click says the customer is, as `customer_of` takes it: the shop's signed identity, else the first-party
    cookie. Raises Refusal malformed_number."""
    claims = click.get("claims") or {}
    return {
        "site": site,
        "subject": claims.get("sub"),
        "name": claims.get("name"),
        "phone": checked(claims["phone"]) if claims.get("phone") else None,
        "email": claims.get("email"),
        "language": claims.get("language") if claims else click.get("language"),
        "attributes": json.dumps(claims.get("attributes") or {}),
        "visitor": click.get("visitor"),
    }


def is_by_name(click: dict) -> bool:
    return bool(not click.get("number") and not click.get("claims") and click.get("name") and click.get("address"))


def whom_to_call(pool: Row, click: dict, customer: Row | None) -> Callee:
    number = click.get("number") or (customer["phone"] if customer else None)
    if not number:
        raise Refusal("number_missing", "Please tell us your number.")
    return callee(number, click.get("region") or region_of(pool))


def is_own(first: Row, click: dict, address: str) -> bool:
    """Whether who clicks is who asked first. Without a cookie or an identity, the network address must do."""
    subject, visitor = (click.get("claims") or {}).get("sub"), click.get("visitor")
    if (subject and subject == first["external_id"]) or (visitor and visitor == first["visitor"]):
        return True
    nameless = not subject and not visitor and not first["visitor"] and not first["external_id"]
    return bool(nameless and address == first["address"])


def is_vouched_for(click: dict, whom: Callee) -> bool:
    """The shop says that this is its customer's number: nothing is left to prove."""
    phone = (click.get("claims") or {}).get("phone")
    return phone is not None and canonical(phone) == whom.number


def region_of(pool: Row) -> str:
    return next((country for country in pool["countries"] if country.isalpha()), REGION)
