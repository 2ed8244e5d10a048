"""Every refusal has a status and a sentence."""

from __future__ import annotations

import ast

import pytest

from ctiapp.core.refusals import STATUS, Refusal
from ctiapp.settings import PROJECT


def test_a_refusal_carries_code_status_sentence_and_what_to_do() -> None:
    refusal = Refusal("closed", "We are closed now.", opens_at=None)
    assert (refusal.status, refusal.code, str(refusal)) == (409, "closed", "We are closed now.")
    assert refusal.details == {"opens_at": None}


def test_a_code_that_is_not_in_the_table_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        Refusal("because", "No.")


def refusals() -> list[tuple[str, str]]:
    """(file:line, code) of every refusal the product makes with a code in words."""
    found = []
    for file in sorted((PROJECT / "ctiapp").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal" and node.args:
                code, *words = node.args
                if isinstance(code, ast.Constant):
                    assert words, f"{file}:{node.lineno} has no sentence"
                    found.append((f"{file.relative_to(PROJECT)}:{node.lineno}", code.value))
    return found


def test_every_code_that_is_raised_is_in_the_table() -> None:
    assert len(refusals()) > 20
    assert [where for where, code in refusals() if code not in STATUS] == []


def test_every_status_is_a_refusal() -> None:
    assert set(STATUS.values()) <= {400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503}
