"""Agents, customers and values come in whole or not at all, and errors name file and line."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from ctiapp.config.values import check_values
from ctiapp.core.refusals import Refusal
from ctiapp.servers import attempts
from ctiapp.servers.seed import CsvError, UnknownSite, import_agents, import_customers, keep_values
from tests.database import PASSWORD, SHOP, CallCentre, everything
from tests.servers.test_desk import a_call_ends, a_call_is_answered
from tests.servers.test_srp import refusal

AGENTS = "id,name,password,languages,skills\n"
CUSTOMERS = "id,name,phone,email,language,tier\n"


def a_file(folder: Path, text: str | bytes) -> Path:
    file = folder / "people.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_p14_agents_come_with_skills_and_languages_and_can_log_in(centre: CallCentre, tmp_path: Path) -> None:
    text = f"{AGENTS}1042,Noor Halden,{PASSWORD},en no,kitchens:5 lighting:4\r\n1047,Åldo Prins,,,\n"
    assert import_agents(centre.store, a_file(tmp_path, b"\xef\xbb\xbf" + text.encode())) == 2
    agent = centre.desk.view("1042")["agent"]
    assert (agent["name"], agent["first_name"], agent["languages"]) == ("Noor Halden", "Noor", ["en", "no"])
    assert agent["skills"] == {"kitchens": 5, "lighting": 4, "general": 1}
    centre.a_station("2101")
    assert centre.logs_in("1042", "2101")
    assert centre.desk.view("1047")["agent"]["languages"] == ["en"]


def test_p14_a_second_import_changes_what_is_there_and_keeps_the_password(centre: CallCentre, tmp_path: Path) -> None:
    import_agents(centre.store, a_file(tmp_path, f"{AGENTS}1042,Noor Halden,{PASSWORD},en,kitchens:5 lighting:4\n"))
    centre.a_station("2101")
    centre.logs_in("1042", "2101")
    centre.desk.ready("1042")
    import_agents(centre.store, a_file(tmp_path, f"{AGENTS}1042,Noor Berg,,no,kitchens:7\n"))
    agent = centre.desk.view("1042")["agent"]
    assert (agent["name"], agent["languages"], agent["skills"]) == ("Noor Berg", ["no"], {"kitchens": 7, "general": 1})
    assert centre.state("1042") == "ready"
    assert centre.answer("select bool_and(available) from agent_skill where agent = '1042'")
    assert centre.logs_in("1042", "2101", take_over=True)


def test_p04_customers_come_with_number_and_attributes(centre: CallCentre, tmp_path: Path) -> None:
    text = f'{CUSTOMERS}c-1,"Berg, Mia",07700 900142,mia@example.com,no,gold\nc-2,Jon,,,,\n'
    assert import_customers(centre.store, a_file(tmp_path, text), SHOP) == 2
    rows = centre.ask("select name, phone, email, language, attributes from customer order by external_id")
    assert rows == [
        {
            "name": "Berg, Mia",
            "phone": "+447700900142",
            "email": "mia@example.com",
            "language": "no",
            "attributes": {"tier": "gold"},
        },
        {"name": "Jon", "phone": None, "email": None, "language": None, "attributes": {}},
    ]
    import_customers(centre.store, a_file(tmp_path, f"{CUSTOMERS}c-1,Mia,,,,silver\n"), SHOP)
    assert centre.answer("select attributes from customer where external_id = 'c-1'") == {"tier": "silver"}
    assert centre.answer("select count(*) from customer") == 2


GOOD = "1042,Noor Halden,x,en,kitchens:5\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "missing"),
        ("id,name\n", 1, "languages, password, skills"),
        (AGENTS + GOOD + "1047,Aldo\n", 3, "columns"),
        (AGENTS + GOOD + "1047,Aldo,x,en,kitchens:5,more\n", 3, "columns"),
        (AGENTS + GOOD + ",Aldo,x,en,kitchens:5\n", 3, "empty"),
        (AGENTS + GOOD + "1047, ,x,en,kitchens:5\n", 3, "empty"),
        (AGENTS + GOOD + "1047,Aldo,x,en,kitchens\n", 3, "NAME:LEVEL"),
        (AGENTS + GOOD + "1047,Aldo,x,en,kitchens:11\n", 3, "1 to 10"),
        (AGENTS + GOOD + "1047,Aldo,x,en,kitchens:²\n", 3, "NAME:LEVEL"),
        (AGENTS + GOOD + "1047,Aldo,x,en,:5\n", 3, "NAME:LEVEL"),
        (AGENTS + GOOD + GOOD, 3, "there already"),
        (AGENTS + GOOD + "1047,Al\0do,x,en,kitchens:5\n", 3, "NUL"),
    ],
)
def test_p14_a_wrong_line_is_named_and_nothing_of_the_file_is_taken(
    centre: CallCentre, tmp_path: Path, text: str, line: int, words: str
) -> None:
    file, before = a_file(tmp_path, text), everything(centre.store)
    with pytest.raises(CsvError, match=words) as refused:
        import_agents(centre.store, file)
    assert str(refused.value).startswith(f"{file}:{line}: ")
    assert everything(centre.store) == before


def test_p04_a_wrong_number_is_named(centre: CallCentre, tmp_path: Path) -> None:
    file, before = a_file(tmp_path, f"{CUSTOMERS}c-1,Mia,07700 900142,,,\nc-2,Jon,12,,,\n"), everything(centre.store)
    with pytest.raises(CsvError, match="not a telephone number") as refused:
        import_customers(centre.store, file, SHOP)
    assert str(refused.value).startswith(f"{file}:3: ")
    assert everything(centre.store) == before


def test_a_file_in_another_encoding_is_refused(centre: CallCentre, tmp_path: Path) -> None:
    with pytest.raises(CsvError, match="UTF-8"):
        import_agents(centre.store, a_file(tmp_path, (AGENTS + "1,Åsa,x,en,kitchens:5\n").encode("latin-1")))


def values(points: list[str], site: str = SHOP) -> object:
    pool = {"name": "sales", "site": site, "binding": "agent", "skill": "sales", "points": points, "hold_for": 45}
    return check_values(
        {
            "stations": [{"id": "2101"}],
            "pools": [pool],
            "plain_numbers": [{"number": "02079460100", "skill": "general"}],
        }
    )


def test_p09_the_values_file_makes_stations_pools_and_numbers(centre: CallCentre) -> None:
    for _ in range(2):
        keep_values(centre.store, values(["70001", "70002"]))
    assert centre.ask("select number, pool, state from routing_point order by 1") == [
        {"number": "70001", "pool": "sales", "state": "free"},
        {"number": "70002", "pool": "sales", "state": "free"},
    ]
    assert centre.answer("select hold_for = interval '45 s' from pool")
    assert centre.ask("select number, skill from plain_number") == [{"number": "02079460100", "skill": "general"}]


def test_p09_a_new_values_file_does_not_disturb_a_reserved_number(centre: CallCentre) -> None:
    keep_values(centre.store, values(["70001"]))
    centre.an_agent("Noor", station="2101")
    status = centre.click("mia")
    keep_values(centre.store, values(["70002"]))
    assert centre.srp.status(status["interaction"])["number"] == "70001"
    keep_values(centre.store, values(["70001", "70002"]))
    assert centre.point("70001") == "reserved"
    keep_values(centre.store, values(["70002"]))
    centre.srp.cancel(status["interaction"])
    assert centre.point("70001") == "disabled"
    assert centre.click("jon")["number"] == "70002"


def test_p25_a_pool_of_a_shop_nobody_knows_changes_nothing(centre: CallCentre) -> None:
    before = everything(centre.store)
    with pytest.raises(UnknownSite, match="elsewhere"):
        keep_values(centre.store, values(["70001"], "elsewhere"))
    assert everything(centre.store) == before


def test_p14_nobody_sits_at_a_station_that_left_the_values_file(centre: CallCentre) -> None:
    centre.a_pool()
    centre.an_agent("Noor", station="2101")
    centre.an_agent("Tomas", station="2102")
    assert centre.click()["agent"] == {"first_name": "Noor"}
    keep_values(centre.store, check_values({"stations": [{"id": "2102"}]}))
    assert centre.state("noor") == "logged_out"
    assert centre.state("tomas") == "reserved", "the customer's number is with the next agent"
    with pytest.raises(Refusal) as refused:
        centre.logs_in("noor", "2101")
    assert refused.value.code == "unknown_station"
    keep_values(centre.store, check_values({"stations": [{"id": "2101"}, {"id": "2102"}]}))
    centre.logs_in("noor", "2101")
    centre.desk.ready("noor")
    assert centre.state("noor") == "ready", "what the switch told of its telephone is still known"


def test_p12_a_telephone_that_registers_before_the_values_file_has_it_is_not_missed(centre: CallCentre) -> None:
    with centre.store.transaction() as tx:
        tx.run("station_changed", station="2107", reachable=True, in_use=False, state="idle")
    centre.an_agent("Noor", station=None)
    with pytest.raises(Refusal):
        centre.logs_in("noor", "2107")
    keep_values(centre.store, check_values({"stations": [{"id": "2107"}]}))
    centre.logs_in("noor", "2107")
    centre.desk.ready("noor")
    assert centre.state("noor") == "ready"


CALL_ME = {
    "trunks": ["public"],
    "countries": ["GB", "DE"],
    "legal_hours": {"weekly": {"mon": "09:00-20:00"}, "closed_on": [date(2026, 12, 25)]},
    "retry": [{"outcome": "busy", "tries": 1, "then": "try_again", "after": 300}],
}


def a_pool_that_calls_back(call_me: dict | None) -> dict:
    trunks = [{"name": name, "match": f"192.0.2.{place}", "contact": "sip:192.0.2.1"} for place, name in TRUNKS]
    pool = {"name": "sales", "binding": "late", "skill": "sales", "points": ["70001"], "call_me": call_me}
    return {"trunks": trunks, "pools": [pool]}


TRUNKS = [(1, "public"), (2, "spare")]


def test_p17_a_pool_calls_back_as_the_values_file_says_and_no_longer_than_it_says(centre: CallCentre) -> None:
    keep_values(centre.store, check_values(a_pool_that_calls_back(dict(CALL_ME))))
    row = centre.ask("select * from call_me_pool")[0]
    assert (row["pool"], row["trunks"], row["countries"], row["scheme"]) == (
        "sales",
        ["public"],
        ["GB", "DE"],
        "first_in_first_out",
    )
    assert row["legal_hours"] == {"weekly": {"mon": "09:00-20:00"}, "closed_on": ["2026-12-25"], "regions": {}}
    with centre.store.transaction() as tx:
        assert [(rule.outcome, rule.then, rule.after) for rule in attempts.rules(tx, "sales")] == [
            ("busy", "try_again", timedelta(minutes=5))
        ]
    keep_values(centre.store, check_values(a_pool_that_calls_back({})))
    assert centre.answer("select trunks from call_me_pool") == ["public", "spare"]
    assert centre.answer("select count(*) from retry_rule") == 0
    keep_values(centre.store, check_values(a_pool_that_calls_back(None)))
    assert centre.answer("select count(*) from call_me_pool") == 0


def test_p17_another_scheme_orders_those_who_wait_anew(centre: CallCentre) -> None:
    keep_values(centre.store, check_values(a_pool_that_calls_back({"consent_text": ""} | ALWAYS)))
    statuses = [centre.call_me(f"07700 90010{number}", f"v-{number}") for number in range(2)]
    centre.ask("update call_request set class = 1 where interaction = %s returning id", statuses[1]["interaction"])
    keep_values(centre.store, check_values(a_pool_that_calls_back({"consent_text": "", "scheme": "by_class"} | ALWAYS)))
    places = [centre.call_requests.status(status["interaction"])["place"] for status in statuses]
    assert places == [2, 1]


def test_p14_an_administrator_says_which_calls_are_answered_by_themselves(centre: CallCentre) -> None:
    pool = {"name": "sales", "binding": "agent", "skill": "sales", "points": ["70001"]}
    plain = {"number": "02079460100", "skill": "general"}
    for answers in (False, True):
        values = {"pools": [pool | {"auto_answer": answers}], "plain_numbers": [plain | {"auto_answer": answers}]}
        keep_values(centre.store, check_values({"stations": [{"id": "2101"}], **values}))
        if not answers:
            centre.an_agent("Noor", station="2101")
            centre.click()
        assert centre.desk.view("noor")["engagement"]["auto_answer"] is answers
        assert centre.ask("select auto_answer from plain_number")[0]["auto_answer"] is answers


ALWAYS = {"legal_hours": {"weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")}}


def test_p14_an_administrator_says_what_agents_choose_from_and_whether_they_must(centre: CallCentre) -> None:
    lists = {"pause_reasons": [{"id": "tea", "name": "Tea"}], "dispositions": [{"id": "won", "name": "Won"}]}
    pool = {"name": "sales", "binding": "agent", "skill": "sales", "points": ["70001"], "disposition": "optional"}
    keep_values(centre.store, check_values({"stations": [{"id": "2101"}], "pools": [pool], **lists}))
    centre.an_agent("Noor", station="2101")
    view = centre.desk.view("noor")
    assert view["pause_reasons"] == [{"id": "tea", "name": "Tea"}]
    assert view["dispositions"] == [{"id": "won", "name": "Won"}]
    assert refusal(lambda: centre.desk.not_ready("noor", "lunch")) == "bad_request"
    a_call_is_answered(centre, centre.click()["number"])
    a_call_ends(centre)
    held = centre.desk.view("noor")["engagement"]
    assert held["disposition_required"] is False
    centre.desk.finish("noor", held["reservation"], None, None, ready=True)
    assert centre.state("noor") == "ready"
