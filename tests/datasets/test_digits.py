import importlib.util

import numpy as np
import pytest
import sklearn.datasets

from cnnviz.datasets import digits
from cnnviz.errors import DatasetError


def test_the_digits_are_those_of_scikit_learn():
    images, given_test = digits.Digits().read()
    theirs = sklearn.datasets.load_digits()
    assert given_test is None
    assert (images.images[:, 0] == (theirs.images / 16).astype(np.float32)).all()
    assert (images.labels == theirs.target).all()
    assert [int(name) for name in digits.Digits.classes] == theirs.target_names.tolist()


def test_without_scikit_learns_files_a_sentence_says_what_would_do(monkeypatch):
    digits._read.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DatasetError, match="pip install scikit-learn"):
        digits.Digits().read()
    monkeypatch.undo()
    assert len(digits.Digits().read()[0]) == 1797
