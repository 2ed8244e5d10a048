"""`ctiapp config …`: prints what the functions of `applying` return."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click

from ctiapp.config import applying
from ctiapp.config.ami import AdminError
from ctiapp.config.applying import Applied, Refused, WentBack
from ctiapp.config.lint import Problem
from ctiapp.config.versions import Busy
from ctiapp.settings import Settings


@click.group()
def config() -> None:
    """The switch's configuration: check it, compare it, put it to work, take it back."""


@config.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def render(folder: Path) -> None:
    """Write the rendered files to FOLDER (they hold secrets)."""
    checked = applying.check(Settings())
    if not checked.files:
        _refuse(checked.problems)
    applying.write_files(checked.files, folder)
    click.echo(f"{len(checked.files)} files in {folder}.")


@config.command("lint")
def lint_command() -> None:
    """Say what is wrong, with file and line."""
    checked = applying.check(Settings())
    if checked.problems:
        _refuse(checked.problems)
    click.echo(f"{len(checked.files)} files, nothing wrong.")


@config.command()
def diff() -> None:
    """What `apply` would change, and what the PBX holds besides. Exit code 1 if there is anything."""
    try:
        difference = applying.diff(Settings())
    except Refused as error:
        _refuse(error.problems)
    except AdminError as error:
        _stop(str(error))
    click.echo("The switch is not running." if difference.pbx is None else f"The PBX runs {difference.pbx}.")
    for sentence in difference.drift:
        click.echo(f"drift: {sentence}")
    click.echo(difference.text or "Nothing to apply.")
    if difference.text or difference.drift:
        sys.exit(1)


@config.command()
@click.option("--note", default="", help="Why, for the history.")
def apply(note: str) -> None:
    """Put the values file to work. Running calls go on; if the PBX does not take it, the version before returns."""
    _tell(lambda: applying.apply(Settings(), note=note))


@config.command()
@click.argument("number", type=int)
def rollback(number: int) -> None:
    """Apply version NUMBER again, as a new version."""
    _tell(lambda: applying.rollback(Settings(), number))


@config.command()
def history() -> None:
    """All versions, the newest last; * is the one in use."""
    settings = Settings()
    current = applying.current(settings)
    for version in applying.history(settings):
        mark = "*" if version == current else " "
        words = (f"{version.number:4}", version.at, version.hash, f"{version.state:8}", version.who, version.note)
        click.echo(mark + " ".join(words).rstrip())


def _tell(act: Callable[[], Applied]) -> None:
    try:
        done = act()
    except Refused as error:
        _refuse(error.problems)
    except WentBack as error:
        for reason in error.reasons:
            click.echo(reason, err=True)
        back = f"version {error.back_to.number}" if error.back_to else "nothing before it"
        _stop(f"The PBX did not take version {error.failed.number}; back to {back}.")
    except KeyError as error:
        _stop(f"There is no version {error.args[0]}.")
    except (AdminError, Busy) as error:
        _stop(f"Not applied: {error}.")
    click.echo(f"Version {done.version.number} ({done.version.hash}): {', '.join(done.changed) or 'no change'}.")
    if not done.running:
        click.echo("The switch is not running; it will start with this version.")
    elif done.at_next_start:
        click.echo(f"Read at the next start of the switch only: {', '.join(done.at_next_start)}.")


def _refuse(problems: list[Problem]) -> NoReturn:
    for problem in problems:
        click.echo(str(problem), err=True)
    _stop(f"{len(problems)} wrong; nothing was touched.")


def _stop(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
