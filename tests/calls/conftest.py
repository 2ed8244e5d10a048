"""Real calls: one product for all tests of a file, emptied before each; then its ports are others'."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.product import Product

QUICK = "update pool set ring_for = '20 s', wrap_up_for = '30 s', hold_for = '90 s', cool_down_for = '30 s'"


@pytest.fixture(scope="module")
def whole_product() -> Iterator[Product]:
    with Product() as product:
        yield product


@pytest.fixture
def product(whole_product: Product) -> Product:
    whole_product.restore()
    whole_product.clear()
    whole_product.sql(QUICK)
    whole_product.sql("update plain_number set ring_for = '20 s', longest_wait = '300 s'")
    return whole_product
