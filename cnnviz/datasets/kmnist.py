"""KMNIST: ten characters of cursive Japanese in 28x28 grey pixels."""

from cnnviz.datasets.idx import IdxSet, idx_files


class Kmnist(IdxSet):
    """60,000 characters to train and validate, 10,000 to test; a class is a syllable, however it is written."""

    name = "kmnist"
    title = "Kuzushiji-MNIST"
    classes = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    shape = (1, 28, 28)
    source = (
        "T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto and D. Ha, Deep Learning for Classical "
        "Japanese Literature (2018); KMNIST Dataset (created by CODH), adapted from Kuzushiji Dataset (NIJL and others)"
    )
    licence = "CC BY-SA 4.0"
    loader = "KMNIST"
    files = idx_files("KMNIST")
    megabytes = 21
