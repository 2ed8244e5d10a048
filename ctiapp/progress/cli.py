"""`ctiapp call-progress`."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("call-progress")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--amd/--no-amd", envvar="AMD", default=False, help="Also what Asterisk's AMD() rules would say.")
def call_progress(folder: Path, amd: bool) -> None:
    """Plays the recordings of DIR/manifest.csv (8 kHz WAV files) through the call-progress detector.

    Prints the confusion matrix and, as the last line, the figures as JSON.
    """
    from ctiapp.progress.corpus import CorpusError
    from ctiapp.progress.report import amd_figures, figures, hear_folder, matrix, mistakes

    try:
        heard = hear_folder(folder)
        compared = amd_figures(heard) if amd else None
    except CorpusError as error:
        raise click.ClickException(str(error)) from error
    result = figures(heard)
    click.echo("\n".join([*matrix(heard), "", *mistakes(heard)]).rstrip())
    if compared is not None:
        click.echo("\n" + "\n".join(compared[0]))
        result["amd"] = compared[1]
    click.echo(json.dumps(result))
