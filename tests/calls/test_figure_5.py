"""Fig. 5 as `make figure5` plays it: Chromium, trunk, detector, two telephones; and what else may come of it."""

from __future__ import annotations

import pytest

from tests import figure5, figure5_scenarios
from tests.product import Product

pytestmark = pytest.mark.real


async def test_figure_5_from_the_first_page_to_the_stored_disposition_P15_P17_P18_P19_P20_P21(
    product: Product, tmp_path
):
    figure = await figure5.play(product, tmp_path / "console.png")
    assert figure.report()


@pytest.mark.parametrize(
    "name", ["busy", "reschedule", *(pytest.param(name, marks=pytest.mark.long) for name in ("modem", "sit"))]
)
async def test_what_else_may_come_of_a_call_P16_P17_P18_P19(product: Product, name: str):
    on = await figure5_scenarios.play(product, name)
    assert on.report()
