from tests.calls.conftest import product, whole_product

__all__ = ["product", "whole_product"]
