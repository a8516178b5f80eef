"""The host with the benchmarks' data set: `python -m bench.host`."""

from bench.data import register
from cnnviz.training import host

if __name__ == "__main__":
    register()
    host.main()
