"""`ctiapp doctor` says the truth in each broken state, one finding a part, and what to do."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ctiapp import doctor
from ctiapp.build import prepare_database
from ctiapp.config import running
from ctiapp.config.running import telephone_drift
from ctiapp.settings import Settings
from ctiapp.store import Store
from tests.database import TEST_SETTINGS, a_database
from tests.switchboard import ensure_switch, run_switch, switchboard_settings

NOBODY_LISTENS = {"ami_port": 1, "cti_port": 1, "detector_port": 1, "web_port": 1}


def findings(settings: Settings) -> dict[str, doctor.Finding]:
    found = {finding.part: finding for finding in doctor.examine(settings)}
    assert len(found) == 14
    for finding in found.values():
        assert finding.ok or finding.remedy, finding
        assert "\n" not in finding.what and "Traceback" not in str(finding), finding
    return found


def wrong(settings: Settings) -> dict[str, str]:
    return {part: f"{one.what} -> {one.remedy}" for part, one in findings(settings).items() if not one.ok}


def test_before_the_first_start(tmp_path: Path) -> None:
    found = wrong(replace(TEST_SETTINGS, state=tmp_path / "state", **NOBODY_LISTENS))
    assert found["secrets"] == "there are none yet -> Start the product once: make run"
    assert found["database"] == "the embedded PostgreSQL does not run -> make run"
    assert found["switch"].endswith("-> docker/asterisk.sh up")
    assert found["ami rights"].endswith("-> docker/asterisk.sh up")
    assert found["config"].endswith("-> docker/asterisk.sh up"), "what does not run is not called right"
    assert found["cti server"].endswith("-> make run") and found["web server"].endswith("-> make run")
    assert "every call out is put through" in found["detector"]


def test_a_database_that_does_not_answer_or_is_not_ours(tmp_path: Path) -> None:
    settings = replace(TEST_SETTINGS, state=tmp_path, **NOBODY_LISTENS)
    down = wrong(replace(settings, database_url="postgresql://boss:opensesame@127.0.0.1:1/x"))
    assert "Connection refused" in down["database"] and "opensesame" not in str(down)
    assert {"database", "database clock", "agents"} <= down.keys()
    nonsense = wrong(replace(settings, database_url="opensesame"))
    assert {"database", "database clock", "agents"} <= nonsense.keys() and "opensesame" not in str(nonsense)
    with a_database() as url:
        assert "database" not in wrong(replace(settings, database_url=url))
        other = url.replace(url.split("?")[0].rpartition("/")[2], "template1")
        empty = wrong(replace(settings, database_url=other))
        assert "not applied: 0001" in empty["database"] and "ctiapp migrate" in empty["agents"]


def test_a_proof_that_nothing_checks_P16(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CTIAPP_CODE_SENDER", raising=False)
    settings = replace(TEST_SETTINGS, state=tmp_path, **NOBODY_LISTENS)
    with a_database() as url:
        here = replace(settings, database_url=url)
        prepare_database(here)
        assert "proofs" not in wrong(here)
        with Store(url, size=1).transaction() as tx:
            tx.execute("update call_me_pool set proof = 'code' where pool = 'sales'")
        assert wrong(here)["proofs"].startswith("the pool sales asks for code, and nothing checks it")
        monkeypatch.setenv("CTIAPP_CODE_SENDER", "no.such:send")
        assert "no" in wrong(here)["proofs"] and "CTIAPP_CODE_SENDER" in wrong(here)["proofs"]
        monkeypatch.setenv("CTIAPP_CODE_SENDER", "builtins:print")
        assert "proofs" not in wrong(here)


def test_secrets_that_others_may_read_and_a_values_file_that_cannot_be_used(tmp_path: Path) -> None:
    values = tmp_path / "values.yml"
    values.write_text("stations: nobody\n")
    settings = replace(TEST_SETTINGS, state=tmp_path, values=values, **NOBODY_LISTENS)
    settings.secret("one")
    os.chmod(tmp_path / "secrets.json", 0o644)
    found = wrong(settings)
    assert found["secrets"].endswith(f"-> chmod 600 {tmp_path / 'secrets.json'}")
    assert "values.yml:1" in found["config"] and found["config"].endswith("-> ctiapp config lint")


def test_without_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = wrong(replace(TEST_SETTINGS, state=tmp_path, **NOBODY_LISTENS))
    assert found["docker"].startswith("there is no docker -> ")


@pytest.mark.real
def test_a_switch_that_runs_something_else(tmp_path: Path) -> None:
    settings = switchboard_settings()
    ensure_switch(settings)
    assert {"switch", "switch clock", "ami rights", "config"}.isdisjoint(wrong(settings))
    run_switch(settings, "cli", "dialplan remove extension 70002@routing-points")
    try:
        assert wrong(settings)["config"].endswith("-> ctiapp config diff; ctiapp config apply")
    finally:
        run_switch(settings, "cli", "dialplan reload")


@pytest.mark.real
def test_an_older_rendering_without_accountcodes_is_a_difference_and_no_error() -> None:
    settings = switchboard_settings()
    ensure_switch(settings)
    file = (settings.state / "asterisk" / "current" / "pjsip.conf").read_text()
    older = "\n".join(line for line in file.splitlines() if not line.startswith("accountcode"))
    with running.Admin(settings) as admin:
        assert telephone_drift(admin, file) == []
        found = telephone_drift(admin, older)
    assert "endpoint 2101: the PBX kept an older one" in found
