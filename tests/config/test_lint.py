"""What is wrong is found before a switch sees it, and told with its file and line."""

from __future__ import annotations

import shutil

import jinja2
import pytest

from ctiapp.config.applying import check
from ctiapp.config.dialplan import matches, parse_dialplan
from ctiapp.config.lint import lint, template_problem
from ctiapp.config.render import render, secret_names, version_of
from ctiapp.config.values import check_values
from ctiapp.settings import Settings
from tests.switchboard import test_values


@pytest.fixture
def files(tmp_path):
    values = check_values(test_values())
    return render(values, dict.fromkeys(secret_names(values), "s3cret"), Settings(state=tmp_path))


def problems_of(files, name, old, new):
    assert old in files[name]
    return [str(problem) for problem in lint(files | {name: files[name].replace(old, new, 1)})]


def test_our_own_templates_are_clean(files):
    assert lint(files) == []


def test_the_version_changes_with_any_file_and_with_nothing_else(files, tmp_path):
    values = check_values(test_values())
    secrets = dict.fromkeys(secret_names(values), "s3cret")
    assert version_of(render(values, secrets, Settings(state=tmp_path))) == version_of(files)
    other = render(values, secrets, Settings(state=tmp_path, rtp_first_port=30000))
    assert version_of(other) != version_of(files)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Goto(ctiapp-route,70001,1)", "Goto(ctiapp-rout,70001,1)", "no context ctiapp-rout"),
        ("Goto(ctiapp-ask,s,1)", "Goto(ctiapp-ask,start,1)", "no extension start in ctiapp-ask"),
        ("Goto(ctiapp-ask,s,1)", "Goto(ctiapp-ask,s,ask)", "no priority or label ask"),
        ("?:ordinary)", "?:ordinery)", "no priority or label ordinery"),
        ("include => plain-numbers", "include => plane-numbers", "includes plane-numbers, which is not there"),
        ("exten => T,1,", "exten => T,2,", "ctiapp-ask,T has no priority 1"),
        ("same => n,Answer()", "same => 1,Answer()", "has priority 1 twice"),
        ("${CTI_STATION},", "${CTI_STATOIN},", "variable CTI_STATOIN is never set"),
        ("Dial(PJSIP/${CTI_STATION}", "Dial(PJSIP/2999", "Dial of 2999, which is no endpoint"),
        ("Dial(PJSIP/${CTI_STATION}", "Dial(PJSIP/5550199@nowhere", "Dial of nowhere, which is no endpoint"),
        ("Set(CTI_NUMBER=${EXTEN})", "Set(CTI_NUMBER=${EXTEN)", "unmatched"),
        ("Set(CTI_NUMBER=${EXTEN})", "Set(CTI_NUMBER=${EXTEN}", "not Application(arguments)"),
        ("Ringing()", "Rining()", "no application Rining is known"),
        ("Ringing()", "System(id)", "no application System is known"),
        ("exten => T,1,Goto", "exten => T,Goto", "no priority before the application"),
        ("exten => T,1,Goto", "extn => T,1,Goto", "neither exten, same nor include"),
        ("[ctiapp-resume]", "[ctiapp-resume", "Missing '[' or ']'"),
        ("exten => T,1,", "exten T,1 ", "name = value"),
        ("[general]", "#include x.conf\n[general]", "#include"),
    ],
)
def test_a_wrong_dialplan_is_refused(files, old, new, says):
    found = problems_of(files, "extensions.conf", old, new)
    assert any(says in text for text in found), found
    assert all(text.startswith("extensions.conf:") for text in found)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("pjsip.conf", "aors = 2101", "aors = 2199", "names aor 2199, which is not there"),
        ("pjsip.conf", "auth = 2101", "auth = 2199", "names auth 2199, which is not there"),
        ("pjsip.conf", "context = from-trunk", "context = from-trnk", "has context from-trnk"),
        ("pjsip.conf", "[1001]\ntype = aor", "[1001]\ntype = endpoint", "is there twice"),
        ("modules.conf", "load = res_agi.so\n", "", "AGI needs res_agi.so"),
        ("fallback.py", "def main():", "def main()", "not Python"),
    ],
)
def test_a_wrong_file_of_another_kind_is_refused(files, name, old, new, says):
    found = problems_of(files, name, old, new)
    assert any(says in text for text in found), found


def changed_templates(tmp_path, name, old, new) -> Settings:
    folder = tmp_path / "templates"
    shutil.copytree(Settings().templates, folder)
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))
    return Settings(state=tmp_path, templates=folder, values=folder / "values.yml")


def line_of(settings, name, words) -> int:
    lines = (settings.templates / name).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def test_a_problem_names_the_template_s_line_too(tmp_path):
    settings = changed_templates(
        tmp_path, "extensions.conf.j2", "Goto(ctiapp-route,{{ point }},1)", "Goto(ctiapp-rot,{{ point }},1)"
    )
    problems = check(settings).problems
    line = line_of(settings, "extensions.conf.j2", "ctiapp-rot,")
    assert len(problems) == 16
    assert str(problems[0]).startswith(f"extensions.conf.j2:{line} -> extensions.conf:")


@pytest.mark.parametrize(
    ("new", "says"), [("{{ settings.agi_prot }}", "agi_prot"), ("{{ settings.agi_port }", "unexpected")]
)
def test_a_template_that_cannot_be_rendered_is_told_by_line(tmp_path, new, says):
    settings = changed_templates(tmp_path, "extensions.conf.j2", "{{ settings.agi_port }}", new)
    [problem] = check(settings).problems
    assert problem.file == "extensions.conf.j2"
    assert problem.line == line_of(settings, "extensions.conf.j2", new)
    assert says in problem.text


def test_values_that_are_wrong_come_as_problems(tmp_path):
    settings = changed_templates(tmp_path, "values.yml", "binding: late", "binding: never")
    [problem] = check(settings).problems
    assert problem.line == line_of(settings, "values.yml", "binding: never")


def test_an_undefined_error_without_a_line_is_still_told():
    problem = template_problem(jinja2.UndefinedError("x is undefined"), Settings().templates)
    assert str(problem) == "template: x is undefined"


@pytest.mark.parametrize(
    ("pattern", "dialled", "does"),
    [
        ("70001", "70001", True),
        ("_[+0-9]!", "+442079460141", True),
        ("_[+0-9]!", "s", False),
        ("_61XXXX", "612901", True),
        ("_61XXXX", "61290", False),
        ("_X.", "1", False),
    ],
)
def test_patterns_match_as_on_the_switch(pattern, dialled, does):
    assert matches(pattern, dialled) is does


def test_a_label_and_a_next_are_numbered():
    plan = parse_dialplan("[a]\nexten => s,1,Answer()\n same => n(here),Wait(1)\nexten => _[2-4],1,Hangup\n")
    assert [(step.exten, step.priority, step.application, step.label) for step in plan.steps] == [
        ("s", 1, "Answer", ""),
        ("s", 2, "Wait", "here"),
        ("_[2-4]", 1, "Hangup", ""),
    ]


def test_where_there_may_be_a_picture_no_stream_alone_ends_the_call_P24(files):
    endpoints = [part for part in files["pjsip.conf"].split("\n[") if "type = endpoint" in part]
    pictures = [part for part in endpoints if "max_video_streams" in part]
    assert pictures and all("CTI_SILENT_FOR=" in part and "rtp_timeout" not in part for part in pictures)
    voices = [part for part in endpoints if part not in pictures]
    assert voices and all("rtp_timeout = " in part and "CTI_SILENT_FOR" not in part for part in voices)
