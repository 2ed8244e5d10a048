"""The web server (132): pages, JSON API and pushes. It asks the SRP and the agents' desk, never the switch or SQL."""

from .app import create_app

__all__ = ["create_app"]
