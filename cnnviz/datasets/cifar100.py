"""CIFAR-100: photographs of a hundred kinds of things in 32x32 pixels, in colour."""

from cnnviz.datasets.cifar10 import Cifar

_CLASSES = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
willow_tree wolf woman worm
"""


class Cifar100(Cifar):
    """50,000 photographs to train and validate, 10,000 to test: 500 and 100 of each class."""

    name = "cifar100"
    title = "CIFAR-100"
    classes = tuple(name.replace("_", " ") for name in _CLASSES.split())
    loader = "CIFAR100"
    archive = "cifar-100-python.tar.gz"
    files = tuple(f"cifar-100-python/{name}" for name in ("train", "test", "meta"))
    megabytes = 170
