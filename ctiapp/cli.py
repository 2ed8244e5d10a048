"""`ctiapp`: every command of the product."""

from __future__ import annotations

from pathlib import Path

import click

from ctiapp.config.cli import config
from ctiapp.progress.cli import call_progress
from ctiapp.sentences import Commands
from ctiapp.settings import Settings


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
