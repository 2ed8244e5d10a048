"""Dependencies point one way: `core` ← the servers ← the entry points. Only `switch/asterisk` knows Asterisk, only
`store` knows SQL, `web` never talks to the switch."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctiapp.settings import PROJECT

PRODUCT = PROJECT / "ctiapp"

MAY_IMPORT = {
    "core": {"core"},
    "store": {"store", "settings"},
    "switch": {"switch", "settings"},
    "servers": {"servers", "core", "store", "settings", "switch.protocol"},
    "web": {"web", "servers", "core", "store", "settings", "logs", "short_waits", "demo.shop"},
}
"""Part -> what of ctiapp it may import. The entry points (build, cli, supervise, …) may import everything."""

VENDOR = re.compile(
    r"\b(ami|agi|fastagi|pjsip|uniqueid|linkedid|originate|originateresponse|astdb|dbput|dbdel|asterisk|panoramisk"
    r"|pyst2?|hangupcause|dialstatus|extension|dialplan|stasis|ari)\b",
    re.IGNORECASE,
)
SQL = re.compile(
    r"\s*(select\s.+\s(from|as)\s|select\s+\w+\(|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s"
    r"|with\s+\w+\s+as\s*\(|create\s+(table|index|function|database)\s|drop\s+(table|database)\s|truncate\s)",
    re.DOTALL,
)


def is_sql(text: str) -> bool:
    """In small or in capital letters: "Select a station from the list" is none."""
    return bool(SQL.match(text) or (text.isupper() and SQL.match(text.lower())))


EXAMINES_ANY_DATABASE = {"doctor.py"}
"""It may not hold our schema, or none at all: the named queries do not apply."""


def files(part: str) -> list[Path]:
    found = sorted((PRODUCT / part).rglob("*.py"))
    assert found
    return found


def where(file: Path, node: ast.AST) -> str:
    return f"{file.relative_to(PROJECT)}:{node.lineno}"  # type: ignore[attr-defined]


def imports(file: Path) -> Iterator[tuple[str, str]]:
    """(place, module) of every import of the file, wherever it stands; relative ones in full."""
    package = ".".join(file.relative_to(PROJECT).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield where(file, node), name.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            for name in node.names:
                yield where(file, node), f"{base}.{name.name}" if base in ("ctiapp", package) else base


def words(file: Path) -> Iterator[tuple[str, str]]:
    """(place, text) of every name and string of the file but its docstrings."""
    tree = ast.parse(file.read_text())
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in prose:
                yield where(file, node), text
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield where(file, node), name.replace("_", " ")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield where(file, node), name.replace("_", " ")


def test_core_imports_the_standard_library_only() -> None:
    strangers = [
        (place, module)
        for file in files("core")
        for place, module in imports(file)
        if module.split(".")[0] not in {*sys.stdlib_module_names, "ctiapp"}
    ]
    assert strangers == []


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_dependencies_point_one_way(part: str) -> None:
    allowed = tuple(f"ctiapp.{name}" for name in MAY_IMPORT[part])
    wrong = [
        (place, module)
        for file in files(part)
        for place, module in imports(file)
        if module.split(".")[0] == "ctiapp" and not any(f"{module}.".startswith(f"{name}.") for name in allowed)
    ]
    assert wrong == []


def test_only_the_adapters_import_an_adapter_and_only_the_entry_points_choose_one() -> None:
    choosing = {
        place.partition(":")[0]
        for file in sorted(PRODUCT.rglob("*.py"))
        for place, module in imports(file)
        if module.startswith(("ctiapp.switch.asterisk", "ctiapp.switch.simulated"))
        and "switch" not in file.relative_to(PRODUCT).parts
    }
    assert {Path(file).parts[1] for file in choosing} & MAY_IMPORT.keys() == set()


@pytest.mark.parametrize("part", ["core", "store", "servers", "web", "switch"])
def test_only_the_asterisk_adapter_knows_asterisk(part: str) -> None:
    known = [
        (place, text)
        for file in files(part)
        if "asterisk" not in file.relative_to(PRODUCT).parts
        for place, text in words(file)
        if VENDOR.search(text)
    ]
    assert known == []


def test_the_schema_and_the_queries_know_no_vendor() -> None:
    known = [
        (file.name, line)
        for file in sorted((PRODUCT / "store").rglob("*.sql"))
        for line in file.read_text().splitlines()
        if VENDOR.search(line.partition("--")[0])
    ]
    assert known == []


def test_only_the_store_knows_sql() -> None:
    known = [
        (place, text)
        for file in sorted(PRODUCT.rglob("*.py"))
        if "store" not in file.relative_to(PRODUCT).parts and file.name not in EXAMINES_ANY_DATABASE
        for place, text in words(file)
        if is_sql(text)
    ]
    assert known == []


def test_nobody_but_the_store_runs_plain_sql() -> None:
    running = [
        where(file, node)
        for file in sorted(PRODUCT.rglob("*.py"))
        if "store" not in file.relative_to(PRODUCT).parts and file.name not in EXAMINES_ANY_DATABASE
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("execute", "executemany", "cursor")
    ]
    assert running == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1 from agent", True),
        ("  SELECT REFRESH_AGENT('NOOR')", True),
        ("insert into agent values (1)", True),
        ("update agent set state = 'ready'", True),
        ("Update your browser from time to time", False),
        ("Select a station from the list", False),
        ("with love", False),
    ],
)
def test_what_is_taken_for_sql(text: str, expected: bool) -> None:
    assert is_sql(text) is expected


@pytest.mark.parametrize(("text", "is_vendors"), [("PJSIP/2101", True), ("Originate", True), ("family", False)])
def test_what_is_taken_for_a_vendors_word(text: str, is_vendors: bool) -> None:
    assert bool(VENDOR.search(text)) is is_vendors
