"""The page Build, what it begins with, and an own network in the form."""

from typing import Any

from streamlit.testing.v1 import AppTest

from cnnviz.datasets import DATASETS
from cnnviz.layers import LAYERS
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.networks.saved import network_link, save_network, save_record
from cnnviz.runs import Run
from cnnviz.training.start import new_run
from cnnviz.ui.hub import Hub
from cnnviz.ui.networks import OWN, networks_folder
from tests.ui.reading import lines, mounts, open_page, rerun


def started(**query: str) -> tuple[AppTest, dict[str, Any]]:
    """The page, and what its editor begins with."""
    app = open_page("build", **query)
    return app, mounts(app)["builder"][0]


def own(**changes: Any) -> NetworkSpec:
    """A network like a preset, and yet another."""
    record = NETWORKS["digits_small"].spec((1, 8, 8), 10).to_record()
    record["layers"][0] |= changes
    return NetworkSpec.from_record({**record, "name": "Mine"})


def test_it_begins_with_what_the_form_says(hub: Hub) -> None:
    app, header = started()
    assert [one.value for one in app.title] == ["Build"]
    assert set(mounts(app)) == {"code", "link", "builder"}
    first = next(iter(NETWORKS.values()))
    record = header["start"]["record"]
    assert record == {**first.spec((1, 8, 8), 10).to_record(), "classes": 10, "data": next(iter(DATASETS))}
    assert header["start"]["judged"]["problem"] is None
    assert header["asked"] is None
    assert lines(app) == []


def test_it_offers_every_layer_with_its_settings_every_preset_and_all_data(hub: Hub) -> None:
    catalog = started()[1]["catalog"]
    offered = {one["kind"]: [setting["name"] for setting in one["settings"]] for one in catalog["kinds"]}
    assert offered == {kind: list(one.declared()) for kind, one in LAYERS.items()}
    assert [one["name"] for one in catalog["presets"]] == list(NETWORKS)
    assert [one["name"] for one in catalog["data"]] == list(DATASETS)


def test_an_address_names_a_preset_or_holds_a_network(hub: Hub) -> None:
    assert started(network="lenet5")[1]["start"]["record"]["name"] == "lenet5"
    header = started(network=network_link(own(out_channels=5)))[1]
    assert header["start"]["record"]["layers"][0]["out_channels"] == 5
    app, header = started(network="1broken")
    assert header["start"]["record"]["name"] == next(iter(NETWORKS))
    assert any("copy it anew" in line for line in lines(app))
    assert header["asked"] is None


def test_a_network_that_is_trained_is_in_the_form_and_trains(hub: Hub) -> None:
    app = AppTest.from_function(_take, kwargs={"record": {**own(out_channels=5).to_record(), "data": "digits"}})
    app.session_state["form-seed"] = 0
    app.run(timeout=30)
    assert not app.exception
    assert app.session_state["form-network"] == OWN
    assert app.session_state["wished"] == own(out_channels=5).to_record()


def test_a_preset_stays_one_and_brings_its_recipe(hub: Hub) -> None:
    record = {**NETWORKS["tinyvgg"].spec((1, 28, 28), 10).to_record(), "data": "mnist"}
    app = AppTest.from_function(_take, kwargs={"record": record}).run(timeout=30)
    assert not app.exception
    state = app.session_state
    assert (state["form-network"], state["form-dataset"]) == ("tinyvgg", "mnist")
    assert state["form-batch_size"] == NETWORKS["tinyvgg"].recipe.batch_size


def _take(record: dict) -> None:  # which AppTest runs by itself, without the imports above
    """A page's script: begin a form, and have a network in it."""
    import streamlit

    from cnnviz.ui import form

    form.begin()
    form.take_network(record, record["data"])
    wanted = form.wish().network
    streamlit.session_state["wished"] = wanted if isinstance(wanted, str) else wanted.to_record()


def test_the_form_offers_saved_networks(hub: Hub) -> None:
    save_network(networks_folder(None), own(out_channels=3))
    app = open_page()
    choice = app.selectbox(key="form-network")
    assert choice.options[-1] == "Mine (saved)"
    choice.select("saved:Mine")
    assert not [line for line in lines(rerun(app)) if line.startswith(":orange")]


def test_an_unfinished_one_is_opened_to_be_mended(hub: Hub) -> None:
    record = {**own().to_record(), "name": "Half"}
    record["layers"][0]["out_channels"] = 0
    save_record(networks_folder(None), record)
    header = started(network="saved:Half")[1]
    assert header["start"]["record"]["layers"] == record["layers"]
    assert "Filters: 0 is below 1" in header["start"]["judged"]["layers"][0]["problem"]
    app = open_page()
    app.selectbox(key="form-network").select("saved:Half")
    assert any("'Half' cannot work yet. Layer 1 (conv1)" in line for line in lines(rerun(app)))


def test_one_that_is_gone_gives_way_and_one_that_does_not_fit_is_said(hub: Hub) -> None:
    save_network(networks_folder(None), own(out_channels=3))
    app = open_page()
    app.selectbox(key="form-network").select("saved:Mine")
    app = rerun(app)
    (networks_folder(None) / "Mine.json").write_text("{")
    assert any("is damaged" in line for line in lines(rerun(app)))
    (networks_folder(None) / "Mine.json").unlink()
    assert rerun(app).selectbox(key="form-network").value == next(iter(NETWORKS))


def test_a_runs_settings_bring_its_own_network_along(hub: Hub) -> None:
    run: Run = new_run("digits", own(out_channels=3), folder=hub.folder)
    app = open_page(run=run.id)
    app.button(key="copy").click()
    app = rerun(app)
    assert app.selectbox(key="form-network").value == OWN
    assert app.session_state["form-own"] == own(out_channels=3).to_record()
