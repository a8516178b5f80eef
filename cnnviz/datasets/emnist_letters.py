"""EMNIST's letters: handwritten letters of 28x28 grey pixels."""

from cnnviz.datasets.idx import IdxSet, idx_files

_PREFIXES = ("emnist-letters-train", "emnist-letters-test")


class EmnistLetters(IdxSet):
    """124,800 letters to train and validate, 20,800 to test; capital and small ones are one class.

    One archive holds this and other sets, which is why so much is fetched; only the letters are kept.
    """

    name = "emnist_letters"
    title = "EMNIST letters"
    classes = tuple("abcdefghijklmnopqrstuvwxyz")
    shape = (1, 28, 28)
    source = (
        "G. Cohen, S. Afshar, J. Tapson and A. van Schaik, EMNIST: an Extension of MNIST to Handwritten Letters (2017)"
    )
    licence = "None stated; made from NIST's Special Database 19"
    loader = "EMNIST"
    asked = ({"split": "letters", "train": True}, {"split": "letters", "train": False})
    files = idx_files("EMNIST", _PREFIXES)
    megabytes = 562
    prefixes = _PREFIXES
    first_label = 1
    is_turned = True
