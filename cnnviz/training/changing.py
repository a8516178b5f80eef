"""In what runs made to be compared can differ: every setting of a record, the network, and the dropout in it."""

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import Preparation
from cnnviz.errors import SettingError, choose_from
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.plan import changeable as changeable_on_the_way
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.settings import Setting, Settings, Value

NETWORK, DROPOUT = "network", "dropout"
PARTS: dict[str, type[Settings]] = {
    "recipe": Recipe,
    "augmentation": Augmentation,
    "preparation": Preparation,
}


def changeable() -> dict[str, Setting]:
    """The settings in which siblings can differ, by name, with what each declares."""
    titles: dict[Value, str] = {name: preset.title for name, preset in NETWORKS.items()}
    preset = Setting("Network", "The layers, made for the images of the run.", options=tuple(NETWORKS), names=titles)
    own = {NETWORK: preset, DROPOUT: changeable_on_the_way()[DROPOUT]}
    return {name: declared for held in PARTS.values() for name, declared in held.declared().items()} | own


def is_whole(name: str) -> bool:
    """Whether a setting is a whole number.

    Raises:
        SettingError: If there is no such setting.
    """
    if name not in changeable():
        raise SettingError(name, choose_from(name, "A setting,", list(changeable())))
    return changeable()[name].is_whole


def of_use(run: Run) -> list[str]:
    """The settings among them that have a use in a run.

    Raises:
        CnnvizError: If its record holds what cannot be.
    """
    recipe = Recipe.from_record(run.record["recipe"])
    own = [name for name in changeable() if name not in recipe.declared() or recipe.belongs(name)]
    drops = NetworkSpec.from_record(run.record[NETWORK]).dropped is not None
    return [name for name in own if drops or name != DROPOUT]


def value_of(run: Run, name: str) -> Value:
    """What a setting is in a run; a network is its name, and drops nothing where it has no dropout layer.

    Raises:
        SettingError: If there is no such setting.
    """
    if name == NETWORK:
        return str(run.record[NETWORK]["name"])
    if name == DROPOUT:
        return NetworkSpec.from_record(run.record[NETWORK]).dropped or 0.0
    for part, held in PARTS.items():
        if name in held.declared():
            found: Value = getattr(held.from_record(run.record.get(part) or {}), name)
            return found
    raise SettingError(name, choose_from(name, "A setting,", list(changeable())))
