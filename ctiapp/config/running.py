"""What a running PBX really holds, compared with what a rendered version says it should."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_network

from ctiapp.config.ami import Admin
from ctiapp.config.dialplan import Dialplan, Step, parse_dialplan
from ctiapp.config.lint import pjsip_objects
from ctiapp.config.render import version_of

OBJECT_LISTS = {"aor": "PJSIPShowAors", "auth": "PJSIPShowAuths"}
COMPARED = ("endpoint", "aor", "auth", "identify")
NOT_SHOWN_AS_WRITTEN = ("type", "contact")


def held_version(admin: Admin) -> str:
    """CTIAPP_VERSION of the running PBX, "" if it has none."""
    return admin.do("Getvar", Variable="CTIAPP_VERSION").get("Value", "")


def drift(admin: Admin, files: Mapping[str, str]) -> list[str]:
    """A sentence for each difference between the PBX and these files; empty if it holds exactly them."""
    found = []
    version = held_version(admin)
    if version != version_of(files):
        found.append(f"version: the PBX says {version or 'nothing'}, not {version_of(files)}")
    found += dialplan_drift(admin, parse_dialplan(files["extensions.conf"]))
    found += telephone_drift(admin, files["pjsip.conf"])
    return found


def dialplan_drift(admin: Admin, wanted: Dialplan) -> list[str]:
    items = [one for one in admin.items("ShowDialPlan") if one.get("Registrar") == "pbx_config"]
    held = {_key(step): step for step in map(_step, items) if step.application}
    expected = {_key(step): step for step in wanted.steps}
    included = {(one["Context"], one["IncludeContext"]) for one in items if "IncludeContext" in one}
    found = [f"dialplan: {_say(expected[key])} is missing" for key in expected if key not in held]
    found += [f"dialplan: {_say(held[key])} is not from here" for key in held if key not in expected]
    found += [
        f"dialplan: {_say(held[key])} instead of {_say(step)}"
        for key, step in expected.items()
        if key in held and (held[key].application, held[key].data) != (step.application, step.data)
    ]
    for context, name in sorted({(one, two) for one, two, _ in wanted.includes} ^ included):
        found.append(f"dialplan: include of {name} in {context} differs")
    return found


def telephone_drift(admin: Admin, pjsip: str) -> list[str]:
    """Asterisk keeps the object it had when a new one is wrong, so names alone prove nothing.

    An endpoint says by its accountcode which rendering it comes from; what belongs to it is compared by its settings.
    """
    objects = {(options.get("type", ""), name): options for name, _, options in pjsip_objects(pjsip)}
    wanted = {name for kind, name in objects if kind == "endpoint"}
    held = {item["ObjectName"] for item in admin.items_or_nothing("PJSIPShowEndpoints")}
    found = _names("endpoint", wanted, held)
    for name in sorted(wanted & held):
        for shown in admin.items("PJSIPShowEndpoint", Endpoint=name):
            key = (shown.get("ObjectType", ""), shown.get("ObjectName", ""))
            if key[0] in COMPARED and key in objects:
                found += [f"{key[0]} {key[1]}: {text}" for text in _settings_drift(key[0], objects[key], shown)]
    for kind, action in OBJECT_LISTS.items():
        names = {name for one, name in objects if one == kind}
        found += _names(kind, names, {item["ObjectName"] for item in admin.items_or_nothing(action)})
    return list(dict.fromkeys(found))


def _settings_drift(kind: str, options: Mapping[str, str], shown: Mapping[str, str]) -> list[str]:
    if kind == "endpoint":
        # A rendering from before there were accountcodes has none.
        same = options.get("accountcode", "") == shown.get("Accountcode", "")
        return [] if same else ["the PBX kept an older one"]
    differing = [
        name
        for name, value in options.items()
        if name not in NOT_SHOWN_AS_WRITTEN and _plain(shown.get(_camel(name))) != _plain(value)
    ]
    return [f"{name} is not as written" for name in differing]


def _camel(option: str) -> str:
    """max_contacts -> MaxContacts, as the AMI calls it."""
    return "".join(word.capitalize() for word in option.split("_"))


def _plain(value: str | None) -> str | float | None:
    """yes and true, 2 and 2.000000, an address and its network of one are the same."""
    if value is None:
        return None
    for read in (float, lambda text: str(ip_network(text, strict=False))):
        with suppress(ValueError):
            return read(value)
    return {"yes": "true", "no": "false"}.get(value.lower(), value)


def _names(kind: str, wanted: set[str], held: set[str]) -> list[str]:
    return [f"{kind} {name} is missing" for name in sorted(wanted - held)] + [
        f"{kind} {name} is not from here" for name in sorted(held - wanted)
    ]


def _step(item: dict[str, str]) -> Step:
    return Step(
        item["Context"],
        item.get("Extension", ""),
        int(item.get("Priority") or 0),
        item.get("Application", ""),
        item.get("AppData", ""),
    )


def _key(step: Step) -> tuple[str, str, int]:
    return step.context, step.exten, step.priority


def _say(step: Step) -> str:
    return f"{step.context},{step.exten},{step.priority} {step.application}({step.data})"
