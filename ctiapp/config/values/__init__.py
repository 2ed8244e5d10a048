"""The administrator's one file, read and checked: what comes out of `load_values` can be rendered and routed by.

Numbers and names go into a dialplan, so only characters that mean nothing there are let in.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ctiapp.config.values.check import Check, ValuesError
from ctiapp.config.values.whole import Values, read_whole

__all__ = ["Values", "ValuesError", "check_values", "load_values", "read_values"]


def load_values(path: Path | str) -> Values:
    """The checked values of a YAML file. ValuesError names each wrong key and its line; OSError if it is not there."""
    return read_values(Path(path).read_text(), str(path))


def read_values(text: str, file: str = "values.yml") -> Values:
    """The same from text (a web editor's)."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error
        raise ValuesError(file, [(mark.line + 1 if mark else None, f"not YAML: {problem}")]) from error
    return check_values(data, dict(_lines(node)) if node else {}, file)


def check_values(data: Any, lines: dict[str, int] | None = None, file: str = "values.yml") -> Values:
    """The same from what YAML made of it."""
    check = Check(lines or {})
    values = read_whole(check, data)
    if check.problems:
        raise ValuesError(file, check.problems)
    assert values is not None
    return values


def _lines(node: yaml.Node, path: str = "", inside: tuple[int, ...] = ()) -> Iterator[tuple[str, int]]:
    yield path, node.start_mark.line + 1
    if id(node) in inside or len(inside) > 10:  # an alias to itself, or nothing we know
        return
    inside = (*inside, id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = f"{path}.{key.value}".lstrip(".")
            yield from _lines(value, here, inside)
            yield here, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, f"{path}.{index}".lstrip("."), inside)
