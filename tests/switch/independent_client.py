"""A second opinion on the AMI: pyst2, one action at a time, in a process of its own that may be killed.

Reads {"host", "port", "user", "secret", "actions": [[name, {header: value}], …]} from its input and writes what the
switch answered, as JSON: for each action its response, its message, and the events that came before the next one.
"""

from __future__ import annotations

import json
import sys
import threading

from asterisk.manager import Manager


def main() -> None:
    order = json.load(sys.stdin)
    manager = Manager()
    events: list[dict[str, str]] = []
    complete = threading.Event()

    def note(event, _manager) -> None:  # type: ignore[no-untyped-def]
        events.append({key: str(value) for key, value in event.headers.items()})
        if event.name.endswith("Complete"):
            complete.set()

    manager.register_event("*", note)
    manager.connect(order["host"], order["port"])
    login = manager.login(order["user"], order["secret"])
    answers = [{"response": login.get_header("Response")}]
    for name, headers in order["actions"]:
        events.clear()
        complete.clear()
        # Always a new dict: pyst2's default one is shared and keeps the headers of the action before.
        answer = manager.send_action({"Action": name, **headers})
        listed = answer.get_header("EventList") == "start"
        if listed:
            complete.wait(5)
        answers.append(
            {
                "response": answer.get_header("Response"),
                "message": answer.get_header("Message"),
                "events": [e for e in events if not e["Event"].endswith("Complete")] if listed else [],
            }
        )
    json.dump(answers, sys.stdout)
    sys.stdout.flush()
    manager.logoff()


if __name__ == "__main__":
    main()
