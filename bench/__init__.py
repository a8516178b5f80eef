"""Benchmarks: `python -m bench [names] [--quick]` measures the limits of the project and prints one table."""
