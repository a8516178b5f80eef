"""Fashion-MNIST: clothes in 28x28 grey pixels."""

from cnnviz.datasets.idx import IdxSet, idx_files


class FashionMnist(IdxSet):
    """60,000 pictures of clothes, shoes and bags to train and validate, 10,000 to test."""

    name = "fashion_mnist"
    title = "Fashion-MNIST"
    classes = (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    )
    shape = (1, 28, 28)
    source = "H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST (2017)"
    licence = "MIT"
    loader = "FashionMNIST"
    files = idx_files("FashionMNIST")
    megabytes = 31
