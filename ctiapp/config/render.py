"""Templates + values + secrets -> the files Asterisk reads. Pure but for reading the templates."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ctiapp.config.values import Values
from ctiapp.settings import Settings

AS_THEY_ARE = ("fallback.py",)
"""Files that are copied, not rendered."""

BLANK = "0" * 12


def secret_names(values: Values) -> list[str]:
    """The secrets that the templates need: the two AMI users and every telephone that registers."""
    telephones = [station.id for station in values.stations if not station.contact]
    telephones += [softphone.id for softphone in values.softphones]
    return ["ami-ctiapp", "ami-admin", "web-customer", *(f"station-{telephone}" for telephone in telephones)]


def known_secrets(values: Values, settings: Settings) -> dict[str, str]:
    """The secrets themselves; made if they are not there yet."""
    return {name: settings.secret(name) for name in secret_names(values)}


def environment(templates: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render(values: Values, secrets: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """File name -> text. The global CTIAPP_VERSION in extensions.conf is the hash of everything else, and the
    `part` that a template writes down is the hash of its own file: so a PBX can be asked what it really holds.

    Raises jinja2.TemplateError (with `lineno` and `filename` where Jinja2 knows them).
    """
    without = _render(values, secrets, settings, version=BLANK, parts={})
    parts = {name: _fingerprint({name: text}) for name, text in without.items()}
    return _render(values, secrets, settings, version=_fingerprint(without), parts=parts)


def version_of(files: Mapping[str, str]) -> str:
    """The version that rendered files carry, "" if they carry none: what the PBX says when asked for CTIAPP_VERSION."""
    found = re.search(r"^CTIAPP_VERSION = ([0-9a-f]{12})$", files.get("extensions.conf", ""), re.MULTILINE)
    return found[1] if found else ""


def _fingerprint(files: Mapping[str, str]) -> str:
    """12 hex digits that change when any file does."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{files[name]}\0".encode())
    return whole.hexdigest()[:12]


def _render(
    values: Values, secrets: Mapping[str, str], settings: Settings, version: str, parts: Mapping[str, str]
) -> dict[str, str]:
    jinja = environment(settings.templates)
    files = {}
    for template in jinja.list_templates(extensions=["j2"]):
        name = template.removesuffix(".j2")
        files[name] = jinja.get_template(template).render(
            values=values, secrets=secrets, settings=settings, version=version, part=parts.get(name, BLANK)
        )
    for name in AS_THEY_ARE:
        files[name] = (settings.templates / name).read_text()
    return files
