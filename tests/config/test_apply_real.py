"""Apply on the real switch: it holds what it was given, running calls go on, and a failure undoes itself."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import replace

import pytest
import yaml

from ctiapp.config.ami import Admin
from ctiapp.config.applying import Refused, WentBack, apply, diff, history, rollback
from ctiapp.config.running import held_version
from ctiapp.config.versions import Busy, Versions
from tests.config.sip import Customer, until
from tests.switchboard import ensure_switch, run_switch, test_values

pytestmark = pytest.mark.real


@pytest.fixture
def installation(switch, tmp_path):
    """The switch, with values and templates of the test's own; as it was afterwards."""
    ensure_switch(switch)
    shutil.copytree(switch.templates, tmp_path / "templates")
    values = tmp_path / "values.yml"
    values.write_text(yaml.safe_dump(test_values()))
    yield replace(switch, values=values, templates=tmp_path / "templates")
    ensure_switch(switch)


def change(installation, **values):
    installation.values.write_text(yaml.safe_dump(test_values() | values))


def spoil(installation, template, old, new):
    file = installation.templates / template
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


def numbers(installation) -> list[dict]:
    with Admin(installation) as admin:
        return admin.items("ShowDialPlan", Context="plain-numbers")


@pytest.fixture
def running_call(switch):
    """Somebody who talks to the echo all through the test."""
    customer = Customer((switch.bind, switch.sip_port), "echo")
    until(lambda: customer.answered)
    yield customer
    customer.hang_up()
    time.sleep(0.1)
    customer.close()


def test_p10_apply_puts_new_numbers_and_telephones_to_work_and_cuts_no_call(installation, running_call):
    more = [{"number": "02079460100", "skill": "general"}, {"number": "02079460199", "skill": "general"}]
    change(installation, plain_numbers=more, stations=[*test_values()["stations"], {"id": "2107"}])
    assert "02079460199" in diff(installation).text
    done = apply(installation, who="alice")
    assert done.running
    assert set(done.reloaded) == {"pbx_config.so", "res_pjsip.so", "app_queue.so"}
    assert {one["Extension"] for one in numbers(installation)} == {"02079460100", "02079460199"}
    assert "2107" in run_switch(installation, "cli", "pjsip show endpoints")
    assert diff(installation).text == ""
    assert diff(installation).drift == []
    assert not running_call.ended


def test_only_what_changed_is_reloaded(installation):
    change(installation, plain_numbers=[{"number": "02079460198", "skill": "general"}])
    assert apply(installation).reloaded == ["pbx_config.so"]


def test_a_lint_error_touches_nothing(installation):
    before = len(history(installation))
    spoil(installation, "extensions.conf.j2", "Goto(ctiapp-ask,s,1)", "Goto(ctiapp-aks,s,1)")
    with pytest.raises(Refused, match=r"extensions\.conf\.j2:\d+ -> extensions\.conf:\d+: there is no context"):
        apply(installation)
    assert len(history(installation)) == before


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("rtp_symmetric = yes", "rtp_symetric = yes", "endpoint 2101: the PBX kept an older one"),
        ("max_contacts = 1", "max_contacts = many", "aor 2101: max_contacts is not as written"),
        ("max_contacts = 1", "maxcontacts = 1", "aor 2101: maxcontacts is not as written"),
        ("auth_type = userpass", "auth_type = secret", "auth 2101: auth_type is not as written"),
        ("match = {{ trunk.match }}", "match = no.such.host.invalid.", "identify trunk: match is not as written"),
    ],
)
def test_a_version_the_pbx_does_not_take_is_undone(installation, running_call, old, new, reason):
    before = Versions(installation.state).current()
    spoil(installation, "pjsip.conf.j2", old, new)
    with pytest.raises(WentBack) as caught:
        apply(installation)
    assert any(reason in text for text in caught.value.reasons), caught.value.reasons
    assert Versions(installation.state).current() == before
    assert history(installation)[-1].state == "failed"
    with Admin(installation) as admin:
        assert held_version(admin) == before.hash
    assert diff(replace(installation, templates=type(installation)().templates)).drift == []
    assert not running_call.ended


def test_rollback_applies_an_old_version_as_a_new_one(installation, running_call):
    before = Versions(installation.state).current()
    change(installation, plain_numbers=[{"number": "02079460197", "skill": "general"}])
    apply(installation)
    assert {one["Extension"] for one in numbers(installation)} == {"02079460197"}
    done = rollback(installation, before.number, who="bob")
    assert done.version.hash == before.hash
    assert done.version.note == f"rollback to {before.number}"
    assert {one["Extension"] for one in numbers(installation)} == {"02079460100"}
    assert not running_call.ended


def test_what_was_changed_behind_our_back_is_shown_as_drift(installation):
    run_switch(installation, "cli", "dialplan remove extension 70002@routing-points")
    assert diff(installation).drift == ["dialplan: routing-points,70002,1 Goto(ctiapp-route,70002,1) is missing"]
    run_switch(installation, "cli", "dialplan reload")


def test_applies_that_meet_do_not_mix(installation):
    outcomes = []

    def one() -> None:
        try:
            outcomes.append(apply(installation).version.number)
        except Busy:
            outcomes.append("busy")

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    applied = [outcome for outcome in outcomes if outcome != "busy"]
    assert len(applied) >= 1
    assert len(set(applied)) == len(applied)
    assert diff(installation).drift == []
