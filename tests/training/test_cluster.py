"""The same runs on a Ray cluster of nodes on this machine."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnviz.recipe import Recipe
from cnnviz.runs import Run, Status
from cnnviz.training.control import CallControl, Report
from cnnviz.training.executors.ray import ADDRESS
from cnnviz.training.messages import Gone, Heard, Queue
from cnnviz.training.session import Session
from cnnviz.training.start import new_run
from tests.datasets.idx import write_mnist
from tests.training.beside import Beside, assert_gone, until
from tests.training.tiny import assert_same_weights, tiny_run

pytest.importorskip("ray", reason="an extra: pip install 'cnnviz[ray]'")
pytestmark = pytest.mark.slow
HOST = (sys.executable, "-m", "cnnviz.training.host")
NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head that trains nothing, for nodes to come and go."""
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={**NODE, "num_cpus": 0, "include_dashboard": False})
    yield nodes
    nodes.shutdown()


@pytest.fixture
def node(cluster: Any) -> Iterator[Any]:
    """A node with one core."""
    one = cluster.add_node(**NODE)
    yield one
    for left in list(cluster.worker_nodes):
        cluster.remove_node(left)


@pytest.fixture
def beside(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    """A host that has its runs trained on the cluster."""
    monkeypatch.setenv(ADDRESS, cluster.address)
    one = Beside(HOST)
    one.client.start()
    yield one
    left = [one.host, *one.host.children()]
    one.client.close()
    assert_gone(left)


def unbroken(recipe: Recipe) -> Run:
    run = new_run("digits", "digits_small", recipe)
    Session(run, CallControl(lambda _report: None)).train()
    return run


def reports(beside: Beside, run: Run, since: int = 0) -> list[Report]:
    return [said.report for _, said in beside.heard[since:] if isinstance(said, Heard) and said.run == run.path]


def test_a_run_is_trained_on_a_node_and_its_files_come_back(node: Any, beside: Beside) -> None:
    expected, run = unbroken(Recipe(epochs=2)), new_run("digits", "digits_small", Recipe(epochs=2))
    beside.finish(run)
    assert (run.status().state, run.steps()) == ("finished", expected.steps())
    assert_same_weights(run, expected, 40)
    assert run.log().train_loss.tolist() == expected.log().train_loss.tolist()
    assert [event["event"] for event in run.events()] == ["created", "started", "finished"]
    assert not run.is_locked()
    assert not run.live_path.exists()


def test_a_node_need_not_have_the_files_of_a_data_set(
    node: Any, cluster: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_mnist(tmp_path)
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path))  # the node runs already, and hears nothing of it
    monkeypatch.setenv(ADDRESS, cluster.address)
    run, beside = new_run("mnist", "digits_small", Recipe(epochs=1)), Beside(HOST)
    beside.client.start()
    try:
        beside.finish(run)
    finally:
        beside.client.close()
    assert run.status() == Status("finished", run.planned_steps)


def test_it_is_steered_as_if_it_were_here(node: Any, beside: Beside) -> None:
    run, other = tiny_run(epochs=40), tiny_run()
    beside.client.train(run.path, 5)
    beside.wait(lambda said: isinstance(said, Heard) and said.report.step >= 2, "two steps")
    assert run.is_locked()
    beside.client.train(other.path)
    beside.wait_for_queue(other)  # one core, one run
    beside.steer(run, "watch", 1)
    beside.wait(lambda said: isinstance(said, Heard) and said.report.live, "a live step")
    assert run.live_path.exists()
    _, since = beside.steer(run, "pause")
    _, paused = beside.wait_for_state(run, "paused", since)
    beside.step(run, paused.step)
    beside.stop(run)
    assert (run.status().state, run.status().step) == ("stopped", paused.step + 1)
    beside.wait_until_gone(other)
    assert other.status().state == "finished"


def test_a_lost_node_costs_the_steps_since_the_last_snapshot_and_no_number(
    node: Any, beside: Beside, cluster: Any
) -> None:
    recipe = Recipe(epochs=4)
    expected, run = unbroken(recipe), new_run("digits", "digits_small", recipe)
    beside.client.train(run.path, 20)
    beside.wait(lambda said: isinstance(said, Heard) and said.report.step >= 10, "ten steps")
    since = len(beside.heard)
    cluster.remove_node(node, allow_graceful=False)
    _, waiting = beside.wait_for_state(run, "waiting", since)
    assert waiting.reason == f"The node that trained it was lost; another one goes on at step {waiting.step}."
    assert waiting.step >= 9
    assert run.is_locked()
    since = len(beside.heard)  # the lost one may have spoken until it died
    cluster.add_node(**NODE)
    _, again = beside.wait_for_state(run, "training", since)
    assert (again.step, again.pace) == (run.events()[-1]["step"], 20)
    beside.steer(run, "pace", 0)
    beside.wait_until_gone(run, since)
    assert (run.status().state, run.steps()) == ("finished", expected.steps())
    assert_same_weights(run, expected, 80)
    for name, column in expected.log().arrays().items():
        assert column.tolist() == getattr(run.log(), name).tolist(), name


def test_who_waits_for_a_node_may_give_up(cluster: Any, beside: Beside) -> None:
    run = tiny_run()
    beside.client.train(run.path)
    beside.wait(lambda said: isinstance(said, Queue) and said.note is not None, "why it waits")
    beside.wait_for_queue(run)
    _, since = beside.steer(run, "stop")
    beside.wait_until_gone(run, since)
    assert run.status().state == "stopped"


def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS, "127.0.0.1:9")
    beside, run = Beside(HOST), tiny_run()
    beside.client.start()
    try:
        beside.client.train(run.path)
        said = lambda said: isinstance(said, Queue) and "does not answer" in str(said.note)  # noqa: E731
        _, queue = beside.wait(said, "why it waits")
        assert isinstance(queue, Queue)
        assert "The Ray cluster at 127.0.0.1:9 does not answer: " in str(queue.note)
        assert list(queue.runs) == [run.path]
    finally:
        beside.client.close()


def test_a_lost_line_to_the_cluster_leaves_runs_that_can_go_on(node: Any, beside: Beside) -> None:
    run = tiny_run(epochs=40)
    beside.client.train(run.path, 5)
    beside.wait(lambda said: isinstance(said, Heard) and said.report.step >= 2, "two steps")
    since = len(beside.heard)
    beside.worker(run).kill()
    _, gone = beside.wait(lambda said: isinstance(said, Gone), "the end", since)
    assert isinstance(gone, Gone)
    assert str(gone.reason).startswith("The line to the Ray cluster at ")
    assert run.status().state == "interrupted"
    beside.client.train(run.path, 0)
    beside.wait_for_state(run, "finished", since)
    until(lambda: not run.is_locked(), "it is let go")
    assert run.status().state == "finished"
