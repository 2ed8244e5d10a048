"""Every state of every screen, driven over the scripted server: for pictures, and for the rules of accessibility."""

from .call_me import CALL_ME
from .console import CONSOLE
from .link import LINK
from .shop import SHOP
from .widget import WIDGET
from .window import WINDOW

SCREENS = {"widget": WIDGET, "call-me": CALL_ME, "window": WINDOW, "link": LINK, "shop": SHOP, "console": CONSOLE}
