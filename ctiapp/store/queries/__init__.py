"""The named queries: every `-- name: NAME` of the .sql files in this folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Query:
    """A query that the server plans once a connection: `prepare` it first, then `execute` it with its values."""

    prepare: str
    execute: str

    @classmethod
    def of(cls, name: str, sql: str) -> Query:
        parameters = list(dict.fromkeys(_PARAMETER.findall(sql)))
        numbered = _PARAMETER.sub(lambda found: f"${parameters.index(found[1]) + 1}", sql).replace("%%", "%")
        values = ", ".join(f"%({parameter})s" for parameter in parameters)
        return cls(f"prepare {name} as {numbered}", f"execute {name} ({values})" if values else f"execute {name}")


def _load() -> dict[str, Query]:
    queries: dict[str, Query] = {}
    for file in sorted(resources.files(__package__).iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".sql"):
            continue
        parts = _NAME.split(file.read_text(encoding="utf-8"))
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name in queries:
                raise ValueError(f"query {name} is named twice (again in {file.name})")
            queries[name] = Query.of(name, body.strip().rstrip(";"))
    return queries


QUERIES = _load()
