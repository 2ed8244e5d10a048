"""Numbers as people write them, as networks dial them, and as we keep them."""

from __future__ import annotations

import re

import phonenumbers

from ctiapp.core.refusals import Refusal

DIALLABLE = re.compile(r"\+?[0-9*#]{1,32}")
REGION = "GB"


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


def checked(number: str, region: str = REGION) -> str:
    """E.164, or Refusal malformed_number."""
    known = canonical(number, region)
    if known is None:
        raise Refusal("malformed_number", "That does not look like a telephone number.")
    return known


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
