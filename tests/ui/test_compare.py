from collections.abc import Callable

import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from cnnviz.figures.frames import unpack
from cnnviz.networks import NETWORKS
from cnnviz.runs import Run, copy_run, delete_run, example, list_runs
from cnnviz.training.siblings import sweep_from, twin_of
from cnnviz.ui import compare
from cnnviz.ui.hub import Hub
from cnnviz.ui.owner import token_for
from tests.ui.conftest import MINE
from tests.ui.reading import buttons, lines, mounts, open_page, popovers, press, rerun

NETWORK_TITLES = {NETWORKS[name].title for name in ("lenet5", "digits_small", "alexnet_small")}


class TestPage:
    def test_the_first_open_shows_the_example_and_says_what_to_do(self, hub: Hub) -> None:
        app = open_page("compare")
        header, _ = mounts(app)["compare"]
        assert [entry["run"] for entry in header["runs"]] == ["example"]
        assert set(mounts(app)) == {"link", "compare", "comparebar"}
        assert "Twin" in buttons(app)
        assert any(line.startswith("One run. Make a twin of it") for line in lines(app))

    def test_an_address_names_the_runs_the_step_and_how_they_are_compared(
        self, hub: Hub, copied: Callable[..., Run]
    ) -> None:
        copied("one")
        header, _ = mounts(open_page("compare", runs="example,one", step="8", by="share", image="validation-3"))[
            "compare"
        ]
        assert [entry["run"] for entry in header["runs"]] == ["example", "one"]
        assert [entry["token"] for entry in header["runs"]] == [token_for("example"), token_for("one")]
        assert (header["run"], header["at"], header["by"], header["image"]) == ("example", 8, "share", "validation-3")
        assert header["step"] is None

    def test_without_a_list_a_run_comes_with_its_twins(self, hub: Hub) -> None:
        twin = twin_of(example(), {"learning_rate": 0.1}).make()
        header, _ = mounts(open_page("compare", run=twin.id))["compare"]
        assert [entry["run"] for entry in header["runs"]] == ["example", twin.id]
        assert [entry["name"] for entry in header["runs"]] == [example().label, "learning rate 0.1"]
        assert header["settings"] == [{"name": "Learning rate", "values": ["0.02", "0.1"]}]
        assert header["sweep"] is None

    def test_a_run_that_is_gone_is_said_and_left_out(self, hub: Hub) -> None:
        app = open_page("compare", runs="example,nowhere")
        header, _ = mounts(app)["compare"]
        assert [entry["run"] for entry in header["runs"]] == ["example"]
        assert any("nowhere" in line for line in lines(app))

    def test_of_more_runs_than_fit_it_is_said_how_many_and_how_to_choose(
        self, hub: Hub, copied: Callable[..., Run]
    ) -> None:
        ids = [copied(f"run{number}").id for number in range(compare.MOST + 2)]
        app = open_page("compare", runs=",".join(ids))
        header, _ = mounts(app)["compare"]
        assert [entry["run"] for entry in header["runs"]] == ids[:12]
        assert any("12 of 14 runs stand beside each other" in line for line in lines(app))
        assert any("12 of 14" in label for label in popovers(app))
        assert not any("of 12" in line for line in lines(open_page("compare", runs=",".join(ids[:12]))))

    def test_a_list_of_nonsense_is_the_example(self, hub: Hub) -> None:
        header, _ = mounts(open_page("compare", runs=",,../..,"))["compare"]
        assert [entry["run"] for entry in header["runs"]] == ["example"]


class TestWords:
    def test_what_differs_is_one_sentence(self, hub: Hub) -> None:
        run = example()
        twin = twin_of(run, {"learning_rate": 0.1, "batch_size": 32}).make()
        assert compare.sentence([run, twin]) == (
            "They differ in learning rate: 0.02 and 0.1; in batch size: 128 and 32. "
            "All else is the same, the order of images too."
        )
        other = twin_of(run, {"seed": 5}).make()
        assert compare.sentence([run, other]) == "They differ in seed: 0 and 5."

    def test_options_have_their_titles(self, hub: Hub) -> None:
        twin = twin_of(example(), {"optimizer": "adamw", "schedule": "constant"}).make()
        words = compare.sentence([example(), twin])
        assert "in optimizer: Adam and AdamW; in schedule: One cycle and Constant." in words

    def test_what_was_changed_on_the_way_is_not_passed_over(self, hub: Hub, copied: Callable[..., Run]) -> None:
        same, twin = copied("same"), twin_of(example(), {"learning_rate": 0.1}).make()
        same.add_event("changed", 3, settings={"batch_size": 32})
        later = "What was changed while they trained is marked on the curves."
        assert compare.sentence([example(), same]) == f"They began alike: the same settings, seed and data. {later}"
        assert compare.sentence([same, twin]) == f"They differ in learning rate: 0.02 and 0.1. {later}"

    def test_nothing_differs(self, hub: Hub, copied: Callable[..., Run]) -> None:
        assert compare.sentence([example(), copied("same")]).startswith("Nothing differs")

    def test_a_name_that_a_person_gave_stays(self, hub: Hub) -> None:
        one, other = (wish.make() for wish in sweep_from(example(), "learning_rate", [0.1, 0.2]))
        one.rename("My best")
        assert compare.names([one, other]) == ["My best", "learning rate 0.2"]


class TestDescent:
    """A twin of a twin, and one of that, each with another setting changed."""

    @pytest.fixture
    def line(self, hub: Hub) -> list[Run]:
        runs = [example()]
        for changes in ({"learning_rate": 0.1}, {"optimizer": "sgd"}, {"batch_size": 32}):
            runs.append(twin_of(runs[-1], changes).make())
        return runs

    def test_each_is_named_by_what_sets_it_apart_from_the_oldest(self, line: list[Run]) -> None:
        assert compare.names(line) == [
            example().label,
            "learning rate 0.1",
            "optimizer SGD, learning rate 0.1",
            "optimizer SGD, learning rate 0.1, batch size 32",
        ]
        assert compare.sentence(line) == (
            "They differ in optimizer: Adam and SGD; in learning rate: 0.02 and 0.1; in batch size: 128 and 32. "
            "All else is the same, the order of images too."
        )
        furthest = twin_of(line[-1], {"epochs": 3}).make()
        assert compare.names([*line, furthest])[-1] == furthest.id  # four settings are no name

    def test_the_table_says_of_which_each_is_a_copy(self, hub: Hub, line: list[Run]) -> None:
        header, _ = mounts(open_page("compare", run=line[2].id))["compare"]
        assert [entry["run"] for entry in header["runs"]] == [run.id for run in line]
        names = compare.names(line)
        assert header["settings"][-1] == {"name": "Copy of", "values": ["–", *names[:3]]}
        onward = copy_run(line[1], hub.folder, step=None)
        header, _ = mounts(open_page("compare", runs=f"{line[2].id},{onward.id},{line[3].id}"))["compare"]
        assert header["settings"][-1]["values"] == [line[1].id, line[1].id, header["runs"][0]["name"]]

    def test_one_that_is_gone_and_the_step_are_said(self, hub: Hub, line: list[Run]) -> None:
        gone = copy_run(example(), hub.folder)
        twin = twin_of(gone, {"seed": 1}).make()
        onward = copy_run(example(), hub.folder, step=64, onward={"weight_decay": 0.1})
        delete_run(gone.id, hub.folder)
        header, _ = mounts(open_page("compare", runs=f"{twin.id},{onward.id}"))["compare"]
        copies = [f"{gone.id}, deleted", f"{example().label}, step 64"]
        assert header["settings"][-1] == {"name": "Copy of", "values": copies}

    def test_any_of_those_on_the_page_can_be_copied(self, hub: Hub, line: list[Run]) -> None:
        app = press(open_page("compare", run=line[2].id), "twin")
        app.number_input(key="twin-learning_rate").set_value(0.3)
        rerun(app)
        app.selectbox(key="copy-of").set_value(line[3].id)
        rerun(app)
        assert app.number_input(key="twin-learning_rate").value == 0.1  # what was entered was meant for another
        app.number_input(key="twin-learning_rate").set_value(0.2)
        rerun(app)
        words = f"As {line[3].id}, with learning rate 0.2 in place of 0.1."
        assert any(words in line for line in lines(app))
        app.button(key="twin-start").click()
        app.run()
        before = [run.id for run in line]
        (made,) = (run for run in list_runs(hub.folder) if isinstance(run, Run) and run.id not in before)
        assert (made.record["parent"]["run"], made.record["group"]) == (line[3].id, "example")


class TestSweep:
    def test_accuracy_against_the_setting(self, hub: Hub) -> None:
        runs = [wish.make() for wish in sweep_from(example(), "batch_size", [64, 16, 32])]
        found = compare.swept(runs[0])
        assert found is not None
        assert (found["setting"], found["scale"]) == ("Batch size", "linear")
        assert [(point["value"], point["run"]) for point in found["points"]] == [
            (16, runs[1].id),
            (32, runs[2].id),
            (64, runs[0].id),
        ]
        assert {point["accuracy"] for point in found["points"]} == {None}

    def test_networks_stand_beside_each_other_and_dropout_by_its_share(self, hub: Hub) -> None:
        runs = [wish.make() for wish in sweep_from(example(), "network", ["lenet5", "digits_small", "alexnet_small"])]
        found = compare.swept(runs[0])
        assert found is not None
        assert (found["setting"], {point["said"] for point in found["points"]}) == ("Network", NETWORK_TITLES)
        runs = [wish.make() for wish in sweep_from(runs[2], "dropout", [0.5, 0, 0.25])]
        found = compare.swept(runs[0])
        assert found is not None
        assert found["setting"] == "Dropout"
        assert [point["run"] for point in found["points"]] == [runs[1].id, runs[2].id, runs[0].id]

    def test_twins_with_other_things_changed_are_none(self, hub: Hub) -> None:
        for changes in ({"learning_rate": 0.1}, {"batch_size": 16}):
            twin_of(example(), changes).make()
        assert compare.swept(example()) is None


class TestRoutes:
    def test_where_two_steps_agree(self, client: TestClient, copied: Callable[..., Run]) -> None:
        copied("one")
        query = {"token": token_for("example"), "runs": "example,one", "steps": "200,8", "right": "0", "wrong": "1"}
        answer = client.get("/compared/example/agreement", params=query)
        assert answer.status_code == 200, answer.text
        header, arrays = unpack(answer.content)
        confusion = example().snapshot(200).confusion
        assert confusion is not None
        assert header["total"] == confusion.sum()
        assert arrays["table"][0, 0] == confusion.trace()
        assert arrays["table"][0, 1] > len(arrays["index"]) == 24
        assert (arrays["prediction"] != arrays["label"]).all()

    def test_what_cannot_be_is_refused(self, client: TestClient) -> None:
        token = {"token": token_for("example")}
        ask = lambda **query: client.get("/compared/example/agreement", params={**token, **query})  # noqa: E731
        assert client.get("/compared/example/agreement").status_code == 403
        assert client.get("/compared/example/other", params=token).status_code == 404
        for query in (
            {},
            {"runs": "example", "steps": "1"},
            {"runs": "example,example", "steps": "1"},
            {"runs": "example,example", "steps": "1,x", "right": "0", "wrong": "1"},
            {"runs": "example,example", "steps": "1,2", "right": "0", "wrong": "2"},
            {"runs": "example,nowhere", "steps": "1,2", "right": "0", "wrong": "1"},
            {"runs": "example,example", "steps": "1,3", "right": "0", "wrong": "1"},
        ):
            assert ask(**query).status_code == 422, query

    def test_how_a_sweep_stands(self, client: TestClient, hub: Hub) -> None:
        runs = [wish.make() for wish in sweep_from(example(), "learning_rate", [0.1, 0.2, 0.3])]
        answer = client.get(f"/compared/{runs[0].id}/sweep", params={"token": token_for(runs[0].id)})
        assert [point["value"] for point in answer.json()["points"]] == [0.1, 0.2, 0.3]


def open_dialog(app: AppTest) -> AppTest:
    return press(app, "twin")


class TestDialog:
    def test_a_twin_is_named_before_it_is_started(self, hub: Hub) -> None:
        app = open_dialog(open_page("train"))
        assert any("Nothing differs" in line for line in lines(app))
        app.number_input(key="twin-learning_rate").set_value(0.1)
        rerun(app)
        assert any("As Digits, an example, with learning rate 0.1 in place of 0.02." in line for line in lines(app))
        assert not app.button(key="twin-start").disabled

    def test_both_can_begin_together(self, hub: Hub) -> None:
        app = open_dialog(open_page("train"))
        app.number_input(key="twin-learning_rate").set_value(0.1)
        rerun(app)
        app.checkbox(key="twin-together").check()
        rerun(app)
        assert "Start both" in buttons(app)
        app.button(key="twin-start").click()
        app.run()
        made = [run for run in list_runs(hub.folder) if isinstance(run, Run)]
        assert sorted(run.record["recipe"]["learning_rate"] for run in made) == [0.02, 0.1]
        assert len({run.record["group"] for run in made}) == 1

    def test_a_value_out_of_range_is_said_and_nothing_is_lost(self, hub: Hub) -> None:
        app = open_dialog(open_page("train"))
        app.number_input(key="twin-learning_rate").set_value(100.0)
        rerun(app)
        assert any("Learning rate: 100 is above 10" in line for line in lines(app))
        assert app.button(key="twin-start").disabled
        assert app.number_input(key="twin-learning_rate").value == 100

    def test_a_sweep_is_started_whole(self, hub: Hub) -> None:
        app = open_dialog(open_page("train"))
        app.segmented_control(key="twin-kind").set_value("sweep")
        rerun(app)
        app.text_input(key="sweep-learning_rate").set_value("0.001, oops")
        rerun(app)
        assert any("'oops' is no number" in line for line in lines(app))
        app.text_input(key="sweep-learning_rate").set_value("0.001, 0.01, 0.1")
        rerun(app)
        assert "Start 3 runs" in buttons(app)
        app.button(key="twin-start").click()
        app.run()
        made = [run for run in list_runs(hub.folder) if isinstance(run, Run)]
        assert sorted(run.record["recipe"]["learning_rate"] for run in made) == [0.001, 0.01, 0.1]
        assert len({run.record["group"] for run in made}) == 1
        assert {run.owner for run in made} != {MINE}
