"""`ctiapp`: every command of the product."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ctiapp.config.cli import config
from ctiapp.progress.cli import call_progress
from ctiapp.sentences import Commands
from ctiapp.settings import Settings

if TYPE_CHECKING:
    from ctiapp.store import Store


@click.group(cls=Commands)
def main() -> None:
    """ctiapp: a contact centre that ties a telephone call to the web page the customer is looking at."""


@main.command()
def run() -> None:
    """Everything, in the foreground: switch, database, CTI server, detector, web server, demo shop."""
    from ctiapp import build, supervise

    supervise.run(Settings(), build.prepare_database)


@main.command()
def up() -> None:
    """Everything, in the background."""
    from ctiapp import supervise

    supervise.up(Settings())


@main.command()
def down() -> None:
    """Ends what `up` started."""
    from ctiapp import supervise

    supervise.down(Settings())


@main.command()
def cti() -> None:
    """The CTI server alone."""
    from ctiapp import build

    build.run_cti(Settings())


@main.command()
def detector() -> None:
    """The call-progress detector alone."""
    from ctiapp import build

    build.run_detector(Settings())


@main.command()
def web() -> None:
    """The web server alone."""
    from ctiapp import build

    build.run_web(Settings())


@main.command()
def shop() -> None:
    """The demo shop alone."""
    from ctiapp import logs
    from ctiapp.web.server import serve_shop

    logs.configure("shop")
    serve_shop(Settings())


@main.command()
def migrate() -> None:
    """Brings the database to the newest schema and to the values file."""
    from ctiapp import build

    applied = build.prepare_database(Settings())
    click.echo(f"Applied: {', '.join(applied)}." if applied else "Nothing to apply.")


@main.group("import")
def import_() -> None:
    """Reads people from CSV: all of a file or nothing of it."""


@import_.command("agents")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_agents(file: Path) -> None:
    """Columns id,name,password,languages,skills; skills are written NAME:LEVEL, apart by spaces."""
    from ctiapp.servers import seed

    _import(lambda store: seed.import_agents(store, file), "agents")


@import_.command("customers")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", default="larkmoor", show_default=True)
def import_customers(file: Path, site: str) -> None:
    """Columns id,name,phone,email,language; every other column becomes an attribute of the record."""
    from ctiapp.servers import seed

    _import(lambda store: seed.import_customers(store, file, site), "customers")


def _import(work, what: str) -> None:
    from ctiapp.servers.seed import CsvError
    from ctiapp.store import Store
    from ctiapp.store.embedded import database_url

    try:
        click.echo(f"{work(Store(database_url(Settings())))} {what}.")
    except CsvError as error:
        raise click.ClickException(str(error)) from error


@main.group("do-not-call")
def do_not_call() -> None:
    """Numbers that nobody dials, whatever a customer asks for."""


REGION = click.option("--region", default="GB", show_default=True, help="Where numbers without a country code are.")


@do_not_call.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@REGION
def import_do_not_call(file: Path, region: str) -> None:
    """Columns number and, if you like, reason: all of a file or nothing of it."""
    from ctiapp.servers import do_not_call

    _import(lambda store: do_not_call.import_file(store, file, region), "numbers")


@do_not_call.command("add")
@click.argument("number")
@click.option("--reason", default="", help="For whoever reads the list.")
@REGION
def add_do_not_call(number: str, reason: str, region: str) -> None:
    """Nobody dials this number from now on."""
    from ctiapp.servers import do_not_call

    with _store() as store:
        click.echo(f"{do_not_call.add(store, number, reason, region)} is not called.")


@do_not_call.command("remove")
@click.argument("number")
@REGION
def remove_do_not_call(number: str, region: str) -> None:
    """The number may be called again."""
    from ctiapp.servers import do_not_call

    with _store() as store:
        kept, was_there = do_not_call.remove(store, number, region)
    click.echo(f"{kept} may be called again." if was_there else f"{kept} is not in the list.")


@do_not_call.command("list")
def list_do_not_call() -> None:
    """As CSV: number, reason, source and since when."""
    import csv
    import sys

    from ctiapp.servers import do_not_call

    with _store() as store:
        rows = do_not_call.listed(store)
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["number", "reason", "source", "added_at"])
    table.writerows(
        [row["number"], row["reason"], row["source"], f"{row['added_at']:%Y-%m-%dT%H:%M:%SZ}"] for row in rows
    )


@contextlib.contextmanager
def _store() -> Iterator[Store]:
    """The database for one command; what it refuses is told in a sentence."""
    from ctiapp.core.refusals import Refusal
    from ctiapp.store import Store
    from ctiapp.store.embedded import database_url

    store = Store(database_url(Settings()), size=1)
    try:
        yield store
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal
    finally:
        store.close()


@main.command()
@click.argument("site")
@click.argument("name")
@click.argument("origins", nargs=-1, required=True)
def site(site: str, name: str, origins: tuple[str, ...]) -> None:
    """Lets a shop's pages talk to us: SITE NAME ORIGIN... Prints the secret that its server signs identities with."""
    from ctiapp.servers.seed import keep_site
    from ctiapp.store import Store
    from ctiapp.store.embedded import database_url

    settings = Settings()
    keep_site(Store(database_url(settings)), site, name, origins)
    click.echo(f"The shop's server signs identities (JWT, HS256) with: {settings.secret(f'site-{site}')}")


@main.command()
def doctor() -> None:
    """Is each part there, right, and allowed what it needs; if not, what to do. Exits with 1 if anything is wrong."""
    from ctiapp.doctor import examine

    wrong = 0
    for finding in examine(Settings()):
        click.echo(str(finding))
        wrong += not finding.ok
    if wrong:
        raise SystemExit(1)


main.add_command(call_progress)
main.add_command(config)


@config.result_callback()
@click.pass_context
def _into_the_database(context: click.Context, _result: object) -> None:
    """What the switch holds now (stations, numbers) is what may be given out."""
    if context.invoked_subcommand in ("apply", "rollback"):
        from ctiapp import build
        from ctiapp.config.versions import Versions

        settings = Settings()
        versions = Versions(settings.state)
        held = versions.current()
        build.prepare_database(settings, versions.values(held.number) if held else None)


if __name__ == "__main__":
    main()
