"""Check, compare, apply, roll back. These return values and raise; cli.py and the web editor do the talking."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from ctiapp.config.ami import Admin, AdminError, NoSwitch
from ctiapp.config.lint import Problem, lint, template_problem
from ctiapp.config.render import known_secrets, render, version_of
from ctiapp.config.running import drift, held_version
from ctiapp.config.values import ValuesError, load_values
from ctiapp.config.versions import Version, Versions
from ctiapp.settings import Settings

MODULES = {
    "acl.conf": ["acl"],
    "amd.conf": ["app_amd.so"],
    "ccss.conf": ["ccss"],
    "cdr.conf": ["cdr"],
    "cel.conf": ["cel"],
    "extensions.conf": ["pbx_config.so"],
    "features.conf": ["features"],
    "http.conf": ["http"],
    "indications.conf": ["indications"],
    "logger.conf": ["logger"],
    "manager.conf": ["manager"],
    "musiconhold.conf": ["res_musiconhold.so"],
    "pjsip.conf": ["res_pjsip.so"],
    "queues.conf": ["app_queue.so"],
    "rtp.conf": ["res_rtp_asterisk.so"],
    "udptl.conf": ["udptl"],
}
"""File -> the modules to reload when it changed. A file that is not here is read at the start of the switch only."""

READ_WHEN_USED = ("fallback.py",)


class Refused(Exception):
    """The configuration has problems; nothing was touched. `problems` lists them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class WentBack(Exception):
    """The PBX did not take the new version and runs the one before again. `reasons`, `failed`, `back_to`."""

    def __init__(self, failed: Version, back_to: Version | None, reasons: list[str]) -> None:
        self.failed, self.back_to, self.reasons = failed, back_to, reasons
        super().__init__("\n".join(reasons))


@dataclass(frozen=True, slots=True)
class Checked:
    """`files` is empty if they could not be rendered."""

    files: dict[str, str]
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class Difference:
    """`text` is a unified diff with the secrets blotted out, "" if there is none. `pbx` is the version it runs.

    `drift` holds what the PBX has that this version does not say, or the other way round. `pbx` None: not running.
    """

    text: str
    drift: list[str]
    pbx: str | None


@dataclass(frozen=True, slots=True)
class Applied:
    """`reloaded` modules; `at_next_start` files that only a restart of the switch reads; `running` was it up?"""

    version: Version
    changed: list[str]
    reloaded: list[str]
    at_next_start: list[str]
    running: bool


def check(settings: Settings) -> Checked:
    """Render the values as they are now and lint the result. Raises nothing for what is written wrongly."""
    try:
        values = load_values(settings.values)
        files = render(values, known_secrets(values, settings), settings)
    except ValuesError as error:
        return Checked({}, [Problem(error.file, line or 0, text) for line, text in error.problems])
    except OSError as error:
        return Checked({}, [Problem(str(settings.values), 0, str(error))])
    except jinja2.TemplateError as error:
        return Checked({}, [template_problem(error, settings.templates)])
    return Checked(files, lint(files, settings.templates))


def diff(settings: Settings) -> Difference:
    """What `apply` would change, and what the PBX holds besides. Refused if it cannot be rendered."""
    checked = check(settings)
    if not checked.files:
        raise Refused(checked.problems)
    versions = Versions(settings.state)
    current = versions.current()
    held, drifted = None, []
    try:
        with Admin(settings) as admin:
            held = held_version(admin)
            running = _version_with(versions, held) or current
            drifted = drift(admin, versions.files(running.number)) if running else []
            current = running
    except NoSwitch:
        pass
    before = versions.files(current.number) if current else {}
    return Difference(_blot(_unified(before, checked.files), settings), drifted, held)


def apply(settings: Settings, who: str | None = None, note: str = "") -> Applied:
    """Put the values as they are now to work. Refused, Busy, WentBack or AdminError; no running call is cut."""
    checked = check(settings)
    if checked.problems:
        raise Refused(checked.problems)
    return _apply_files(settings, checked.files, who, note, settings.values.read_text())


def rollback(settings: Settings, number: int, who: str | None = None) -> Applied:
    """Apply an old version as a new one. KeyError if there is no such version; else as `apply`."""
    versions = Versions(settings.state)
    files = versions.files(number)
    if problems := lint(files):
        raise Refused(problems)
    return _apply_files(settings, files, who, f"rollback to {number}", versions.values(number))


def history(settings: Settings) -> list[Version]:
    """Oldest first."""
    return Versions(settings.state).all()


def current(settings: Settings) -> Version | None:
    return Versions(settings.state).current()


# ---- how ------------------------------------------------------------------------------------------------------


def _apply_files(settings: Settings, files: dict[str, str], who: str | None, note: str, values: str | None) -> Applied:
    versions = Versions(settings.state)
    with versions.locked():
        before = versions.current()
        old = versions.files(before.number) if before else {}
        changed = sorted(name for name in files.keys() | old.keys() if files.get(name) != old.get(name))
        version = versions.add(files, version_of(files), note, who, values)
        versions.switch_to(version.number)
        try:
            reloaded = _reload(settings, changed)
            reasons = _disagreements(settings, files)
        except NoSwitch:
            return Applied(versions.mark(version, "applied"), changed, [], changed, running=False)
        except AdminError as error:
            reasons = [str(error)]
        if reasons:
            _go_back(settings, versions, before, changed)
            raise WentBack(versions.mark(version, "failed", "; ".join(reasons)[:500]), before, reasons)
        late = [name for name in changed if name not in MODULES and name not in READ_WHEN_USED]
        return Applied(versions.mark(version, "applied"), changed, reloaded, late, running=True)


def _reload(settings: Settings, changed: list[str]) -> list[str]:
    modules = [module for name in changed for module in MODULES.get(name, [])]
    with Admin(settings, within=60) as admin:
        for module in modules:
            admin.do("Reload", Module=module)
    return modules


def _disagreements(settings: Settings, files: Mapping[str, str]) -> list[str]:
    with Admin(settings) as admin:  # a login of its own: manager.conf may have changed too
        return drift(admin, files)


def _go_back(settings: Settings, versions: Versions, before: Version | None, changed: list[str]) -> None:
    if before is None:
        return
    versions.switch_to(before.number)
    _reload(settings, changed)


def _version_with(versions: Versions, hash: str) -> Version | None:
    return next((version for version in reversed(versions.all()) if version.hash == hash), None)


def _unified(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    parts: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, ""), after.get(name, "")
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), f"running/{name}", f"new/{name}", lineterm="")
        parts += lines
    return "\n".join(parts)


def _blot(text: str, settings: Settings) -> str:
    """No secret reaches a screen: every password and secret line loses its value."""
    lines = []
    for line in text.splitlines():
        name, equals, _ = line.partition(" = ")
        secret = equals and name.lstrip("+- ") in ("password", "secret")
        lines.append(f"{name} = (secret)" if secret else line)
    return "\n".join(lines)


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Rendered files into a folder of the caller's own, readable by the caller only: they hold secrets."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in files.items():
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(text)
