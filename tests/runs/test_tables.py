import csv
import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import RunError
from cnnviz.runs import Log, Snapshot, example, write_snapshot
from cnnviz.runs.tables import write_csv, write_weights
from tests.runs.conftest import MakeRun


def test_the_table_is_tidy_and_has_every_number(make_run: MakeRun) -> None:
    run = make_run((0, 1, 2))
    norms = Log(
        norm_step=np.array([3], np.int32),
        gradient_norm=np.array([[0.5, 2.0]], np.float32),
        weight_norm=np.array([[1.0, 3.0]], np.float32),
        layers=("conv1", "fc1"),
    )
    write_snapshot(run.step_path(4), Snapshot(4, {}, {}, 1), norms)
    text = io.StringIO()
    write_csv(run, text)
    assert text.getvalue().splitlines() == [
        "step,part,measure,layer,value",
        "0,validation,loss,,0.0",
        "0,validation,accuracy,,0.0",
        "1,train,loss,,0.10000000149011612",  # the float32 that is nearest to 0.1
        "1,train,accuracy,,0.5",
        "1,validation,loss,,0.25",
        "1,validation,accuracy,,0.125",
        "2,train,loss,,0.20000000298023224",
        "2,train,accuracy,,0.5",
        "2,validation,loss,,0.5",
        "2,validation,accuracy,,0.25",
        "3,train,gradient norm,conv1,0.5",
        "3,train,gradient norm,fc1,2.0",
        "3,train,weight norm,conv1,1.0",
        "3,train,weight norm,fc1,3.0",
    ]


def test_numbers_come_back_as_they_were() -> None:
    text = io.StringIO()
    write_csv(example(), text)
    rows = list(csv.DictReader(io.StringIO(text.getvalue())))
    losses = [float(row["value"]) for row in rows if (row["part"], row["measure"]) == ("train", "loss")]
    np.testing.assert_array_equal(np.array(losses, np.float32), example().log().train_loss)


def test_weights_are_a_safetensors_file_by_torchs_names(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    write_weights(example(), 64, path)
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    assert header.pop("__metadata__").items() >= {"run": "example", "step": "64"}.items()
    weights = example().snapshot(64).weights
    assert set(header) == set(weights)
    for name, about in header.items():
        begin, end = about["data_offsets"]
        values = np.frombuffer(content[8 + length + begin : 8 + length + end], np.float32).reshape(about["shape"])
        np.testing.assert_array_equal(values, weights[name])


def test_a_step_that_is_not_saved_and_a_place_that_takes_no_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="Step 3 of example is not saved"):
        write_weights(example(), 3, tmp_path / "a")
    with pytest.raises(RunError, match="cannot be written"):
        write_weights(example(), 64, tmp_path / "none" / "a")
    assert list(tmp_path.glob("*.safetensors")) == []
