"""`python -m bench [FIGURE…]`: how fast and how large the product is, each figure beside its reference in the same run.

It starts an instance of its own (state directory, container, ports), loads it from loopback only, and takes it down.
What each figure means is in docs/benchmarks.md.
"""
