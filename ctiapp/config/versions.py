"""The rendered versions on disk: `<state>/asterisk/versions/<n>/`, and the relative link `current` to one of them.

The container sees `<state>/asterisk` and reads through the link, so moving the link is the whole switch-over.
The files hold secrets: on the host only root and the container's group may read them (or only you, if you are not
root: the container then runs as you; docker/asterisk.sh does the same sum).
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

ASTERISK_GROUP = 4573
"""User and group `asterisk` of the image (docker/Dockerfile)."""

ABOUT = "about.json"
VALUES = "values.yml"
"""The values file as it was when the version was rendered: what the database is to give out while this version runs."""


class Busy(Exception):
    """Somebody else is applying a configuration right now."""


@dataclass(frozen=True, slots=True)
class Version:
    """One rendered configuration. `state` is "new", "applied" or "failed"; `note` says why or where from."""

    number: int
    at: str
    who: str
    hash: str
    state: str = "new"
    note: str = ""


class Versions:
    def __init__(self, state: Path) -> None:
        self.folder = state / "asterisk"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one may change what the switch runs. Raises Busy at once if another does."""
        self._make(self.folder)
        with open(self.folder.parent / "asterisk.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy("another apply or rollback is at work") from error
            yield

    def all(self) -> list[Version]:
        """Oldest first."""
        folders = (self.folder / "versions").glob("[0-9]*")
        known = [self.get(int(one.name)) for one in folders if (one / ABOUT).exists()]
        return sorted(known, key=lambda version: version.number)

    def get(self, number: int) -> Version:
        """KeyError if there is no such version."""
        try:
            return Version(**json.loads((self._path(number) / ABOUT).read_text()))
        except FileNotFoundError as error:
            raise KeyError(number) from error

    def current(self) -> Version | None:
        try:
            return self.get(int(Path(os.readlink(self.folder / "current")).name))
        except (FileNotFoundError, KeyError):
            return None

    def files(self, number: int) -> dict[str, str]:
        """File name -> text, as it was rendered. KeyError if there is no such version."""
        self.get(number)
        ours = (ABOUT, VALUES)
        return {one.name: one.read_text() for one in sorted(self._path(number).iterdir()) if one.name not in ours}

    def values(self, number: int) -> str | None:
        """The text of its values file; None for a version that was written without."""
        self.get(number)
        file = self._path(number) / VALUES
        return file.read_text() if file.exists() else None

    def add(
        self, files: Mapping[str, str], hash: str, note: str = "", who: str | None = None, values: str | None = None
    ) -> Version:
        """Write a new version; the switch does not see it yet. Call it under `locked`."""
        number = max((version.number for version in self.all()), default=0) + 1
        version = Version(number, datetime.now(UTC).isoformat(timespec="seconds"), who or whoami(), hash, note=note)
        self._make(self.folder)
        self._make(self.folder / "versions")
        self._make(self._path(number))
        for name, text in files.items():
            self._write(self._path(number) / name, text, 0o750 if name.endswith(".py") else 0o640)
        if values is not None:
            self._write(self._path(number) / VALUES, values, 0o640)
        self._write_about(version)
        return version

    def mark(self, version: Version, state: str, note: str = "") -> Version:
        marked = replace(version, state=state, note=note or version.note)
        self._write_about(marked)
        return marked

    def switch_to(self, number: int) -> None:
        """Atomic: a reader sees the old files or the new ones, never a mixture of links."""
        self.get(number)
        fresh = self.folder / ".current.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path("versions") / str(number))
        os.replace(fresh, self.folder / "current")

    def _path(self, number: int) -> Path:
        return self.folder / "versions" / str(number)

    def _write_about(self, version: Version) -> None:
        self._write(self._path(version.number) / ABOUT, json.dumps(asdict(version), indent=1), 0o640)

    def _make(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._give(folder, 0o750)

    def _write(self, file: Path, text: str, mode: int) -> None:
        fresh = file.with_name(f".{file.name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
        self._give(fresh, mode)
        os.replace(fresh, file)

    def _give(self, path: Path, mode: int) -> None:
        if os.geteuid() == 0:
            os.chown(path, 0, ASTERISK_GROUP)
        os.chmod(path, mode)


def whoami() -> str:
    return os.environ.get("SUDO_USER") or getpass.getuser()
