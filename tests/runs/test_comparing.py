import json

import numpy as np
import pytest

from cnnviz.runs import Run, Snapshot, example, write_snapshot
from cnnviz.runs.comparing import Outcome, differing, differing_records, outcome, parameters_of, seconds_of
from tests.runs.conftest import MakeRun


def at(run: Run, *events: tuple[str, float]) -> Run:
    lines = [json.dumps({"event": event, "step": 0, "time": time}) for event, time in events]
    (run.path / "events.jsonl").write_text("\n".join(lines))
    return run


class TestDiffering:
    def test_only_what_is_not_the_same(self, make_run: MakeRun) -> None:
        recipes = ({"seed": 0, "learning_rate": 0.01}, {"seed": 0, "learning_rate": 1e-4}, {"seed": 0})
        runs = [make_run((), recipe=recipe, planned_steps=number) for number, recipe in enumerate(recipes)]
        assert differing(runs) == {"learning rate": ["0.01", "0.0001", "none"]}

    def test_networks_and_data_in_words(self, make_run: MakeRun) -> None:
        one = make_run(())
        two = make_run((), network={"name": "big", "layers": [{}]}, dataset="faces", classes=["a", "b"])
        assert differing([one, two]) == {
            "dataset": ["digits", "faces"],
            "classes": ["0, 1", "a, b"],
            "network": ["tiny (0 layers)", "big (1 layer)"],
        }

    def test_networks_that_would_read_the_same_are_told_apart_by_their_layers(self, make_run: MakeRun) -> None:
        def of(size: int, *more: dict[str, object]) -> Run:
            layers = [{"name": "conv1", "kind": "convolution", "kernel_size": size, "stride": 1}, *more]
            return make_run((), network={"name": "mine", "layers": layers})

        pool, norm = {"name": "pool1", "kind": "max_pooling"}, {"name": "norm1", "kind": "batch_norm"}
        assert differing([of(3, pool), of(5, pool)])["network"] == [
            "mine (2 layers): conv1 kernel size 3",
            "mine (2 layers): conv1 kernel size 5",
        ]
        assert differing([of(3, pool), of(3, norm)])["network"] == [
            "mine (2 layers): pool1 kind max_pooling",
            "mine (2 layers): norm1 kind batch_norm",
        ]
        assert differing_records([of(3).record, of(5).record, {}])["network"] == [*["mine (1 layer)"] * 2, "none"]
        assert differing([of(3), of(3, norm)])["network"] == ["mine (1 layer)", "mine (2 layers)"]

    def test_names_owners_and_times_say_nothing(self, make_run: MakeRun) -> None:
        assert differing([make_run((), owner="a"), make_run((), owner="b", group="g", parent={"run": "x"})]) == {}
        assert differing([]) == {}


class TestOutcome:
    def test_best_last_and_steps(self, make_run: MakeRun) -> None:
        came = outcome(make_run((0, 1, 4)))  # whose accuracy is an eighth of the step
        assert (came.best, came.best_step, came.final, came.steps, came.parameters) == (0.5, 4, 0.5, 4, 6)
        nothing = outcome(make_run(()))
        assert nothing == Outcome(best=None, best_step=None, final=None, steps=0, seconds=None, parameters=None)

    def test_the_first_of_equal_bests(self) -> None:
        log = example().log()
        came = outcome(example())
        assert came.best == log.validation_accuracy.max()
        assert came.best_step == log.validation_step[log.validation_accuracy == came.best][0]
        assert came.parameters == 9_930  # 16*9+16 + 32*16*9+32 + 512*10+10

    def test_what_no_gradient_changes_is_no_parameter(self, make_run: MakeRun) -> None:
        run = make_run(())
        names = ("bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked")
        weights = {name: np.zeros(3 if "num" not in name else (), np.float32) for name in names}
        write_snapshot(run.step_path(0), Snapshot(0, weights, {}, 1))
        assert parameters_of(run) == 6


@pytest.mark.parametrize(
    ("events", "seconds"),
    [
        ((), None),
        ((("created", 1.0),), None),
        ((("created", 1.0), ("started", 10.0), ("finished", 15.5)), 5.5),
        ((("started", 10.0), ("paused", 12.0), ("resumed", 100.0), ("stopped", 101.0)), 3.0),
        ((("started", 10.0), ("resumed", 11.0), ("finished", 13.0)), 3.0),
        ((("started", 10.0), ("paused", 12.0), ("stopped", 90.0)), 2.0),
    ],
)
def test_time_is_that_of_training(make_run: MakeRun, events: tuple[tuple[str, float], ...], seconds: float) -> None:
    assert seconds_of(at(make_run(()), *events)) == seconds


def test_one_that_was_interrupted_counts_to_its_last_saved_step(make_run: MakeRun) -> None:
    run = at(make_run(()), ("started", 1_000.0))
    write_snapshot(run.step_path(7), Snapshot(7, {}, {}, 1, time=1_012.0))
    assert seconds_of(run) == 12.0
