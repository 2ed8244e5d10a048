"""Who a request speaks for: the shop's signed word about its customer, and our own token for one interaction."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import jwt
from itsdangerous import BadData, URLSafeTimedSerializer

from ..core.refusals import Refusal
from . import contract

AUDIENCE = "ctiapp"
LEEWAY = timedelta(seconds=30)
LONGEST_LIFE = timedelta(days=1)
TOKEN_LIFE = timedelta(hours=12)
"""Longer than any reservation and call; what is asked with an older token is refused."""
LINK_LIFE = timedelta(days=60)
"""Longer than any call can be promised ahead."""
CALL_US, CALL_ME, WATCH = "call_us", "call_me", "watch"
"""What a token is good for: a reservation; a call request of one's own; to see one that somebody else made."""


def verified_claims(identity: str, site: str, secret: str) -> dict[str, Any]:
    """The claims of the shop's JWT: signed by this site's secret, for us, neither too old nor made to last.

    Raises Refusal `identity_expired` or `identity_invalid`; the sentence never repeats the token.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            identity,
            secret,
            algorithms=["HS256"],
            audience=AUDIENCE,
            issuer=site,
            leeway=LEEWAY,
            options={"require": ["sub", "iat", "exp", "aud", "iss"]},
        )
    except jwt.ExpiredSignatureError:
        raise Refusal("identity_expired", "Your sign-in at the shop is too old. Please load the page again.") from None
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise _invalid(type(error).__name__) from None
    if claims["exp"] - claims["iat"] > (LONGEST_LIFE + LEEWAY).total_seconds():
        raise _invalid("longer than a day")
    wrong = next(_claims().iter_errors(claims), None)
    if wrong is not None:
        raise _invalid(".".join(str(step) for step in wrong.absolute_path) or "claims")
    return claims


def _invalid(reason: str) -> Refusal:
    return Refusal("identity_invalid", "The shop's word about who you are could not be checked.", reason=reason[:100])


@cache
def _claims() -> Any:
    return contract.validator("IdentityClaims")


class Bearer(NamedTuple):
    """What an interaction token says."""

    interaction: str
    site: str
    right: str = CALL_US


class InteractionTokens:
    """Makes and reads the bearer tokens of customers; one is good for one interaction."""

    def __init__(self, secret: str, life: timedelta = TOKEN_LIFE, kind: str = "interaction") -> None:
        self._signer = URLSafeTimedSerializer(secret, salt=kind)
        self._life = life

    def issue(self, interaction: str, site: str, right: str = CALL_US) -> str:
        text = self._signer.dumps([interaction, site, right])
        return text if isinstance(text, str) else text.decode()

    def read(self, token: Any) -> Bearer:
        """Raises Refusal `token_invalid`."""
        if not isinstance(token, str) or len(token) > 512:
            raise _refused()
        try:
            interaction, site, right = self._signer.loads(token, max_age=int(self._life.total_seconds()))
            return Bearer(str(interaction), str(site), str(right))
        except (BadData, ValueError, TypeError):
            raise _refused() from None


def links(secret: str) -> InteractionTokens:
    """Tokens that stand in an address (`/call-me/TOKEN`) and live long; none of them opens the API."""
    return InteractionTokens(secret, LINK_LIFE, "call-me-link")


def _refused() -> Refusal:
    return Refusal("token_invalid", "This page may not ask about that call. Please click again.")
