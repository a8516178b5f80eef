"""MNIST: handwritten digits of 28x28 pixels."""

from cnnviz.datasets.idx import IdxSet, idx_files


class Mnist(IdxSet):
    """60,000 digits to train and validate, 10,000 to test."""

    name = "mnist"
    title = "MNIST"
    classes = tuple("0123456789")
    shape = (1, 28, 28)
    source = "Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST Database of Handwritten Digits (1998)"
    licence = "CC BY-SA 3.0"
    loader = "MNIST"
    files = idx_files("MNIST")
    megabytes = 12
