"""`ctiapp do-not-call`: a list is taken whole or not at all, and what is wrong is told by file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ctiapp.cli import main
from ctiapp.core.refusals import Refusal
from tests.database import CallCentre, everything


@pytest.fixture
def say(centre: CallCentre) -> Callable[..., Result]:
    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["do-not-call", *words], env={"DATABASE_URL": centre.store.url})

    return run


def a_file(folder: Path, text: str | bytes) -> str:
    file = folder / "dnc.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(file)


def test_a_number_that_was_imported_is_not_asked_for(say: Callable[..., Result], centre: CallCentre, tmp_path) -> None:
    centre.a_pool()
    centre.calls_back()
    file = a_file(tmp_path, b"\xef\xbb\xbfnumber,reason\r\n07700 900142,asked by letter\r\n\r\n+49 30 901820,\r\n")
    assert say("import", file).output == "2 numbers.\n"
    with pytest.raises(Refusal) as refused:
        centre.call_me("+44 7700 900142")
    assert refused.value.code == "do_not_call"
    lines = say("list").output.splitlines()
    assert lines[0] == "number,reason,source,added_at"
    assert lines[1].startswith("+447700900142,asked by letter,dnc.csv,")
    assert len(lines) == 3


def test_a_second_import_is_no_mistake(say: Callable[..., Result], centre: CallCentre, tmp_path: Path) -> None:
    file = a_file(tmp_path, "number\n07700 900142\n")
    assert [say("import", file).exit_code for _ in range(2)] == [0, 0]
    assert centre.answer("select count(*) from do_not_call") == 1


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "the columns are number"),
        ("phone\n07700 900142\n", 1, "the columns are number"),
        ("number,colour\n07700 900142,red\n", 1, "the columns are number"),
        ("number\n07700 900142\nnonsense\n", 3, "'nonsense' is not a telephone number"),
        ("number\n07700 900142\n\n+44 7700 900142\n", 4, "is there already"),
        ("number,reason\n07700 900142,a,b\n", 2, "the number of columns"),
        ("number,reason\n,because\n", 2, "the number is missing"),
        ("number\n07700\x00 900142\n", 2, "NUL"),
        (b"number\n\xff\xfe\n", None, "not UTF-8"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_taken(
    say: Callable[..., Result], centre: CallCentre, tmp_path: Path, text: str | bytes, line: int | None, says: str
) -> None:
    before = everything(centre.store)
    result = say("import", a_file(tmp_path, text))
    assert result.exit_code == 1
    assert says in result.output
    assert line is None or f"dnc.csv:{line}:" in result.output
    assert everything(centre.store) == before


def test_one_number_in_and_out_again(say: Callable[..., Result], centre: CallCentre) -> None:
    assert say("add", "030 901820", "--region", "DE", "--reason", "asked").output == "+4930901820 is not called.\n"
    assert centre.ask("select number, reason from do_not_call") == [{"number": "+4930901820", "reason": "asked"}]
    assert say("remove", "+49 30 901820").output == "+4930901820 may be called again.\n"
    assert say("remove", "+49 30 901820").output == "+4930901820 is not in the list.\n"
    refused = say("add", "nonsense")
    assert (refused.exit_code, "does not look like" in refused.output) == (1, True)
