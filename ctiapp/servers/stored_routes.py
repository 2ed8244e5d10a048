"""The reserved routes in the switch itself: what it dials while we are dead. Kept equal to the live reservations."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from ctiapp.servers.database_threads import DatabaseThreads
from ctiapp.switch.protocol import RemoveRoute, Snapshot, StoreRoute, StoreStaffed, Switch

log = logging.getLogger(__name__)
CALLS_FIRST = 0.05
"""Seconds that a change waits: the call that made it is routed meanwhile, and what changes twice is written once."""


class StoredRoutes:
    """Numbers and the staffed stations are marked (`touch_number`, `touch_staffed`); one task writes what is
    true now."""

    def __init__(self, switch: Switch, database: DatabaseThreads) -> None:
        self._switch = switch
        self._database = database
        self._routes: dict[str, tuple[str, datetime]] = {}
        self._staffed: set[str] = set()
        self._numbers: set[str] = set()
        self._staff_touched = False
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._all_touched = False

    def touch_number(self, number: str) -> None:
        self._numbers.add(number)
        self._wake.set()

    def touch_staffed(self) -> None:
        self._staff_touched = True
        self._wake.set()

    def touch_everything(self) -> None:
        """Whatever was told of them may have been missed."""
        self._all_touched = self._staff_touched = True
        self._wake.set()

    async def reconcile(self, snapshot: Snapshot) -> None:
        """The switch may hold the routes of a former life: everything is looked at once."""
        async with self._writing:
            self._routes = dict(snapshot.routes)
            self._staffed = set(snapshot.staffed)
        self.touch_everything()
        await self._write()

    async def run(self) -> None:
        told = ""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(CALLS_FIRST)
            try:
                await self._write()
            except Exception as error:  # database or link down: what was touched stays touched
                if str(error) != told:
                    log.warning("stored routes were not written, trying again: %s", str(error).strip())
                told = str(error)
                await asyncio.sleep(0.5)
                self._wake.set()
            else:
                told = ""

    async def _write(self) -> None:
        """One at a time: an older picture must not be written after a newer one."""
        async with self._writing:
            if self._all_touched:
                live = await self._database.now(lambda tx: tx.all("live_routes"))
                self._numbers |= {row["number"] for row in live} | set(self._routes)
                self._all_touched = False
            while self._numbers:
                number = self._numbers.pop()
                try:
                    await self._write_number(number)
                except BaseException:
                    self._numbers.add(number)
                    raise
            if self._staff_touched:
                self._staff_touched = False
                try:
                    await self._write_staffed()
                except BaseException:
                    self._staff_touched = True
                    raise

    async def _write_number(self, number: str) -> None:
        row = await self._database.look(lambda tx: tx.one("live_route", number=number))
        wanted = (row["station"], row["until"]) if row else None
        if wanted == self._routes.get(number):
            return
        if wanted is None:
            await self._switch.remove_route(RemoveRoute(number))
            self._routes.pop(number, None)
        else:
            await self._switch.store_route(StoreRoute(number, *wanted))
            self._routes[number] = wanted

    async def _write_staffed(self) -> None:
        rows = await self._database.now(lambda tx: tx.all("staffed_stations"))
        wanted = {row["station"] for row in rows}
        for station in sorted(wanted ^ self._staffed):
            await self._switch.store_staffed(StoreStaffed(station, station in wanted))
            self._staffed ^= {station}
