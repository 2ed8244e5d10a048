"""Versions on disk: numbered, kept, switched over in one step, readable by those who must."""

from __future__ import annotations

import os
import stat

import pytest

from ctiapp.config.applying import apply, diff, history, rollback
from ctiapp.config.first import prepare
from ctiapp.config.versions import Busy, Versions
from ctiapp.settings import Settings


@pytest.fixture
def nowhere(tmp_path) -> Settings:
    """An installation whose switch does not run."""
    values = tmp_path / "values.yml"
    values.write_text('stations: [{id: "2101"}]\n')
    return Settings(state=tmp_path / "state", values=values, ami_port=1)


def test_a_first_start_needs_no_switch(nowhere):
    version = prepare(nowhere)
    assert (version.number, version.state) == (1, "applied")
    assert os.readlink(nowhere.state / "asterisk" / "current") == "versions/1"
    assert prepare(nowhere) == version


def test_apply_without_a_switch_is_for_its_next_start(nowhere):
    prepare(nowhere)
    nowhere.values.write_text('stations: [{id: "2101"}, {id: "2102"}]\n')
    done = apply(nowhere, who="alice", note="one more")
    assert not done.running
    assert "pjsip.conf" in done.changed
    assert [(one.number, one.who, one.note) for one in history(nowhere)][1] == (2, "alice", "one more")
    assert Versions(nowhere.state).current() == done.version


def test_a_rollback_is_a_new_version_with_the_old_files(nowhere):
    first = prepare(nowhere)
    nowhere.values.write_text('stations: [{id: "2102"}]\n')
    apply(nowhere)
    done = rollback(nowhere, 1)
    assert (done.version.number, done.version.hash, done.version.note) == (3, first.hash, "rollback to 1")
    with pytest.raises(KeyError):
        rollback(nowhere, 99)


def test_secrets_are_for_the_switch_alone(nowhere):
    prepare(nowhere)
    for file in (nowhere.state / "asterisk").rglob("*"):
        if not file.is_symlink():
            assert not stat.S_IMODE(file.stat().st_mode) & stat.S_IRWXO, file


def test_a_diff_shows_no_secret(nowhere):
    prepare(nowhere)
    nowhere.values.write_text('stations: [{id: "2103"}]\n')
    difference = diff(nowhere)
    assert difference.pbx is None
    assert "+[2103]" in difference.text
    for name in ("ami-admin", "station-2101", "station-2103"):
        assert nowhere.secret(name) not in difference.text


def test_two_cannot_apply_at_once(nowhere):
    prepare(nowhere)
    with Versions(nowhere.state).locked(), pytest.raises(Busy):
        apply(nowhere)


def test_each_version_keeps_the_values_it_was_made_of_and_a_rollback_brings_them_back(nowhere):
    """What the database is to give out is what the switch holds, not what the file says by now."""
    settings = nowhere
    first = settings.values.read_text()
    applied = apply(settings).version
    settings.values.write_text(first + "softphones: [{id: '1009'}]\n")
    apply(settings)
    back = rollback(settings, applied.number).version
    versions = Versions(settings.state)
    assert versions.values(back.number) == first
    assert "values.yml" not in versions.files(back.number), "the switch does not read it"
