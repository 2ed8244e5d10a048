"""Brings a database to the newest schema: each file of `migrations/` once, in order, under one lock."""

from __future__ import annotations

from importlib import resources

from ctiapp.store.store import Store

LOCK = 0x63746961


def migrations() -> dict[str, str]:
    """Name -> SQL, in order."""
    folder = resources.files("ctiapp.store") / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return {file.name.removesuffix(".sql"): file.read_text(encoding="utf-8") for file in files}


def migrate(store: Store) -> list[str]:
    """The names of the migrations that were applied now."""
    applied = []
    with store.transaction() as tx:
        tx.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        tx.execute("create table if not exists migration (name text primary key, at timestamptz default now())")
        known = {row["name"] for row in tx.execute("select name from migration").fetchall()}
        for name, sql in migrations().items():
            if name not in known:
                tx.execute(sql)
                tx.execute("insert into migration (name) values (%s)", (name,))
                applied.append(name)
    return applied
