"""extensions.conf as a value: the same shape from the rendered text and from what a running PBX shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One priority of one extension. `line` is its line in extensions.conf, 0 if it comes from a PBX."""

    context: str
    exten: str
    priority: int
    application: str
    data: str
    label: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Dialplan:
    steps: tuple[Step, ...] = ()
    includes: tuple[tuple[str, str, int], ...] = ()
    """(context, included context, line)"""
    contexts: tuple[str, ...] = ()
    globals: tuple[str, ...] = ()
    broken: tuple[tuple[int, str], ...] = ()
    """(line, what is wrong with it): lines that make no step."""

    def priorities(self, context: str, exten: str) -> list[Step]:
        return [step for step in self.steps if (step.context, step.exten) == (context, exten)]


STEP = re.compile(r"(?P<priority>[0-9]+|n|s)(\((?P<label>[A-Za-z0-9_-]+)\))?,(?P<call>.*)", re.DOTALL)
CALL = re.compile(r"(?P<application>[A-Za-z_]+)(\((?P<data>.*)\))?", re.DOTALL)


def parse_dialplan(text: str) -> Dialplan:
    """The subset the templates use: exten/same with numbers or n, labels, include. Everything else is `broken`."""
    reader = _Reader()
    for number, context, name, value in _items(text):
        reader.take(number, context, name, value)
    contexts = tuple(dict.fromkeys(name for name in _sections(text) if name not in ("general", "globals")))
    return Dialplan(tuple(reader.steps), tuple(reader.includes), contexts, tuple(reader.globals), tuple(reader.broken))


def _sections(text: str) -> list[str]:
    return re.findall(r"^\[([^\]]+)\]", text, re.MULTILINE)


def _items(text: str) -> Iterator[tuple[int, str, str, str]]:
    """(line, section, name, value) of each setting."""
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition(";")[0].strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif line:
            name, _, value = line.partition("=")
            yield number, section, name.strip(), value.removeprefix(">").strip()


settings_of = _items
"""The same reader for every other .conf file."""


class _Reader:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.includes: list[tuple[str, str, int]] = []
        self.globals: list[str] = []
        self.broken: list[tuple[int, str]] = []
        self.last: tuple[str, str, int] = ("", "", 0)

    def take(self, line: int, context: str, name: str, value: str) -> None:
        if context == "globals":
            self.globals.append(name)
        elif context == "general":
            pass
        elif name == "include":
            self.includes.append((context, value, line))
        elif name == "exten":
            exten, comma, rest = _split_exten(value)
            if not comma:
                self.broken.append((line, "exten needs a name, a priority and an application"))
                return
            self.step(line, context, exten, rest)
        elif name == "same":
            if self.last[0] != context or not self.last[1]:
                self.broken.append((line, "same without an exten before it"))
                return
            self.step(line, context, self.last[1], value)
        else:
            self.broken.append((line, f"neither exten, same nor include: {name}"))

    def step(self, line: int, context: str, exten: str, rest: str) -> None:
        found = STEP.fullmatch(rest)
        call = CALL.fullmatch(found["call"].strip()) if found else None
        before = self.last[2] if self.last[:2] == (context, exten) else 0
        self.last = (context, exten, before)
        if not found:
            self.broken.append((line, "no priority before the application"))
            return
        priority = before + 1 if found["priority"] == "n" else int(found["priority"].replace("s", str(before)))
        self.last = (context, exten, priority)
        if not call:
            self.broken.append((line, f"not Application(arguments): {found['call']}"))
            return
        self.steps.append(
            Step(context, exten, priority, call["application"], call["data"] or "", found["label"] or "", line)
        )


def _split_exten(value: str) -> tuple[str, str, str]:
    """At the first comma that is not inside a pattern's [...]."""
    depth = 0
    for place, sign in enumerate(value):
        depth += {"[": 1, "]": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            return value[:place].strip(), ",", value[place + 1 :].strip()
    return value, "", ""


def matches(pattern: str, dialled: str) -> bool:
    """Would extension `pattern` take `dialled`? Literal names and _patterns with N X Z . ! and [...]."""
    if not pattern.startswith("_"):
        return pattern == dialled
    classes = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}
    parts = re.findall(r"\[[^\]]*\]|.", pattern[1:])
    form = "".join(part if part.startswith("[") else classes.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(form, dialled) is not None
