"""The do-not-call list: numbers that nobody dials, whatever is asked for; read from files, all of one or nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from ctiapp.servers.numbers import REGION, canonical, checked
from ctiapp.servers.seed import CsvError
from ctiapp.store import Store
from ctiapp.store.store import Row

LONGEST_REASON = 200


def import_file(store: Store, file: Path, region: str = REGION) -> int:
    """CSV with the column `number` and, if you like, `reason`; numbers without a country are in `region`. Returns how
    many; CsvError names the line, and nothing is taken then."""
    rows = list(_rows(file, region))
    with store.transaction() as tx:
        tx.many("do_not_call", rows)
    return len(rows)


def add(store: Store, number: str, reason: str = "", region: str = REGION) -> str:
    """The number as it is kept. Refusal malformed_number."""
    kept = checked(number, region)
    with store.transaction() as tx:
        tx.run("do_not_call", number=kept, reason=reason[:LONGEST_REASON], source="by hand")
    return kept


def remove(store: Store, number: str, region: str = REGION) -> tuple[str, bool]:
    """The number as it was kept, and whether it was in the list. Refusal malformed_number."""
    kept = checked(number, region)
    with store.transaction() as tx:
        return kept, tx.run("may_call_again", number=kept) > 0


def listed(store: Store) -> list[Row]:
    """number, reason, source, added_at; by number."""
    with store.statements() as tx:
        return tx.all("not_called")


def _rows(file: Path, region: str) -> Iterator[Row]:
    first: dict[str, str] = {}
    for where, row in _lines(file):
        number = canonical(row["number"], region)
        if number is None:
            raise CsvError(f"{where}: {row['number']!r} is not a telephone number")
        if first.setdefault(number, where) != where:
            raise CsvError(f"{where}: {number} is there already ({first[number]})")
        yield {"number": number, "reason": (row.get("reason") or "")[:LONGEST_REASON], "source": file.name}


def _lines(file: Path) -> Iterator[tuple[str, Row]]:
    """Each row and where it is ("dnc.csv:3"); lines without anything are passed over."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, skipinitialspace=True)
            columns = reader.fieldnames or ()
            if "number" not in columns or set(columns) - {"number", "reason"}:
                raise CsvError(f"{file}:1: the columns are number and, if you like, reason; not {', '.join(columns)!r}")
            for row in reader:
                where = f"{file}:{reader.line_num}"
                if None in row or row["number"] is None:
                    raise CsvError(f"{where}: the number of columns is not that of the first line")
                if "\0" in "".join(value or "" for value in row.values()):
                    raise CsvError(f"{where}: there is a NUL character")
                if row["number"].strip():
                    yield where, row
                elif (row.get("reason") or "").strip():
                    raise CsvError(f"{where}: the number is missing")
    except UnicodeDecodeError as error:
        raise CsvError(f"{file}: the file is not UTF-8") from error
    except csv.Error as error:
        raise CsvError(f"{file}:{reader.line_num}: {error}") from error
