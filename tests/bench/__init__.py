"""Figures of kbsync as ratios, each measured in one interleaved run: `python -m tests.bench`. No test collects this."""
