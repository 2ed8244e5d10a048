"""`python -m ctiapp.config.first`: the configuration a switch that is not running will start with."""

from __future__ import annotations

import sys

from ctiapp.config.render import known_secrets, render, version_of
from ctiapp.config.values import ValuesError, load_values
from ctiapp.config.versions import Version, Versions
from ctiapp.settings import Settings


def prepare(settings: Settings) -> Version:
    """Render the values as they are now, as a new version if they differ from the current one, and point at it."""
    values = load_values(settings.values)
    files = render(values, known_secrets(values, settings), settings)
    versions = Versions(settings.state)
    with versions.locked():
        current = versions.current()
        if current and current.hash == version_of(files):
            return current
        version = versions.add(files, version_of(files), "start of the switch", values=settings.values.read_text())
        versions.switch_to(version.number)
        return versions.mark(version, "applied")


def main() -> None:
    try:
        version = prepare(Settings())
    except ValuesError as error:
        sys.exit(str(error))
    print(f"Configuration {version.number} ({version.hash}).", file=sys.stderr)


if __name__ == "__main__":
    main()
