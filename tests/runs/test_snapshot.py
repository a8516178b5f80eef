from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import RunError
from cnnviz.runs import (
    Histogram,
    Log,
    Mistake,
    Snapshot,
    example,
    read_arrays,
    read_log,
    read_snapshot,
    write_arrays,
    write_snapshot,
)


def a_log(first: int, last: int) -> Log:
    steps, measured = (np.arange(first, last + 1, every, dtype=np.int32) for every in (1, 2))
    return Log(
        train_step=steps,
        train_loss=steps.astype(np.float32) / 3,
        train_accuracy=steps.astype(np.float32) / 1000,
        validation_step=steps[-1:],
        validation_loss=np.array([np.nan], np.float32),
        validation_accuracy=np.array([0.25], np.float32),
        snapshots=steps[-1:],
        norm_step=measured,
        gradient_norm=np.outer(measured, [1, 2, 3]).astype(np.float32),
        weight_norm=np.outer(measured, [3, 2, 1]).astype(np.float32),
        layers=("norm1", "conv1", "fc1"),  # in their order, which is not that of the alphabet
    )


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert set(one) == set(other)
    for name, values in one.items():
        assert (values.dtype, values.shape) == (other[name].dtype, other[name].shape)
        np.testing.assert_array_equal(values, other[name])


@pytest.mark.parametrize("validated", [True, False])
def test_a_snapshot_comes_back_as_it_was(tmp_path: Path, validated: bool) -> None:
    written = Snapshot(
        step=120,
        weights={"conv1.weight": np.arange(18, dtype=np.float32).reshape(2, 1, 3, 3), "norm.count": np.array([3])},
        activations={"input": np.ones((1, 8, 8), np.float32), "fc1": np.array([0.5, -2], np.float32)},
        label=3,
        confusion=np.array([[5, 1], [0, 7]], np.int32) if validated else None,
        validation_loss=0.25 if validated else None,
        gradients={name: Histogram.of(np.array([1.5, -0.5, np.nan], np.float32)) for name in ("fc1", "conv1")},
        worst=(Mistake(7, 1, 0, 0.75), Mistake(2, 0, 1, float("nan"))) if validated else None,
    )
    path = tmp_path / "step-00000120.safetensors"
    write_snapshot(path, written, a_log(65, 120))
    read = read_snapshot(path)
    assert (read.step, read.label, read.validation_loss) == (120, 3, written.validation_loss)
    assert_same(read.weights, written.weights)
    assert_same(read.activations, written.activations)
    assert list(read.gradients) == ["fc1", "conv1"]
    for name, found in read.gradients.items():
        assert (found.scale, found.odd) == (1.5, 1)
        np.testing.assert_array_equal(found.counts, written.gradients[name].counts)
    assert str(read.worst) == str(written.worst)  # as texts: not a number is not equal to itself
    assert (read.confusion is None) is not validated
    if validated:
        np.testing.assert_array_equal(read.confusion, [[5, 1], [0, 7]])


def test_its_log_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "step-00000120.safetensors"
    write_snapshot(path, Snapshot(120, {}, {}, 0), a_log(65, 120))
    assert_same(read_log(path).arrays(), a_log(65, 120).arrays())
    assert read_log(path).layers == ("norm1", "conv1", "fc1")


def test_one_of_an_older_version_opens_without_what_was_not_measured_then(tmp_path: Path) -> None:
    path = tmp_path / "step-00000004.safetensors"
    arrays, header = read_arrays(example().step_path(4))
    newer = ("gradient/", "log/norm_step", "log/gradient_norm", "log/weight_norm")
    kept = {name: values for name, values in arrays.items() if not name.startswith(newer)}
    write_arrays(path, kept, {name: header[name] for name in ("step", "label", "validation_loss", "time")})
    snapshot, log = read_snapshot(path), read_log(path)
    assert (snapshot.step, snapshot.gradients, snapshot.worst) == (4, {}, None)
    assert log.train_step.tolist() == [3, 4]
    assert (log.norm_step.shape, log.gradient_norm.shape, log.layers) == ((0,), (0, 0), ())
    assert Log.of([log, a_log(5, 8)]).gradient_norm.shape == (2, 3)  # and goes on as a newer one


def test_a_live_snapshot_has_an_empty_log(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "live.safetensors", Snapshot(1, {}, {}, 0))
    assert {len(column) for column in read_log(tmp_path / "live.safetensors").arrays().values()} == {0}


def test_logs_are_joined_in_order() -> None:
    joined = a_log(1, 2).joined(Log()).joined(a_log(3, 4))
    assert joined.train_step.tolist() == [1, 2, 3, 4]
    assert joined.train_loss.tolist() == pytest.approx([1 / 3, 2 / 3, 1, 4 / 3])
    assert joined.snapshots.tolist() == [2, 4]
    assert joined.train_step.dtype == np.int32
    assert joined.norm_step.tolist() == [1, 3]
    assert joined.gradient_norm.tolist() == [[1, 2, 3], [3, 6, 9]]
    assert joined.layers == ("norm1", "conv1", "fc1")


def test_rows_that_are_known_are_left_out() -> None:
    joined = a_log(1, 4).joined(a_log(3, 6))
    assert joined.train_step.tolist() == [1, 2, 3, 4, 5, 6]
    assert joined.norm_step.tolist() == [1, 3, 5]
    assert joined.weight_norm[:, 0].tolist() == [3, 9, 15]


def test_what_comes_after_the_rows_that_somebody_has() -> None:
    log = Log.of([a_log(1, 4), a_log(5, 8)])  # snapshots at 4 and 8
    later = log.rows_after(4, 1)
    assert later.train_step.tolist() == [5, 6, 7, 8]
    assert (later.validation_step.tolist(), later.snapshots.tolist()) == ([8], [8])
    assert (later.norm_step.tolist(), later.gradient_norm.shape, later.layers) == ([5, 7], (2, 3), log.layers)
    assert_same(log.rows_after(0, 0).arrays(), log.arrays())


def test_a_file_that_is_no_snapshot_is_damaged_and_says_what_it_lacks(tmp_path: Path) -> None:
    write_arrays(tmp_path / "other.safetensors", {"log/strange": np.zeros(1, np.float32)}, {"step": 1})
    with pytest.raises(RunError, match=r"other\.safetensors of .* is damaged: it lacks 'label'"):
        read_snapshot(tmp_path / "other.safetensors")
    with pytest.raises(RunError, match=r"other\.safetensors of .* is damaged: .*strange"):
        read_log(tmp_path / "other.safetensors")
