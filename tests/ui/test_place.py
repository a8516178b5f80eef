from pathlib import Path

import pytest

from cnnviz.training.messages import Queue
from cnnviz.ui.place import Place, ordinal, soon

RUNS = [Path(name) for name in "abcde"]


def test_ordinals() -> None:
    expected = "1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 101st 111th"
    assert " ".join(ordinal(number) for number in (1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111)) == expected


def test_a_place_says_which_of_how_many_and_when() -> None:
    queue = Queue(RUNS, (0.0, 12.0, 41.0, None, None))
    assert [Place.of(queue, index).words for index in range(4)] == [
        "1st of 5, starts at any moment",
        "2nd of 5, starts in about 10 s",
        "3rd of 5, starts in about 40 s",
        "4th of 5",
    ]
    assert Place.of(Queue(RUNS), 0).words == "1st of 5"
    assert Place.of(Queue(RUNS, (), "Nobody is there."), 1).words == "2nd of 5. Nobody is there."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (58, "in about 60 s"),
        (61, "in about 1 min"),
        (200, "in about 3 min"),
        (5_399, "in about 90 min"),
        (9_000, "in about 2 h"),
    ],
)
def test_a_time_is_said_as_finely_as_it_is_known(seconds: float, words: str) -> None:
    assert soon(seconds) == words
