"""A shop that calls back."""

from __future__ import annotations

import pytest

from tests.database import CallCentre


@pytest.fixture
def shop(centre: CallCentre) -> CallCentre:
    """A shop that calls back."""
    centre.a_pool()
    centre.an_agent("Noor", {"sales": 5, "kitchens": 5})
    centre.calls_back()
    return centre
