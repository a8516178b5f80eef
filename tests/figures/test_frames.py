import math
import warnings
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from cnnviz.figures.frames import curves, extremes, pack, precision_and_recall, quantized, unpack
from cnnviz.runs import Log
from tests.figures.reader import read

quick = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
LARGEST = float(np.finfo(np.float32).max)


array_values = st.sampled_from([np.float32, np.int32, np.uint8, np.int8]).flatmap(
    lambda kind: stn.arrays(kind, stn.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5))
)


# pack and unpack


@quick
@given(st.dictionaries(st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__"), array_values))
def test_any_arrays_arrive_bit_by_bit(arrays):
    for read_back in (read, unpack):
        header, found = read_back(pack("test", {"step": 3}, arrays))
        assert header == {"kind": "test", "step": 3}
        assert set(found) == set(arrays)
        for name, values in arrays.items():
            assert found[name].dtype == values.dtype
            assert found[name].shape == values.shape
            assert found[name].tobytes() == values.tobytes()  # not a number is not equal to itself


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def as_null(value: Any) -> Any:
    """The value with null in the place of every number that JSON does not know."""
    if isinstance(value, dict):
        return {key: as_null(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_null(item) for item in value]
    return None if isinstance(value, float) and (math.isnan(value) or math.isinf(value)) else value


@quick
@given(st.dictionaries(st.text(max_size=5).filter(lambda key: key != "kind"), json_values, max_size=4))
def test_any_header_arrives_with_null_for_what_is_no_number(header):
    assert read(pack("test", header))[0] == {"kind": "test", **as_null(header)}
    assert unpack(pack("test", header))[0] == {"kind": "test", **as_null(header)}


def test_not_a_number_and_infinity_are_null_in_the_header_however_deep_and_stay_in_arrays():
    odd = {"loss": math.nan, "layers": [{"scale": math.inf}, (1.0, -math.inf)]}
    header, arrays = read(pack("test", odd, {"values": np.array([math.nan, math.inf, -math.inf], np.float32)}))
    assert header == {"kind": "test", "loss": None, "layers": [{"scale": None}, [1.0, None]]}
    assert np.isnan(arrays["values"][0])
    assert arrays["values"][1:].tolist() == [math.inf, -math.inf]


def test_an_array_seen_from_another_side_arrives_as_it_is_seen():
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    sides = {"turned": values.transpose(2, 0, 1), "every other": values[:, ::2], "backwards": values[::-1]}
    _, arrays = read(pack("test", {}, sides))
    for name, side in sides.items():
        assert (arrays[name] == side).all()


def test_a_message_without_arrays_is_a_message():
    assert read(pack("problem", {"text": "Schritt 3 fehlt – leider."})) == (
        {"kind": "problem", "text": "Schritt 3 fehlt – leider."},
        {},
    )


@pytest.mark.parametrize("reset", [True, False])
def test_curves_hold_every_column_of_the_log(reset):
    log = Log(
        train_step=np.array([1, 2, 3], np.int32),
        train_loss=np.array([2.5, math.nan, 1.5], np.float32),
        train_accuracy=np.array([0.1, 0.2, 0.3], np.float32),
        validation_step=np.array([0, 2], np.int32),
        validation_loss=np.array([2.4, 1.4], np.float32),
        validation_accuracy=np.array([0.1, 0.4], np.float32),
        snapshots=np.array([0, 1, 2], np.int32),
        norm_step=np.array([1, 3], np.int32),
        gradient_norm=np.array([[0.5, math.inf], [1, 2]], np.float32),
        weight_norm=np.array([[1, 2], [3, 4]], np.float32),
        layers=("norm1", "conv1"),
    )
    header, arrays = read(curves(log, reset=reset))
    assert header == {"kind": "curves", "reset": reset, "layers": ["norm1", "conv1"]}
    assert len(arrays) == 10
    for name, column in arrays.items():
        np.testing.assert_array_equal(column, getattr(log, name), err_msg=name)


# eight bits a value

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


@quick
@given(stn.arrays(np.float32, stn.array_shapes(max_dims=3), elements=finite))
def test_a_value_is_at_most_half_a_level_off(values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing overflows on the way
        levels, scale = quantized(values)
    assert levels.dtype == np.int8
    assert scale == max(abs(float(value)) for value in values.flat)
    for level, value in zip(levels.flat, values.flat, strict=True):
        assert -127 <= int(level) <= 127
        assert abs(int(level) / 127 * scale - float(value)) <= scale / 254 * (1 + 1e-5) + 1e-44


@quick
@given(stn.arrays(np.float32, (7,), elements=finite))
def test_both_signs_are_treated_alike(values):
    levels, scale = quantized(values)
    turned, same = quantized(-values)
    assert same == scale
    assert (turned == -levels).all()


def test_levels_by_pen_and_paper():
    levels, scale = quantized(np.array([[-2.0, 2.0, 0.0], [1.0, 0.5, -0.004]], np.float32))
    assert scale == 2
    assert levels.tolist() == [[-127, 127, 0], [64, 32, 0]]


@pytest.mark.parametrize("smallest", [1e-45, 1e-40, 1e-37, 1e-30])
def test_the_smallest_values_keep_their_levels(smallest):
    levels, scale = quantized(np.array([smallest, -smallest, 0], np.float32))
    assert levels.tolist() == [127, -127, 0]
    assert scale == float(np.float32(smallest))


def test_a_map_of_zeros_has_scale_0():
    levels, scale = quantized(np.zeros((2, 3), np.float32))
    assert (levels.tolist(), scale) == ([[0, 0, 0], [0, 0, 0]], 0)
    assert quantized(np.zeros((0,), np.float32))[1] == 0


def test_what_is_not_a_number_has_a_byte_of_its_own_and_the_rest_keeps_its_scale():
    levels, scale = quantized(np.array([math.nan, math.inf, -math.inf, 3.0, -1.5], np.float32))
    assert scale == 3
    assert levels.tolist() == [-128, 127, -127, 127, -64]
    nothing, scale = quantized(np.full(3, math.nan, np.float32))
    assert (nothing.tolist(), scale) == ([-128, -128, -128], 0)


def test_the_largest_values_do_not_overflow():
    levels, scale = quantized(np.array([LARGEST, -LARGEST, LARGEST / 2], np.float32))
    assert levels.tolist() == [127, -127, 64]
    assert scale == LARGEST


# precision and recall


@quick
@given(stn.arrays(np.int32, st.integers(2, 6).map(lambda k: (k, k)), elements=st.integers(0, 4)))
def test_precision_and_recall_are_those_of_scikit_learn(confusion):
    count = len(confusion)
    labels = [i for i in range(count) for j in range(count) for _ in range(confusion[i, j])]
    predictions = [j for i in range(count) for j in range(count) for _ in range(confusion[i, j])]
    ours = precision_and_recall(confusion)
    for found, score in zip(ours, (sklearn.metrics.precision_score, sklearn.metrics.recall_score), strict=True):
        assert found.dtype == np.float32
        if labels:
            theirs = score(labels, predictions, labels=range(count), average=None, zero_division=np.nan)
            np.testing.assert_allclose(found, theirs, rtol=1e-6)
        else:
            assert np.isnan(found).all()


def test_a_class_never_predicted_or_without_images_has_no_figure():
    precision, recall = precision_and_recall(np.array([[3, 0, 0], [1, 0, 0], [0, 0, 0]], np.int32))
    np.testing.assert_array_equal(precision, np.array([0.75, np.nan, np.nan], np.float32))
    np.testing.assert_array_equal(recall, np.array([1, 0, np.nan], np.float32))


def test_the_extremes_of_a_map_pass_over_what_is_not_finite():
    odd = np.array([[1.5, math.nan, -math.inf], [math.nan] * 3, [math.inf, -2.0, -3.0]], np.float32)
    assert extremes(odd).tolist() == [[1.5, 1.5], [0, 0], [-3, -2]]
    assert extremes(odd.reshape(3, 3, 1)).dtype == np.float32
    assert extremes(np.array([4, -1], np.float32)).tolist() == [[4, 4], [-1, -1]]
