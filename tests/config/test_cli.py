"""The commands say what was done, and fail with a sentence and a code."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ctiapp.config.cli import config


@pytest.fixture
def say(tmp_path, monkeypatch):
    values = tmp_path / "values.yml"
    values.write_text('stations: [{id: "2101"}]\n')
    monkeypatch.setenv("CTIAPP_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CTIAPP_VALUES", str(values))
    monkeypatch.setenv("CTIAPP_AMI_PORT", "1")

    def run(*words: str):
        return CliRunner().invoke(config, list(words))

    run.values, run.folder = values, tmp_path
    return run


def test_the_life_of_a_configuration(say):
    assert "nothing wrong" in say("lint").output
    assert "Version 1" in say("apply", "--note", "first").output
    say.values.write_text('stations: [{id: "2102"}]\n')
    difference = say("diff")
    assert difference.exit_code == 1
    assert "+[2102]" in difference.output
    assert "The switch is not running" in say("apply").output
    assert say("diff").exit_code == 0
    assert "Version 3" in say("rollback", "1").output
    lines = say("history").output.splitlines()
    assert [line[0] for line in lines] == [" ", " ", "*"]
    assert lines[2].endswith("rollback to 1")


def test_rendered_files_are_for_their_owner(say):
    assert say("render", str(say.folder / "out")).exit_code == 0
    file = say.folder / "out" / "pjsip.conf"
    assert file.stat().st_mode & 0o077 == 0
    assert "[2101]" in file.read_text()


@pytest.mark.parametrize("command", ["lint", "diff", "apply"])
def test_a_mistake_is_told_and_nothing_is_done(say, command):
    say.values.write_text("stations:\n  - {id: x}\n")
    done = say(command)
    assert done.exit_code == 1
    assert "values.yml:2: stations.0.id: must be 2 to 8 digits" in done.output
    assert not (say.folder / "state" / "asterisk").exists()


def test_an_unknown_version_is_a_sentence(say):
    done = say("rollback", "7")
    assert (done.exit_code, done.output) == (1, "There is no version 7.\n")
