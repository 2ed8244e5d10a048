"""The life of a call request: what each deed makes of each state. The table is the state diagram."""

from __future__ import annotations

OVER = ("done", "cancelled", "failed")

LIFE = {
    ("queued", "preview"): "previewing",
    ("queued", "dial"): "dialling",
    ("queued", "give_back"): "queued",
    ("queued", "try_again"): "queued",
    ("queued", "give_up"): "failed",
    ("queued", "reschedule"): "queued",
    ("queued", "cancel"): "cancelled",
    ("previewing", "dial"): "dialling",
    ("previewing", "give_back"): "queued",
    ("previewing", "try_again"): "queued",
    ("previewing", "give_up"): "failed",
    ("previewing", "reschedule"): "queued",
    ("previewing", "cancel"): "cancelled",
    ("dialling", "dial"): "dialling",  # over another trunk
    ("dialling", "answer"): "connecting",
    ("dialling", "give_back"): "queued",
    ("dialling", "try_again"): "queued",
    ("dialling", "give_up"): "failed",
    ("dialling", "finish"): "done",
    ("dialling", "cancel"): "cancelled",
    ("connecting", "talk"): "talking",
    ("connecting", "give_back"): "queued",
    ("connecting", "try_again"): "queued",
    ("connecting", "give_up"): "failed",
    ("connecting", "finish"): "done",
    ("connecting", "cancel"): "cancelled",
    ("talking", "finish"): "done",
}
"""(state, deed) -> state. What is not here does not happen: early or late news changes nothing."""


def after(state: str, deed: str) -> str | None:
    """The state after the deed; None: the deed cannot be done in this state."""
    return LIFE.get((state, deed))


def before(deed: str) -> list[str]:
    """The states in which the deed can be done."""
    return [state for state, done in LIFE if done == deed]
