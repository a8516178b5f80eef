from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import RunError
from cnnviz.runs import Log, Snapshot, read_log, read_snapshot, write_arrays, write_snapshot


def a_log(first: int, last: int) -> Log:
    steps = np.arange(first, last + 1, dtype=np.int32)
    return Log(
        train_step=steps,
        train_loss=steps.astype(np.float32) / 3,
        train_accuracy=steps.astype(np.float32) / 1000,
        validation_step=steps[-1:],
        validation_loss=np.array([np.nan], np.float32),
        validation_accuracy=np.array([0.25], np.float32),
        snapshots=steps[-1:],
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
    )
    path = tmp_path / "step-00000120.safetensors"
    write_snapshot(path, written, a_log(65, 120))
    read = read_snapshot(path)
    assert (read.step, read.label, read.validation_loss) == (120, 3, written.validation_loss)
    assert_same(read.weights, written.weights)
    assert_same(read.activations, written.activations)
    assert (read.confusion is None) is not validated
    if validated:
        np.testing.assert_array_equal(read.confusion, [[5, 1], [0, 7]])


def test_its_log_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "step-00000120.safetensors"
    write_snapshot(path, Snapshot(120, {}, {}, 0), a_log(65, 120))
    assert_same(read_log(path).arrays(), a_log(65, 120).arrays())


def test_a_live_snapshot_has_an_empty_log(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "live.safetensors", Snapshot(1, {}, {}, 0))
    assert {len(column) for column in read_log(tmp_path / "live.safetensors").arrays().values()} == {0}


def test_logs_are_joined_in_order() -> None:
    joined = a_log(1, 2).joined(Log()).joined(a_log(3, 4))
    assert joined.train_step.tolist() == [1, 2, 3, 4]
    assert joined.train_loss.tolist() == pytest.approx([1 / 3, 2 / 3, 1, 4 / 3])
    assert joined.snapshots.tolist() == [2, 4]
    assert joined.train_step.dtype == np.int32


def test_a_file_that_is_no_snapshot_is_damaged_and_says_what_it_lacks(tmp_path: Path) -> None:
    write_arrays(tmp_path / "other.safetensors", {"log/strange": np.zeros(1, np.float32)}, {"step": 1})
    with pytest.raises(RunError, match=r"other\.safetensors of .* is damaged: it lacks 'label'"):
        read_snapshot(tmp_path / "other.safetensors")
    with pytest.raises(RunError, match=r"other\.safetensors of .* is damaged: .*strange"):
        read_log(tmp_path / "other.safetensors")
