import importlib.util

import numpy as np
import pytest
import skimage.data

from cnnviz.datasets import faces
from cnnviz.errors import DatasetError


def test_the_faces_are_those_of_scikit_image():
    images, given_test = faces.Faces().read()
    theirs = skimage.data.lfw_subset()
    assert given_test is None
    assert (images.images[:, 0] == theirs.astype(np.float32)).all()
    # "100 first images are faces and subsequent 100 are non-faces", as its documentation says.
    named = [faces.Faces.classes[label] for label in images.labels]
    assert named == ["face"] * 100 + ["no face"] * 100


def test_without_scikit_images_files_a_sentence_says_what_would_do(monkeypatch):
    faces._read.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DatasetError, match="pip install scikit-image"):
        faces.Faces().read()
    monkeypatch.undo()
    assert len(faces.Faces().read()[0]) == 200
