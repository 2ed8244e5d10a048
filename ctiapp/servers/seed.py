"""Brings the database in line with the values file, and reads customers and agents from CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from werkzeug.security import generate_password_hash

from ctiapp.servers import agent_desk, list_server
from ctiapp.servers.numbers import canonical
from ctiapp.store import Store, Transaction

EVERYBODY = "general"
"""The skill that every agent has: what a plain number asks for."""


class CsvError(ValueError):
    """A line of a CSV file that cannot be taken; nothing of the file was."""


class UnknownSite(ValueError):
    """The values file names a shop that nobody has introduced."""


def keep_site(store: Store, site: str, name: str, origins: Iterable[str]) -> None:
    """A shop: its pages may talk to us from these origins ("https://shop.example")."""
    with store.transaction() as tx:
        tx.run("keep_site", id=site, name=name, origins=list(origins))


def keep_values(store: Store, values: Any) -> None:
    """Stations, pools, routing points and plain numbers as the values file has them (`ctiapp.config.values.Values`).

    What left the file is kept in history and given to nobody any more; whoever sits at such a station is
    logged out.
    """

    def work(tx: Transaction) -> None:
        for site in {entry.site for entry in (*values.pools, *values.plain_numbers)}:
            if tx.one("site", site=site) is None:
                raise UnknownSite(f"The values file names the shop {site}. First: ctiapp site {site} NAME ORIGIN")
        for station in values.stations:
            tx.run("keep_station", id=station.id)
            tx.run("station_in_browser", id=station.id, browser=station.browser)
            tx.run("station_with_video", id=station.id, video=station.video)
        for gone in tx.all("retire_other_stations", stations=[station.id for station in values.stations]):
            agent_desk.station_is_gone(tx, gone["id"])
        keep_web_telephone(tx, values.web_telephone)
        _keep_choices(tx, values)
        for pool in values.pools:
            _keep_pool(tx, pool)
            if pool.call_me is not None:
                keep_call_me(tx, pool.name, pool.call_me, [trunk.name for trunk in values.trunks])
        tx.run("drop_other_call_me_pools", pools=[pool.name for pool in values.pools if pool.call_me is not None])
        tx.run("disable_other_points", numbers=[number for pool in values.pools for number in pool.points])
        for plain in values.plain_numbers:
            tx.run("keep_plain_number", **_plain(plain))
        tx.run("drop_other_plain_numbers", numbers=[plain.number for plain in values.plain_numbers])

    store.in_transaction(work)


def import_agents(store: Store, file: Path) -> int:
    """CSV `id,name,password,languages,skills`, e.g. `1042,Noor Halden,…,en no,kitchens:5 lighting:4`. An empty
    password keeps the one there is. Returns how many; CsvError names the line, and nothing is taken then."""
    agents = [_agent(where, row) for where, row in _rows(file, {"id", "name", "password", "languages", "skills"})]

    def work(tx: Transaction) -> None:
        for agent in agents:
            keep_agent(tx, **agent)

    store.in_transaction(work)
    return len(agents)


def import_customers(store: Store, file: Path, site: str) -> int:
    """CSV `id,name,phone,email,language`; every other column is an attribute of the record."""
    known = {"id", "name", "phone", "email", "language"}
    customers = [_customer(where, row, known) for where, row in _rows(file, {"id", "name"})]

    def work(tx: Transaction) -> None:
        for customer in customers:
            tx.run("import_customer", site=site, **customer)

    store.in_transaction(work)
    return len(customers)


def keep_agent(
    tx: Transaction, id: str, name: str, password: str, languages: list[str], skills: dict[str, int]
) -> None:
    hashed = generate_password_hash(password, method="scrypt") if password else None
    tx.run(
        "keep_agent",
        id=id,
        name=name,
        first_name=name.split()[0],
        password_hash=hashed or "!",
        new_password_hash=hashed,
        languages=languages,
    )
    skills = {EVERYBODY: 1} | skills
    tx.run("drop_other_skills", agent=id, skills=list(skills))
    for skill, level in skills.items():
        tx.run("keep_skill", agent=id, skill=skill, level=level)


def _keep_pool(tx: Transaction, pool: Any) -> None:
    tx.run(
        "keep_pool",
        id=pool.name,
        site=pool.site,
        binding=pool.binding,
        skill=pool.skill,
        language=pool.language,
        hold_for=pool.hold_for,
        longest_hold=pool.longest_hold,
        cool_down_for=pool.cool_down_for,
        wrap_up_for=pool.wrap_up_for,
        ring_for=pool.ring_for,
        longest_wait=pool.longest_wait,
        hours=_hours(pool),
    )
    tx.run("require_disposition", pool=pool.name, required=pool.disposition == "required")
    tx.run("pool_auto_answer", pool=pool.name, auto_answer=pool.auto_answer)
    tx.run("pool_video", pool=pool.name, video=pool.video)
    for number in pool.points:
        tx.run("keep_point", number=number, pool=pool.name)


def _keep_choices(tx: Transaction, values: Any) -> None:
    tx.run("drop_choices")
    for kind, listed in (("pause", values.pause_reasons), ("disposition", values.dispositions)):
        for place, choice in enumerate(listed):
            tx.run("keep_choice", kind=kind, place=place, **asdict(choice))


def keep_call_me(tx: Transaction, pool: str, call_me: Any, trunks: list[str]) -> None:
    """What makes the pool call back (`CallMeValues` of the values file); without trunks of its own, over `trunks`."""
    rules = call_me.retry
    row = {one.name: getattr(call_me, one.name) for one in fields(call_me)} | {
        "pool": pool,
        "trunks": list(call_me.trunks or trunks),
        "countries": list(call_me.countries),
        "number_types": list(call_me.number_types),
        "legal_hours": json.dumps(asdict(call_me.legal_hours), default=str),
    }
    del row["retry"]
    tx.run("keep_call_me_pool", **row)
    list_server.reorder(tx, pool)
    tx.run("drop_retry_rules", pool=pool)
    for rule in rules:
        tx.run("keep_retry_rule", pool=pool, **asdict(rule))


def keep_web_telephone(tx: Transaction, web: Any) -> None:
    """What telephones in browsers share (`WebTelephoneValues` of the values file)."""
    tx.run(
        "keep_web_telephone",
        url=web.url,
        ice=list(web.ice),
        target_lives=web.target_lives,
        longest_call=web.longest_call,
    )


def _plain(plain: Any) -> dict:
    return {
        "number": plain.number,
        "skill": plain.skill,
        "site": plain.site,
        "language": plain.language,
        "wrap_up_for": plain.wrap_up_for,
        "ring_for": plain.ring_for,
        "longest_wait": plain.longest_wait,
        "hours": _hours(plain),
        "auto_answer": plain.auto_answer,
    }


def _hours(entry: Any) -> str | None:
    return json.dumps(asdict(entry.hours), default=str) if entry.hours else None


def _rows(file: Path, needed: set[str]) -> list[tuple[str, dict[str, str]]]:
    """Each row and where it is ("agents.csv:3")."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            missing = needed - set(reader.fieldnames or ())
            if missing:
                raise CsvError(f"{file}:1: the column {', '.join(sorted(missing))} is missing")
            rows = [(f"{file}:{reader.line_num}", row) for row in reader]
    except UnicodeDecodeError as error:
        raise CsvError(f"{file}: the file is not UTF-8") from error
    except csv.Error as error:
        raise CsvError(f"{file}:{reader.line_num}: {error}") from error
    first: dict[str, str] = {}
    for where, row in rows:
        if None in row or None in row.values():
            raise CsvError(f"{where}: the number of columns is not that of the first line")
        if "\0" in "".join(row.values()):
            raise CsvError(f"{where}: there is a NUL character")
        if not row["id"].strip() or not row["name"].strip():
            raise CsvError(f"{where}: id and name may not be empty")
        earlier = first.setdefault(row["id"].strip(), where)
        if earlier != where:
            raise CsvError(f"{where}: the id {row['id'].strip()} is there already ({earlier})")
    return [(where, {key: value.strip() for key, value in row.items()}) for where, row in rows]


def _agent(where: str, row: dict[str, str]) -> dict:
    skills = {}
    for item in row["skills"].split():
        skill, _, level = item.partition(":")
        if not skill or not level.isdecimal() or not 1 <= int(level) <= 10:
            raise CsvError(f"{where}: skill {item!r} is not NAME:LEVEL with a level from 1 to 10")
        skills[skill] = int(level)
    languages = row["languages"].split() or ["en"]
    return {
        "id": row["id"],
        "name": row["name"],
        "password": row["password"],
        "languages": languages,
        "skills": skills,
    }


def _customer(where: str, row: dict[str, str], known: set[str]) -> dict:
    phone = canonical(row.get("phone"))
    if row.get("phone") and phone is None:
        raise CsvError(f"{where}: {row['phone']!r} is not a telephone number")
    return {
        "external_id": row["id"],
        "name": row["name"],
        "phone": phone,
        "email": row.get("email") or None,
        "language": row.get("language") or None,
        "attributes": json.dumps({key: value for key, value in row.items() if key not in known and value}),
    }
