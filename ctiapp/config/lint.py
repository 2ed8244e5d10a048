"""What is wrong with a rendered configuration, before a switch sees it: each problem with its file and line.

Every .conf is first read by pyst2's `asterisk.config`, so the templates keep to the plain subset that it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2
from asterisk.config import Config, ParseError

from ctiapp.config.dialplan import Dialplan, Step, matches, parse_dialplan, settings_of
from ctiapp.config.render import version_of

APPLICATIONS = {
    "app_amd": ["AMD"],
    "app_audiosocket": ["AudioSocket"],
    "app_bridgeaddchan": ["BridgeAdd"],
    "app_chanspy": ["ChanSpy"],
    "app_db": ["DBdeltree", "DBdel"],
    "app_dial": ["Dial", "RetryDial"],
    "app_echo": ["Echo"],
    "app_exec": ["Exec", "ExecIf", "TryExec"],
    "app_originate": ["Originate"],
    "app_playback": ["Playback"],
    "app_queue": ["Queue"],
    "app_read": ["Read"],
    "app_senddtmf": ["SendDTMF"],
    "app_stack": ["Gosub", "GosubIf", "Return", "StackPop"],
    "app_userevent": ["UserEvent"],
    "app_verbose": ["Verbose", "Log"],
    "app_waitforsilence": ["WaitForSilence", "WaitForNoise"],
    "func_hangupcause": ["HangupCauseClear"],
    "res_agi": ["AGI", "EAGI", "DeadAGI"],
    "res_musiconhold": ["MusicOnHold", "StartMusicOnHold", "StopMusicOnHold"],
    "res_tonedetect": ["ToneScan", "WaitForTone"],
    "": [
        *("Answer", "BackGround", "Busy", "Congestion", "ExecIfTime", "Goto", "GotoIf", "GotoIfTime"),
        *("Hangup", "Incomplete", "NoOp", "Proceeding", "Progress", "RaiseException", "Ringing", "Set"),
        *("MSet", "SetAMAFlags", "Wait", "WaitDigit", "WaitExten", "ImportVar", "Bridge"),
    ],
}
"""Module -> the applications it brings; "" is the core's own."""

NEEDS = {application: module for module, names in APPLICATIONS.items() for application in names}

BUILT_IN = {
    *("EXTEN", "CONTEXT", "PRIORITY", "EPOCH", "CHANNEL", "UNIQUEID", "HANGUPCAUSE", "DIALSTATUS"),
    "BRIDGERESULT",
    *("DIALEDPEERNAME", "DIALEDPEERNUMBER", "DIALEDTIME", "ANSWEREDTIME", "AGISTATUS", "AMDSTATUS"),
    *("AMDCAUSE", "TONESCANSTATUS", "INVALID_EXTEN", "DATETIME", "TIMESTAMP", "SYSTEMNAME", "ENTITYID"),
    *("QUEUESTATUS", "PLAYBACKSTATUS", "REASON", "ARG1", "ARG2", "ARG3", "ARG4"),
}
SET_FROM_OUTSIDE = {
    "CTI_ROUTE": "the CTI server's answer",
    "CTI_DOOR": "the CTI server's answer to a one-time target",
    "CTI_STATIONS": "fallback.py",
    "CTI_INTERACTION": "the first answer, and Originate",
    "CTI_CAUSE": "empty at the first ask",
    "CTI_LONGEST": "Originate",
    "CTI_LISTEN_TO": "Originate",
}

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?=[:}])")
TARGETS = {"Goto": 0, "GotoIf": 1, "GotoIfTime": 1, "Gosub": 0, "GosubIf": 1}
"""Application -> 1 if a condition and ? come before its targets."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` is 0 if there is no one line to blame."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


def lint(files: Mapping[str, str], templates: Path | None = None) -> list[Problem]:
    """Every problem of a rendered configuration, in the order of files and lines.

    With `templates`, a problem names the template's line that made the rendered one, where that can be told.
    """
    problems = [problem for name in sorted(files) for problem in _check_form(name, files[name])]
    plan = parse_dialplan(files.get("extensions.conf", ""))
    modules = set(re.findall(r"^load = (\S+)\.so$", files.get("modules.conf", ""), re.MULTILINE))
    telephones = _sections_by_type(files.get("pjsip.conf", ""))
    problems += _check_dialplan(plan, modules, telephones)
    problems += _check_pjsip(files.get("pjsip.conf", ""), telephones, plan)
    if not version_of(files):
        problems.append(Problem("extensions.conf", 0, "CTIAPP_VERSION is not in [globals]"))
    problems = sorted(set(problems), key=lambda problem: (problem.file, problem.line, problem.text))
    return [_with_origin(problem, files, templates) for problem in problems] if templates else problems


def template_problem(error: jinja2.TemplateError, templates: Path) -> Problem:
    """Where a template could not be rendered."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return Problem(Path(error.filename or error.name or "template").name, error.lineno, error.message or "")
    file, line, trace = "template", 0, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.startswith(str(templates)):
            file, line = Path(trace.tb_frame.f_code.co_filename).name, trace.tb_lineno
        trace = trace.tb_next
    return Problem(file, line, error.message or type(error).__name__)


# ---- the form of every file -----------------------------------------------------------------------------------


def _check_form(name: str, text: str) -> Iterator[Problem]:
    if name.endswith(".py"):
        try:
            compile(text, name, "exec")
        except SyntaxError as error:
            yield Problem(name, error.lineno or 0, f"not Python: {error.msg}")
        return
    yield from _read_by_pyst2(name, text)
    seen_section = False
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line.startswith("#"):
            yield Problem(name, number, "#include and #exec are not used here")
        if r"\;" in line or line.startswith(";--"):
            yield Problem(name, number, "an escaped semicolon or a block comment: a plain reader gets it wrong")
        if re.match(r"\[[^\]]*\]\s*\(", line):
            yield Problem(name, number, "sections that inherit are not used here")
        seen_section = seen_section or line.startswith("[")
        if line and not seen_section and not line.startswith(";"):
            yield Problem(name, number, "a setting before the first section")


class _Pyst2(Config):  # type: ignore[misc]
    """pyst2's reader on a text; its own opens a file and leaves it open."""

    def __init__(self, text: str) -> None:
        self._text = text
        super().__init__("")

    def load(self) -> None:
        self.raw_lines = self._text.splitlines()


def _read_by_pyst2(name: str, text: str) -> Iterator[Problem]:
    try:
        _Pyst2(text)
    except ParseError as error:  # its arguments are the line and the reason; it has no .line
        line, reason = error.args
        yield Problem(name, line, str(reason))


# ---- the dialplan ---------------------------------------------------------------------------------------------


def _check_dialplan(plan: Dialplan, modules: set[str], telephones: dict[str, set[str]]) -> Iterator[Problem]:
    for line, text in plan.broken:
        yield Problem("extensions.conf", line, text)
    for context, included, line in plan.includes:
        if included not in plan.contexts:
            yield Problem("extensions.conf", line, f"{context} includes {included}, which is not there")
    yield from _check_priorities(plan)
    known = BUILT_IN | set(SET_FROM_OUTSIDE) | set(plan.globals) | _variables_set(plan)
    for step in plan.steps:
        for text in _check_step(step, plan, modules, telephones, known):
            yield Problem("extensions.conf", step.line, text)


def _check_priorities(plan: Dialplan) -> Iterator[Problem]:
    seen: dict[tuple[str, str], list[Step]] = {}
    for step in plan.steps:
        seen.setdefault((step.context, step.exten), []).append(step)
    for (context, exten), steps in seen.items():
        expected = 1
        for step in sorted(steps, key=lambda one: (one.priority, one.line)):
            if step.priority < expected:
                yield Problem("extensions.conf", step.line, f"{context},{exten} has priority {step.priority} twice")
            elif step.priority > expected:
                yield Problem("extensions.conf", step.line, f"{context},{exten} has no priority {expected}")
            expected = step.priority + 1


def _check_step(
    step: Step, plan: Dialplan, modules: set[str], telephones: dict[str, set[str]], known: set[str]
) -> Iterator[str]:
    if step.application not in NEEDS:
        yield f"no application {step.application} is known"
    elif NEEDS[step.application] and NEEDS[step.application] not in modules:
        yield f"{step.application} needs {NEEDS[step.application]}.so, which modules.conf does not load"
    if unmatched := _unmatched(step.data):
        yield f"unmatched {unmatched}"
        return
    for name in VARIABLE.findall(step.data):
        if name not in known:
            yield f"variable {name} is never set"
    if step.application in TARGETS:
        yield from _check_targets(step, plan)
    if step.application in ("Dial", "RetryDial"):
        yield from _check_dial(step.data, telephones)


def _unmatched(data: str) -> str:
    """The first bracket or quote without its partner, "" if there is none."""
    partner = {")": "(", "]": "[", "}": "{"}
    open_: list[str] = []
    quoted = False
    for place, sign in enumerate(data):
        if sign == '"' and data[place - 1 : place] != "\\":
            quoted = not quoted
        elif sign in "([{" and not (quoted and sign != "{"):
            open_.append(sign)
        elif sign in partner and not (quoted and sign != "}") and (not open_ or open_.pop() != partner[sign]):
            return sign
    return open_[-1] if open_ else '"' if quoted else ""


def _variables_set(plan: Dialplan) -> set[str]:
    names: set[str] = set()
    for step in plan.steps:
        for name in re.findall(r"(?:^|Set\()(\w+)=", step.data):
            names.add(name.lstrip("_"))
        for several in re.findall(r"ARRAY\(([^)]*)\)", step.data):
            names |= {name.strip().lstrip("_") for name in several.split(",")}
        if step.application == "Read":
            names.add(step.data.split(",")[0])
    return names


def _check_targets(step: Step, plan: Dialplan) -> Iterator[str]:
    _, _, data = step.data.rpartition("?") if TARGETS[step.application] else ("", "", step.data)
    branches = data.split(":") if TARGETS[step.application] else [data]
    for target in filter(None, branches):
        parts = [part.strip() for part in re.sub(r"\(.*\)$", "", target).split(",")]
        if any("$" in part for part in (parts[0], parts[-1])) or len(parts) > 3:
            continue
        priority, exten, context = (
            [*reversed(parts), step.exten, step.context][:3]
            if len(parts) == 1
            else ([*reversed(parts), step.context][:3])
        )
        if context not in plan.contexts:
            yield f"there is no context {context}"
        elif "$" not in exten and not (found := _steps_at(plan, context, exten)):
            yield f"there is no extension {exten} in {context}"
        elif "$" not in exten and not any(priority in (str(one.priority), one.label) for one in found):
            yield f"there is no priority or label {priority} at {context},{exten}"


def _steps_at(plan: Dialplan, context: str, exten: str) -> list[Step]:
    included = [name for where, name, _ in plan.includes if where == context]
    here = [step for step in plan.steps if step.context == context and matches(step.exten, exten)]
    return here or [step for name in included for step in _steps_at(plan, name, exten)]


def _check_dial(data: str, telephones: dict[str, set[str]]) -> Iterator[str]:
    for target in data.split(",")[0].split("&"):
        technology, _, name = target.partition("/")
        if "$" in technology or "$" in name.rpartition("@")[2]:
            continue
        endpoint = name.rpartition("@")[2].partition("/")[0]
        if technology == "PJSIP" and endpoint not in telephones.get("endpoint", set()):
            yield f"Dial of {endpoint}, which is no endpoint of pjsip.conf"


# ---- telephones and trunks ------------------------------------------------------------------------------------


def pjsip_objects(text: str) -> list[tuple[str, int, dict[str, str]]]:
    """(section, its first line, its settings) in the order of the file; sections of one name stay apart."""
    objects: list[tuple[str, int, dict[str, str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("["):
            objects.append((line.partition("]")[0][1:], number, {}))
        elif "=" in line and objects and not line.startswith(";"):
            name, _, value = line.partition("=")
            objects[-1][2][name.strip()] = value.strip()
    return objects


def _sections_by_type(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for section, _, options in pjsip_objects(text):
        found.setdefault(options.get("type", ""), set()).add(section)
    return found


def _check_pjsip(text: str, telephones: dict[str, set[str]], plan: Dialplan) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    references = {"aors": "aor", "auth": "auth", "transport": "transport", "endpoint": "endpoint"}
    for section, line, options in pjsip_objects(text):
        kind = options.get("type", "")
        if not kind:
            yield Problem("pjsip.conf", line, f"[{section}] has no type")
        if (section, kind) in seen:
            yield Problem("pjsip.conf", line, f"[{section}] of type {kind} is there twice")
        seen.add((section, kind))
        for option, wanted in references.items():
            for name in filter(None, options.get(option, "").split(",")):
                if name not in telephones.get(wanted, set()):
                    yield Problem("pjsip.conf", line, f"[{section}] names {wanted} {name}, which is not there")
        if kind == "endpoint" and options.get("context") not in plan.contexts:
            yield Problem("pjsip.conf", line, f"[{section}] has context {options.get('context')}, which is not there")


# ---- where it comes from --------------------------------------------------------------------------------------


def _with_origin(problem: Problem, files: Mapping[str, str], templates: Path) -> Problem:
    template = templates / f"{problem.file}.j2"
    if not problem.line or not template.exists():
        return problem
    rendered = files[problem.file].splitlines()[problem.line - 1]
    for number, line in enumerate(template.read_text().splitlines(), 1):
        literal = re.split(r"\{\{.*?\}\}", line)
        if any(part.strip() for part in literal) and re.fullmatch(".*".join(map(re.escape, literal)), rendered):
            return Problem(f"{template.name}:{number} -> {problem.file}", problem.line, problem.text)
    return problem


__all__ = ["Problem", "lint", "pjsip_objects", "settings_of", "template_problem"]
