"""The administrator's one file, read and checked: what comes out of `load_values` can be rendered and routed by.

Numbers and names go into a dialplan, so only characters that mean nothing there are let in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from ctiapp.core.outcomes import Outcome
from ctiapp.core.priority import SCHEMES
from ctiapp.core.protection import KINDS
from ctiapp.core.retry import ANY, Then

LANGUAGE = re.compile("[a-z]{2}(-[A-Z]{2})?")
NUMBER = re.compile(r"\+?[0-9]{2,15}")
STATION = re.compile(r"[0-9]{2,8}")
NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
CONTACT = re.compile(r"sip:([0-9A-Za-z_-]+@)?[0-9A-Za-z.-]+(:[0-9]{1,5})?(;transport=(udp|tcp))?")
SPAN = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)")
COUNTRY = re.compile("[A-Z]{2}|001")
WEB_SOCKET = re.compile(r"wss?://[0-9A-Za-z.:\[\]-]+(/[0-9A-Za-z._/-]*)?")
ICE_SERVER = re.compile(r"(stun|turns?):[0-9A-Za-z.-]+(:[0-9]{1,5})?(\?transport=(udp|tcp))?")
ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]+")
OUR_REASONS = (
    "just_logged_in",
    "no_answer",
    "rejected",
    "passed_on",
    "no_console",
    "station_unreachable",
    "console_lost",
    "on_another_call",
)
"""Why an agent is not ready, without having said so."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ValuesError(Exception):
    """The values file cannot be used. `problems` holds (line or None, sentence) pairs; the text has all of them."""

    def __init__(self, file: str, problems: list[tuple[int | None, str]]) -> None:
        self.file, self.problems = file, problems
        super().__init__("\n".join(f"{file}:{line}: {text}" if line else f"{file}: {text}" for line, text in problems))


@dataclass(frozen=True, slots=True)
class StationValues:
    """An agent's telephone. With a static `contact` it neither registers nor authenticates (benchmarks)."""

    id: str
    contact: str | None = None
    browser: bool = False
    """It is in the agent's console, and shows pictures."""
    video: bool = False
    """A telephone on the desk that shows pictures (VP8, H.264)."""


@dataclass(frozen=True, slots=True)
class SoftphoneValues:
    id: str
    video: bool = False


@dataclass(frozen=True, slots=True)
class WebTelephoneValues:
    """What all telephones in browsers share, the agents' and the customers'."""

    url: str | None = None
    """Where a browser reaches the switch; None: ws:// at the switch's own address and port. wss:// through a proxy."""
    ice: tuple[str, ...] = ()
    """STUN and TURN servers; an account at a TURN server is made for each call (docs/web-telephone.md)."""
    media_address: str | None = None
    """The address for voice that browsers are told; None: the switch tells those of its own that it finds."""
    target_lives: timedelta = timedelta(seconds=30)
    """How long a customer's page has to dial, once it was told what."""
    longest_call: timedelta = timedelta(hours=1)
    """Of a call from a customer's page."""


@dataclass(frozen=True, slots=True)
class TrunkValues:
    name: str
    match: str
    contact: str


@dataclass(frozen=True, slots=True)
class HoursValues:
    """`weekly`: mon..sun -> "HH:MM-HH:MM"; a day that is not there is closed."""

    timezone: str
    weekly: dict[str, str]
    closed_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class LegalHoursValues:
    """When the law, or good manners, let one call somebody, where their telephone is; `regions`: country -> what is
    otherwise there (`weekly`, `closed_on`)."""

    weekly: dict[str, str] = field(default_factory=lambda: dict.fromkeys(WEEKDAYS[:6], "08:00-21:00"))
    closed_on: tuple[date, ...] = ()
    regions: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetryValues:
    """From the `tries`-th try with this outcome on: `then`, the next try `after` so long."""

    outcome: str
    tries: int
    then: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CallMeValues:
    """What makes a pool call back; each of it has a default, so that `call_me: {}` will do."""

    agent_chosen: str = "ringing"
    """"ringing" (the line is not busy), "answer" (no agent's time is lost on lines that nobody answers), or "preview"
    (the agent sees the request first and accepts it)."""
    preview_for: timedelta = timedelta(seconds=20)
    scheme: str = "first_in_first_out"
    trunks: tuple[str, ...] = ()
    """In this order; none: all of the file."""
    caller_id: str | None = None
    ring_for: timedelta = timedelta(seconds=30)
    longest_call: timedelta = timedelta(minutes=60)
    pacing: float = 1.0
    most_abandoned: float = 0.03
    countries: tuple[str, ...] = ("GB",)
    """The first one is also where a number without a country code is."""
    number_types: tuple[str, ...] = ("mobile", "fixed")
    legal_hours: LegalHoursValues = LegalHoursValues()
    per_number_day: int = 5
    per_customer_day: int = 5
    per_address_day: int = 30
    offer_windows_over: timedelta = timedelta(minutes=5)
    window_capacity: int = 4
    proof: str = "none"
    message_for_machine: str | None = None
    consent_text: str = "Please call me at this number about what I am looking at."
    """Shown to the customer, and kept with what they ask; empty: nothing is asked."""
    retry: tuple[RetryValues, ...] = ()
    """None: the usual rules (ctiapp/core/retry.py)."""


@dataclass(frozen=True, slots=True)
class PoolValues:
    name: str
    binding: str
    """"agent" (the number belongs to one agent from the moment it is given out) or "late"."""
    skill: str
    points: tuple[str, ...]
    language: str | None = None
    hold_for: timedelta = timedelta(seconds=90)
    longest_hold: timedelta = timedelta(seconds=600)
    cool_down_for: timedelta = timedelta(seconds=30)
    wrap_up_for: timedelta = timedelta(seconds=30)
    ring_for: timedelta = timedelta(seconds=20)
    longest_wait: timedelta = timedelta(seconds=300)
    hours: HoursValues | None = None
    disposition: str = "required"
    """Or "optional": wrap-up may be ended without an outcome."""
    video: bool = True
    """A call from the shop's page may have pictures."""
    auto_answer: bool = False
    """A telephone in the agent's console answers by itself, after a tone in the agent's ear."""
    site: str = "larkmoor"
    """The shop whose pages may give these numbers out (`ctiapp site`)."""
    call_me: CallMeValues | None = None
    """None: the pool calls nobody back."""


@dataclass(frozen=True, slots=True)
class PlainNumberValues:
    number: str
    skill: str
    longest_wait: timedelta = timedelta(seconds=300)
    ring_for: timedelta = timedelta(seconds=20)
    wrap_up_for: timedelta = timedelta(seconds=30)
    language: str | None = None
    hours: HoursValues | None = None
    auto_answer: bool = False
    site: str = "larkmoor"
    """The shop among whose customers the calling number is looked up."""


@dataclass(frozen=True, slots=True)
class ChoiceValues:
    """One of what agents choose from."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Values:
    stations: tuple[StationValues, ...] = ()
    softphones: tuple[SoftphoneValues, ...] = ()
    trunks: tuple[TrunkValues, ...] = ()
    pools: tuple[PoolValues, ...] = ()
    plain_numbers: tuple[PlainNumberValues, ...] = ()
    pause_reasons: tuple[ChoiceValues, ...] = ()
    """Why an agent is not ready; none: the usual ones."""
    dispositions: tuple[ChoiceValues, ...] = ()
    """How a call ended; none: the usual ones."""
    web_telephone: WebTelephoneValues = WebTelephoneValues()
    rtp_ports: int = 400
    """From the settings' first RTP port on; a call between two telephones takes four."""
    no_voice_for: int = 60
    """Seconds without a packet of voice after which a call is over: a telephone that is gone sends no goodbye."""
    benchmark: bool = False
    test: bool = False
    lines: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    """Where each entry begins in the file, by its path ("pools.0.points.3"); empty if it came from a dict."""


def load_values(path: Path | str) -> Values:
    """The checked values of a YAML file. ValuesError names each wrong key and its line; OSError if it is not there."""
    return read_values(Path(path).read_text(), str(path))


def read_values(text: str, file: str = "values.yml") -> Values:
    """The same from text (a web editor's)."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error
        raise ValuesError(file, [(mark.line + 1 if mark else None, f"not YAML: {problem}")]) from error
    return check_values(data, dict(_lines(node)) if node else {}, file)


def check_values(data: Any, lines: dict[str, int] | None = None, file: str = "values.yml") -> Values:
    """The same from what YAML made of it."""
    check = _Check(lines or {})
    values = check.whole(data)
    if check.problems:
        raise ValuesError(file, check.problems)
    assert values is not None
    return values


def _lines(node: yaml.Node, path: str = "", inside: tuple[int, ...] = ()) -> Iterator[tuple[str, int]]:
    yield path, node.start_mark.line + 1
    if id(node) in inside or len(inside) > 10:  # an alias to itself, or nothing we know
        return
    inside = (*inside, id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = f"{path}.{key.value}".lstrip(".")
            yield from _lines(value, here, inside)
            yield here, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, f"{path}.{index}".lstrip("."), inside)


Entry = dict[str, Any]


class _Check:
    """Collects every problem instead of stopping at the first."""

    def __init__(self, lines: dict[str, int]) -> None:
        self.lines = lines
        self.problems: list[tuple[int | None, str]] = []

    def wrong(self, path: str, text: str) -> None:
        where = path
        while where and where not in self.lines:
            where = where.rpartition(".")[0]
        self.problems.append((self.lines.get(where), f"{path or 'the file'}: {text}"))

    def whole(self, entry: Any) -> Values | None:
        data = self.mapping("", {} if entry is None else entry, Values, but=("lines",))
        if data is None:
            return None
        parts: dict[str, Any] = {
            name: self.each(name, data.get(name), getattr(self, reader))
            for name, reader in (
                ("stations", "station"),
                ("softphones", "softphone"),
                ("trunks", "trunk"),
                ("pools", "pool"),
                ("plain_numbers", "plain_number"),
                ("pause_reasons", "choice_of"),
                ("dispositions", "choice_of"),
            )
        }
        parts["web_telephone"] = self.web_telephone("web_telephone", data.get("web_telephone"))
        flags: dict[str, Any] = {name: self.flag(name, data.get(name, False)) for name in ("benchmark", "test")}
        counts = {
            "rtp_ports": self.count("rtp_ports", data.get("rtp_ports", 400), 100, 20000),
            "no_voice_for": self.count("no_voice_for", data.get("no_voice_for", 60), 2, 3600),
        }
        self.unique_telephones(data)
        self.unique_numbers(data)
        self.unique_choices(data)
        self.known_trunks(data)
        return None if self.problems else Values(**parts, **flags, **counts, lines=self.lines)

    # ---- entries ----------------------------------------------------------------------------------------------

    def station(self, path: str, entry: Any) -> StationValues | None:
        data = self.mapping(path, entry, StationValues)
        if data is None:
            return None
        self.text(path, data, "id", STATION, "2 to 8 digits")
        self.text(path, data, "contact", CONTACT, "like sip:127.0.0.3:5070", optional=True)
        data["browser"] = self.flag(f"{path}.browser", data.get("browser", False))
        data["video"] = self.flag(f"{path}.video", data.get("video", False))
        if data["browser"] and data.get("contact"):
            self.wrong(f"{path}.contact", "a telephone in a browser registers; it has no fixed address")
        return StationValues(**data)

    def web_telephone(self, path: str, entry: Any) -> WebTelephoneValues | None:
        data = self.mapping(path, {} if entry is None else entry, WebTelephoneValues)
        if data is None:
            return None
        self.text(path, data, "url", WEB_SOCKET, "like wss://phone.example/ws", optional=True)
        self.text(path, data, "media_address", ADDRESS, "an address like 192.0.2.1", optional=True)
        if data.get("ice") == []:
            del data["ice"]
        self.names(path, data, "ice", ICE_SERVER, "servers like stun:stun.example:3478 or turn:turn.example")
        self.durations(path, data, WebTelephoneValues)
        return WebTelephoneValues(**data)

    def choice_of(self, path: str, entry: Any) -> ChoiceValues | None:
        data = self.mapping(path, entry, ChoiceValues)
        if data is None:
            return None
        self.text(path, data, "id", NAME, "small letters, digits, _ and -, a letter first")
        self.text(path, data, "name", re.compile(r"[^\x00-\x1f]{1,60}"), "at most 60 characters")
        return ChoiceValues(**data)

    def softphone(self, path: str, entry: Any) -> SoftphoneValues | None:
        data = self.mapping(path, entry, SoftphoneValues)
        if data is None:
            return None
        self.text(path, data, "id", STATION, "2 to 8 digits")
        data["video"] = self.flag(f"{path}.video", data.get("video", False))
        return SoftphoneValues(**data)

    def trunk(self, path: str, entry: Any) -> TrunkValues | None:
        data = self.mapping(path, entry, TrunkValues)
        if data is None:
            return None
        self.text(path, data, "name", NAME, "small letters, digits and -, a letter first")
        self.network(f"{path}.match", data["match"])
        self.text(path, data, "contact", CONTACT, "like sip:127.0.0.2:5060")
        return TrunkValues(**data)

    def pool(self, path: str, entry: Any) -> PoolValues | None:
        data = self.mapping(path, entry, PoolValues)
        if data is None:
            return None
        self.text(path, data, "name", NAME, "small letters, digits and -, a letter first")
        self.text(path, data, "binding", re.compile("agent|late"), "agent or late")
        self.choice(path, data, "disposition", ("required", "optional"))
        self.text(path, data, "skill", NAME, "small letters, digits and -, a letter first")
        self.text(path, data, "language", LANGUAGE, "like en", optional=True)
        self.text(path, data, "site", NAME, "small letters, digits and -, a letter first", optional=True)
        data["points"] = self.points(f"{path}.points", data["points"])
        data["auto_answer"] = self.flag(f"{path}.auto_answer", data.get("auto_answer", False))
        data["video"] = self.flag(f"{path}.video", data.get("video", True))
        data["hours"] = self.hours(f"{path}.hours", data.get("hours"))
        data["call_me"] = self.call_me(f"{path}.call_me", data["call_me"]) if "call_me" in data else None
        self.durations(path, data, PoolValues)
        return PoolValues(**data)

    def plain_number(self, path: str, entry: Any) -> PlainNumberValues | None:
        data = self.mapping(path, entry, PlainNumberValues)
        if data is None:
            return None
        self.text(path, data, "number", NUMBER, "2 to 15 digits, a + before them if you like")
        self.text(path, data, "skill", NAME, "small letters, digits and -, a letter first")
        self.text(path, data, "language", LANGUAGE, "like en", optional=True)
        self.text(path, data, "site", NAME, "small letters, digits and -, a letter first", optional=True)
        data["hours"] = self.hours(f"{path}.hours", data.get("hours"))
        data["auto_answer"] = self.flag(f"{path}.auto_answer", data.get("auto_answer", False))
        self.durations(path, data, PlainNumberValues)
        return PlainNumberValues(**data)

    def points(self, path: str, data: Any) -> tuple[str, ...]:
        if not isinstance(data, list) or not data:
            self.wrong(path, "must be a list of numbers, with one at least")
            return ()
        for index, number in enumerate(data):
            self.text(path, {str(index): number}, str(index), NUMBER, "2 to 15 digits, a + before them if you like")
        return tuple(map(str, data))

    # ---- calls to customers -----------------------------------------------------------------------------------

    def call_me(self, path: str, entry: Any) -> CallMeValues | None:
        if entry is None:
            return None
        data = self.mapping(path, entry, CallMeValues)
        if data is None:
            return None
        self.choice(path, data, "agent_chosen", ("ringing", "answer", "preview"))
        self.choice(path, data, "scheme", tuple(SCHEMES))
        self.text(path, data, "caller_id", NUMBER, "2 to 15 digits, a + before them if you like", optional=True)
        self.text(path, data, "proof", NAME, "none, code, or a name that somebody made known", optional=True)
        self.text(path, data, "message_for_machine", NAME, "the name of a recording", optional=True)
        self.text(path, data, "consent_text", re.compile(r"[^\x00]{0,4000}"), "at most 4000 characters", optional=True)
        self.names(path, data, "trunks", NAME, "names of trunks")
        self.names(path, data, "countries", COUNTRY, 'countries like "GB"')
        self.names(path, data, "number_types", re.compile("|".join(KINDS)), f"some of {', '.join(KINDS)}")
        self.shares(path, data, {"pacing": (1, 3), "most_abandoned": (0, 1)})
        for key, most in (("per_number_day", 100), ("per_customer_day", 100), ("per_address_day", 10_000)):
            self.number(path, data, key, 1, most)
        self.number(path, data, "window_capacity", 0, 10_000)
        if "legal_hours" in data:
            data["legal_hours"] = self.legal_hours(f"{path}.legal_hours", data["legal_hours"])
        data["retry"] = self.rules(f"{path}.retry", data.get("retry"))
        self.durations(path, data, CallMeValues)
        return CallMeValues(**{key: value for key, value in data.items() if value is not None})

    def legal_hours(self, path: str, entry: Any) -> LegalHoursValues | None:
        data = self.mapping(path, entry, LegalHoursValues)
        if data is None:
            return None
        self.table(path, data)
        regions = data.get("regions") or {}
        if not isinstance(regions, dict):
            self.wrong(f"{path}.regions", 'must name countries like "DE" and their hours')
            regions = {}
        for country, hours in regions.items():
            where = f"{path}.regions.{country}"
            if not isinstance(country, str) or not COUNTRY.fullmatch(country):
                self.wrong(where, 'no such country; they are written like "DE"')
            if not isinstance(hours, dict) or hours.keys() - {"weekly", "closed_on"}:
                self.wrong(where, "may say weekly and closed_on, and nothing else")
            else:
                self.table(where, hours)
        return LegalHoursValues(**data)

    def table(self, path: str, data: Entry) -> None:
        """Days and their hours, and the days on which nobody is called; in place."""
        weekly = data.get("weekly", {})
        if not isinstance(weekly, dict):
            self.wrong(f"{path}.weekly", "must name days and their hours")
        else:
            for day, span in weekly.items():
                self.span(f"{path}.weekly.{day}", day, span)
        if "closed_on" in data:
            data["closed_on"] = self.days(f"{path}.closed_on", data["closed_on"])

    def rules(self, path: str, data: Any) -> tuple[RetryValues, ...]:
        if data is None:
            return ()
        if not isinstance(data, list):
            self.wrong(path, "must be a list of rules")
            return ()
        found = tuple(self.rule(f"{path}.{index}", entry) for index, entry in enumerate(data))
        self.once((f"{path}.{index}", f"{rule.outcome}, try {rule.tries}") for index, rule in enumerate(found) if rule)
        return tuple(rule for rule in found if rule)

    def rule(self, path: str, entry: Any) -> RetryValues | None:
        data = self.mapping(path, entry, RetryValues)
        if data is None:
            return None
        self.choice(path, data, "outcome", (*Outcome, ANY))
        self.choice(path, data, "then", tuple(then for then in Then if then is not Then.DONE))
        self.number(path, data, "tries", 1, 100)
        seconds = data.get("after")
        again = data["then"] == Then.TRY_AGAIN
        if again and data["outcome"] == ANY:
            self.wrong(f"{path}.then", "a rule for any outcome may only end the tries")
        if again != (seconds is not None):
            self.wrong(f"{path}.after", "goes with try_again, and with nothing else")
        if seconds is not None:
            data["after"] = timedelta(seconds=self.count(f"{path}.after", seconds, 0, 7 * 86400))
        return RetryValues(**data)

    def hours(self, path: str, entry: Any) -> HoursValues | None:
        if entry is None:
            return None
        data = self.mapping(path, entry, HoursValues)
        if data is None:
            return None
        try:
            ZoneInfo(data["timezone"])
        except (KeyError, ValueError, TypeError, OSError):
            self.wrong(f"{path}.timezone", f"no such time zone: {data['timezone']!r}")
        weekly = data["weekly"] if isinstance(data["weekly"], dict) else {}
        if not isinstance(data["weekly"], dict):
            self.wrong(f"{path}.weekly", "must name days and their hours")
        for day, span in weekly.items():
            self.span(f"{path}.weekly.{day}", day, span)
        return HoursValues(str(data["timezone"]), weekly, self.days(f"{path}.closed_on", data.get("closed_on")))

    def days(self, path: str, data: Any) -> tuple[date, ...]:
        closed = data or []
        if isinstance(closed, list) and all(isinstance(day, date) for day in closed):
            return tuple(closed)
        self.wrong(path, "must be a list of dates like 2026-12-25")
        return ()

    def span(self, path: str, day: Any, span: Any) -> None:
        if day not in WEEKDAYS:
            self.wrong(path, f"no such day; the days are {', '.join(WEEKDAYS)}")
        elif not isinstance(span, str) or not SPAN.fullmatch(span):
            self.wrong(path, f'must be like "09:00-21:00", not {span!r}')
        elif not span[:5] < span[6:]:
            self.wrong(path, f"ends before it begins: {span!r}")

    # ---- kinds ------------------------------------------------------------------------------------------------

    def each(self, name: str, data: Any, read: Any) -> tuple[Any, ...]:
        if data is None:
            return ()
        if not isinstance(data, list):
            self.wrong(name, "must be a list")
            return ()
        return tuple(read(f"{name}.{index}", entry) for index, entry in enumerate(data))

    def mapping(self, path: str, data: Any, kind: type[Any], but: tuple[str, ...] = ()) -> Entry | None:
        """A copy of the entry if it has the keys of `kind` and no others; None if it cannot be read on."""
        if not isinstance(data, dict):
            self.wrong(path, "must have keys and values")
            return None
        known = [one for one in fields(kind) if one.name not in but]
        for key in data:
            if key not in {one.name for one in known}:
                names = ", ".join(one.name for one in known)
                self.wrong(f"{path}.{key}".lstrip("."), f"no such key; the keys are {names}")
        missing = [
            one.name
            for one in known
            if one.default is MISSING and one.default_factory is MISSING and one.name not in data
        ]
        for key in missing:
            self.wrong(path, f"{key} is missing")
        if missing:
            return None
        return {one.name: data[one.name] for one in known if one.name in data}

    def text(self, path: str, data: Entry, key: str, form: re.Pattern[str], like: str, optional: bool = False) -> None:
        value = data.get(key)
        if value is None and optional:
            return
        where = f"{path}.{key}"
        if not isinstance(value, str):
            self.wrong(where, f"must be text in quotes ({like}), not {value!r}")
        elif not form.fullmatch(value):
            self.wrong(where, f"must be {like}, not {value!r}")

    def choice(self, path: str, data: Entry, key: str, known: tuple[str, ...]) -> None:
        if key in data and data[key] not in known:
            self.wrong(f"{path}.{key}", f"must be one of {', '.join(known)}, not {data[key]!r}")

    def names(self, path: str, data: Entry, key: str, form: re.Pattern[str], like: str) -> None:
        """A list of texts; in place."""
        if key not in data:
            return
        value = data[key]
        good = isinstance(value, list) and all(isinstance(one, str) and form.fullmatch(one) for one in value)
        if not good or not value:
            self.wrong(f"{path}.{key}", f"must be a list of {like}, not {value!r}")
        data[key] = tuple(value) if good else ()

    def number(self, path: str, data: Entry, key: str, least: int, most: int) -> None:
        if key in data:
            data[key] = self.count(f"{path}.{key}", data[key], least, most)

    def shares(self, path: str, data: Entry, bounds: dict[str, tuple[float, float]]) -> None:
        for key, (least, most) in bounds.items():
            value = data.get(key, least)
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
                self.wrong(f"{path}.{key}", f"must be a number from {least} to {most}, not {value!r}")

    def network(self, path: str, value: Any) -> None:
        """No host names: the telephone network must not depend on a name server."""
        try:
            ip_network(value if isinstance(value, str) else "")
        except ValueError:
            self.wrong(path, f'must be an address or a network like "192.0.2.0/24", not {value!r}')

    def durations(self, path: str, data: Entry, kind: type[Any]) -> None:
        for one in fields(kind):
            if one.name not in data or not isinstance(one.default, timedelta):
                continue
            seconds = data[one.name]
            if type(seconds) is not int or not 0 <= seconds <= 86400:
                self.wrong(f"{path}.{one.name}", f"must be whole seconds from 0 to 86400, not {seconds!r}")
                seconds = 0
            data[one.name] = timedelta(seconds=seconds)

    def count(self, path: str, value: Any, least: int, most: int) -> int:
        if type(value) is int and least <= value <= most:
            return value
        self.wrong(path, f"must be a whole number from {least} to {most}, not {value!r}")
        return least

    def flag(self, path: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self.wrong(path, f"must be true or false, not {value!r}")
        return value is True

    # ---- once only --------------------------------------------------------------------------------------------

    def unique_telephones(self, data: Entry) -> None:
        self.once(
            (f"{name}.{index}.{key}", str(entry[key]))
            for name, key in (("stations", "id"), ("softphones", "id"), ("trunks", "name"))
            for index, entry in _entries(data, name)
            if key in entry
        )
        self.once((f"pools.{index}.name", str(entry.get("name"))) for index, entry in _entries(data, "pools"))

    def unique_numbers(self, data: Entry) -> None:
        points = [
            (f"pools.{index}.points.{place}", str(number))
            for index, entry in _entries(data, "pools")
            for place, number in enumerate(entry.get("points") or [])
        ]
        plain = [
            (f"plain_numbers.{index}.number", str(entry.get("number")))
            for index, entry in _entries(data, "plain_numbers")
        ]
        self.once(points + plain)

    def unique_choices(self, data: Entry) -> None:
        ours = {"pause_reasons": OUR_REASONS, "dispositions": ("not_recorded",)}
        for name, taken in ours.items():
            self.once((f"{name}.{index}.id", str(entry.get("id"))) for index, entry in _entries(data, name))
            for index, entry in _entries(data, name):
                if entry.get("id") in taken:
                    self.wrong(f"{name}.{index}.id", f"{entry['id']!r} is a word of ours")

    def known_trunks(self, data: Entry) -> None:
        """A pool that calls back dials over trunks that there are."""
        known = {entry.get("name") for _, entry in _entries(data, "trunks")}
        for index, entry in _entries(data, "pools"):
            call_me = entry.get("call_me")
            for place, name in enumerate((isinstance(call_me, dict) and call_me.get("trunks")) or ()):
                if name not in known:
                    self.wrong(f"pools.{index}.call_me.trunks.{place}", f"there is no trunk {name!r}")

    def once(self, entries: Any) -> None:
        seen: dict[str, str] = {}
        for path, value in entries:
            if value in seen:
                line = self.lines.get(seen[value])
                at = f"{seen[value]}, line {line}" if line else seen[value]
                self.wrong(path, f"{value!r} is there already ({at})")
            seen.setdefault(value, path)


def _entries(data: Entry, name: str) -> list[tuple[int, Entry]]:
    entries = data.get(name)
    if not isinstance(entries, list):
        return []
    return [(index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]
