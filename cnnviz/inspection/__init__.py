"""Looking inside a network: what every layer makes of an image."""

from cnnviz.inspection.trace import load_network, trace, trace_snapshot

__all__ = ["load_network", "trace", "trace_snapshot"]
