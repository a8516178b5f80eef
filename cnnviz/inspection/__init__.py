"""Looking inside a network: what every layer makes of an image.

`trace` takes any module, on a copy of its own (`prepare`); `record` is the quick way for our own networks.
"""

from cnnviz.inspection.loading import check_fit, load_network
from cnnviz.inspection.prepare import Prepared, prepare, prepare_once
from cnnviz.inspection.recording import record
from cnnviz.inspection.trace import Trace, probabilities, trace

__all__ = [
    "Prepared",
    "Trace",
    "check_fit",
    "load_network",
    "prepare",
    "prepare_once",
    "probabilities",
    "record",
    "trace",
]
