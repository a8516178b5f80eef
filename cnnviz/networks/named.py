"""A network by what a person calls it, where only words can be given."""

from pathlib import Path

from cnnviz.errors import NetworkError, choose_from
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.networks.saved import load_saved, read_network_file, saved_networks, shelf


def network_named(text: str, runs: Path) -> str | NetworkSpec:
    """A preset's name as it is; else the network that was saved under this name, or that a file `.json` holds.

    Args:
        text: What it is called.
        runs: The folder of runs with which networks are saved.

    Raises:
        CnnvizError: If there is none, or it cannot work.
    """
    if text in NETWORKS:
        return text
    if text.endswith(".json"):
        try:
            return read_network_file(Path(text).read_bytes())
        except OSError as error:
            raise NetworkError(f"{text} cannot be read: {error.strerror}; give a network's file.") from None
    kept = [one.name for one in saved_networks(shelf(runs))]
    if text not in kept:
        raise NetworkError(choose_from(text, "Network", [*NETWORKS, *kept]))
    return load_saved(shelf(runs), text)
