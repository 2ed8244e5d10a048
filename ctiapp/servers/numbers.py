"""Numbers as people write them, as networks dial them, and as we keep them."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import timezone

from ctiapp.core.protection import Callee, masked
from ctiapp.core.refusals import Refusal

DIALLABLE = re.compile(r"\+?[0-9*#]{1,32}")
REGION = "GB"
TYPED = re.compile(r"[+(]?[0-9 ()./-]+")
LEAST_DIGITS = 4


def canonical(number: str | None, region: str = REGION) -> str | None:
    """E.164 of a number that can exist, or None: +44, 0044, 0…, spaces and brackets are one number."""
    if not number:
        return None
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not _is_whole(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _is_whole(number: phonenumbers.PhoneNumber) -> bool:
    """Long enough to be dialled from anywhere: a private number ("1001") is not a short form of a public one."""
    return phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE


def begin_of_number(text: str, region: str = REGION) -> str | None:
    """How the E.164 of a number begins that was typed as far as `text`; None if that is no number, or too little."""
    if not TYPED.fullmatch(text) or sum(symbol.isdigit() for symbol in text) < LEAST_DIGITS:
        return None
    digits = re.sub(r"[^0-9]", "", text)
    if text.lstrip("( ").startswith("+"):
        return f"+{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    if digits.startswith("0"):
        return f"+{phonenumbers.country_code_for_region(region)}{digits[1:]}"
    return f"+{digits}"


def checked(number: str, region: str = REGION) -> str:
    """E.164, or Refusal malformed_number."""
    known = canonical(number, region)
    if known is None:
        raise Refusal("malformed_number", "That does not look like a telephone number.")
    return known


@lru_cache(maxsize=4096)
def display(number: str | None, region: str = REGION) -> str | None:
    """As a person in `region` would write it; a private number stays as it is."""
    if not number:
        return number
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    if not _is_whole(parsed):
        return number
    form = phonenumbers.PhoneNumberFormat
    international = number.startswith("+")
    return phonenumbers.format_number(parsed, form.INTERNATIONAL if international else form.NATIONAL)


# ---- what a number tells -----------------------------------------------------------------------------------------

_KIND = phonenumbers.PhoneNumberType
KINDS = {
    _KIND.MOBILE: ("mobile",),
    _KIND.FIXED_LINE: ("fixed",),
    _KIND.FIXED_LINE_OR_MOBILE: ("fixed", "mobile"),
    _KIND.TOLL_FREE: ("toll_free",),
    _KIND.PREMIUM_RATE: ("premium",),
    _KIND.SHARED_COST: ("shared_cost",),
    _KIND.VOIP: ("voip",),
    _KIND.PERSONAL_NUMBER: ("personal",),
    _KIND.PAGER: ("pager",),
    _KIND.UAN: ("company",),
    _KIND.VOICEMAIL: ("voicemail",),
}
SATELLITE = (870, 881, 882, 883)
"""Country codes of networks that are in no country: Inmarsat, Global Mobile Satellite, international networks."""
EXAMPLES = {"+447700900": "mobile", "+441632960": "fixed"}
"""Kept free for examples (Ofcom, "Telephone numbers for use in TV and radio drama programmes"), so not in the plan that
the library knows; our demo and our tests live on them."""


def callee(number: str, region: str = REGION) -> Callee:
    """What is known of a number that somebody wants to be called at. Refusal malformed_number."""
    parsed = phonenumbers.parse(checked(number, region))
    digits = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    example = next((kind for start, kind in EXAMPLES.items() if digits.startswith(start)), None)
    if example:
        return Callee(digits, "GB", (example,), ("Europe/London",))
    country = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code
    )
    return Callee(digits, country, _kinds(parsed), _zones(parsed))


def masked_display(number: str, region: str = REGION) -> str:
    """As a person in `region` would write it, but for the last three digits unreadable."""
    parsed = phonenumbers.parse(number, region)
    at_home = phonenumbers.region_code_for_country_code(parsed.country_code) == region
    form = phonenumbers.PhoneNumberFormat
    return masked(phonenumbers.format_number(parsed, form.NATIONAL if at_home else form.INTERNATIONAL))


def _kinds(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    if number.country_code in SATELLITE:
        return ("satellite",)
    return KINDS.get(phonenumbers.number_type(number), ("unknown",))


def _zones(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    known = timezone.time_zones_for_number(number)
    return tuple(zone for zone in known if zone != timezone.UNKNOWN_TIMEZONE)
