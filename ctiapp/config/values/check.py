"""What every part of the file is read with: each kind of value has a question, each wrong answer becomes a problem."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

Entry = dict[str, Any]


NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
A_NAME = "small letters, digits and -, a letter first"
NUMBER = re.compile(r"\+?[0-9]{2,15}")
A_NUMBER = "2 to 15 digits, a + before them if you like"
LANGUAGE = re.compile("[a-z]{2}(-[A-Z]{2})?")
COUNTRY = re.compile("[A-Z]{2}|001")


class ValuesError(Exception):
    """The values file cannot be used. `problems` holds (line or None, sentence) pairs; the text has all of them."""

    def __init__(self, file: str, problems: list[tuple[int | None, str]]) -> None:
        self.file, self.problems = file, problems
        super().__init__("\n".join(f"{file}:{line}: {text}" if line else f"{file}: {text}" for line, text in problems))


class Check:
    """Collects every problem instead of stopping at the first."""

    def __init__(self, lines: dict[str, int]) -> None:
        self.lines = lines
        self.problems: list[tuple[int | None, str]] = []

    def wrong(self, path: str, text: str) -> None:
        where = path
        while where and where not in self.lines:
            where = where.rpartition(".")[0]
        self.problems.append((self.lines.get(where), f"{path or 'the file'}: {text}"))

    def each(self, name: str, data: Any, read: Callable[[Check, str, Any], Any]) -> tuple[Any, ...]:
        if data is None:
            return ()
        if not isinstance(data, list):
            self.wrong(name, "must be a list")
            return ()
        return tuple(read(self, f"{name}.{index}", entry) for index, entry in enumerate(data))

    def mapping(self, path: str, data: Any, kind: type[Any], but: tuple[str, ...] = ()) -> Entry | None:
        """A copy of the entry if it has the keys of `kind` and no others; None if it cannot be read on."""
        if not isinstance(data, dict):
            self.wrong(path, "must have keys and values")
            return None
        known = [one for one in fields(kind) if one.name not in but]
        for key in data:
            if key not in {one.name for one in known}:
                names = ", ".join(one.name for one in known)
                self.wrong(f"{path}.{key}".lstrip("."), f"no such key; the keys are {names}")
        missing = [
            one.name
            for one in known
            if one.default is MISSING and one.default_factory is MISSING and one.name not in data
        ]
        for key in missing:
            self.wrong(path, f"{key} is missing")
        if missing:
            return None
        return {one.name: data[one.name] for one in known if one.name in data}

    def text(self, path: str, data: Entry, key: str, form: re.Pattern[str], like: str, optional: bool = False) -> None:
        value = data.get(key)
        if value is None and optional:
            return
        where = f"{path}.{key}"
        if not isinstance(value, str):
            self.wrong(where, f"must be text in quotes ({like}), not {value!r}")
        elif not form.fullmatch(value):
            self.wrong(where, f"must be {like}, not {value!r}")

    def choice(self, path: str, data: Entry, key: str, known: tuple[str, ...]) -> None:
        if key in data and data[key] not in known:
            self.wrong(f"{path}.{key}", f"must be one of {', '.join(known)}, not {data[key]!r}")

    def names(self, path: str, data: Entry, key: str, form: re.Pattern[str], like: str) -> None:
        """A list of texts; in place."""
        if key not in data:
            return
        value = data[key]
        good = isinstance(value, list) and all(isinstance(one, str) and form.fullmatch(one) for one in value)
        if not good or not value:
            self.wrong(f"{path}.{key}", f"must be a list of {like}, not {value!r}")
        data[key] = tuple(value) if good else ()

    def number(self, path: str, data: Entry, key: str, least: int, most: int) -> None:
        if key in data:
            data[key] = self.count(f"{path}.{key}", data[key], least, most)

    def shares(self, path: str, data: Entry, bounds: dict[str, tuple[float, float]]) -> None:
        for key, (least, most) in bounds.items():
            value = data.get(key, least)
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
                self.wrong(f"{path}.{key}", f"must be a number from {least} to {most}, not {value!r}")

    def network(self, path: str, value: Any) -> None:
        """No host names: the telephone network must not depend on a name server."""
        try:
            ip_network(value if isinstance(value, str) else "")
        except ValueError:
            self.wrong(path, f'must be an address or a network like "192.0.2.0/24", not {value!r}')

    def durations(self, path: str, data: Entry, kind: type[Any]) -> None:
        for one in fields(kind):
            if one.name not in data or not isinstance(one.default, timedelta):
                continue
            seconds = data[one.name]
            if type(seconds) is not int or not 0 <= seconds <= 86400:
                self.wrong(f"{path}.{one.name}", f"must be whole seconds from 0 to 86400, not {seconds!r}")
                seconds = 0
            data[one.name] = timedelta(seconds=seconds)

    def count(self, path: str, value: Any, least: int, most: int) -> int:
        if type(value) is int and least <= value <= most:
            return value
        self.wrong(path, f"must be a whole number from {least} to {most}, not {value!r}")
        return least

    def flag(self, path: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self.wrong(path, f"must be true or false, not {value!r}")
        return value is True

    def once(self, entries: Iterable[tuple[str, str]]) -> None:
        """`entries`: (path, value); a value that was there already is wrong."""
        seen: dict[str, str] = {}
        for path, value in entries:
            if value in seen:
                line = self.lines.get(seen[value])
                at = f"{seen[value]}, line {line}" if line else seen[value]
                self.wrong(path, f"{value!r} is there already ({at})")
            seen.setdefault(value, path)


def entries_of(data: Entry, name: str) -> list[tuple[int, Entry]]:
    """Those of the list that can be read, and where each stands in it."""
    entries = data.get(name)
    if not isinstance(entries, list):
        return []
    return [(index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]
