"""A server that follows docs/api.md and does what a test tells it: the other side of widget and console.

It knows no telephones. A test sets what the next click meets, moves the call from state to state, and reads what the
browser sent, byte for byte.
"""

from .calls import CONSENT, a_call, a_request, an_offer, some_windows
from .files import DIST
from .said import PASSWORD, TOKEN, iso
from .server import ScriptedServer
from .stage import Stage, serving, staged
from .views import a_call_out, a_callback, a_transfer, a_view, an_engagement, an_outgoing, marit, state, yusuf

__all__ = [
    "CONSENT",
    "DIST",
    "PASSWORD",
    "TOKEN",
    "ScriptedServer",
    "Stage",
    "a_call",
    "a_call_out",
    "a_callback",
    "a_request",
    "a_transfer",
    "a_view",
    "an_engagement",
    "an_offer",
    "an_outgoing",
    "iso",
    "marit",
    "serving",
    "some_windows",
    "staged",
    "state",
    "yusuf",
]
