import warnings
from itertools import pairwise

import pytest
import torch

from cnnviz.errors import SettingError
from cnnviz.losses import LOSSES
from cnnviz.optimizers import OPTIMIZERS
from cnnviz.recipe import Recipe, snapshot_steps
from cnnviz.schedules import SCHEDULES
from cnnviz.training.start import new_run

POWERS = [1, 2, 4, 8, 16, 32, 64]


def rates_of_torch(top: float, steps: int) -> list[float]:
    """What torch's scheduler gives each of `steps` steps."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=top)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, top, total_steps=steps, cycle_momentum=False)
    rates = [optimizer.param_groups[0]["lr"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains that no optimizer step was taken
        for _ in range(steps - 1):
            schedule.step()
            rates.append(optimizer.param_groups[0]["lr"])
    return rates


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 6, 7, 10, 13, 33, 100, 197, 2814])
def test_one_cycle_is_the_schedule_of_torch(steps):
    recipe = Recipe(schedule="one_cycle", learning_rate=0.3)
    ours = [recipe.learning_rate_at(step, steps) for step in range(steps)]
    assert ours == pytest.approx(rates_of_torch(0.3, steps), rel=1e-9)


def test_one_cycle_starts_low_reaches_its_top_and_ends_at_almost_nothing():
    recipe = Recipe(schedule="one_cycle", learning_rate=0.1)
    rates = [recipe.learning_rate_at(step, 200) for step in range(200)]
    assert rates[0] == pytest.approx(0.004)
    assert max(rates) == rates[59] == pytest.approx(0.1)
    assert rates[-1] == pytest.approx(4e-7)
    assert rates[:60] == sorted(rates[:60])
    assert rates[59:] == sorted(rates[59:], reverse=True)


@pytest.mark.parametrize("steps", [1, 2, 500])
def test_a_constant_rate_stays(steps):
    recipe = Recipe(schedule="constant", learning_rate=0.02)
    assert {recipe.learning_rate_at(step, steps) for step in range(steps)} == {0.02}


@pytest.mark.parametrize("batch", [2, 3, 7, 64])
@pytest.mark.parametrize("images", [*range(2, 20), 63, 64, 65, 66, 128, 129, 130, 1258])
def test_an_epoch_has_a_step_for_every_batch_but_a_last_one_of_a_single_image(images, batch):
    sizes = [min(batch, images - start) for start in range(0, images, batch)]
    assert Recipe(batch_size=batch).steps_per_epoch(images) == sum(size > 1 for size in sizes)


def test_an_epoch_has_a_step_even_for_one_image():
    assert Recipe(batch_size=2).steps_per_epoch(1) == 1


def test_a_recipe_out_of_range_is_refused_with_the_field():
    wrong = {"optimizer": "magic", "learning_rate": 0, "batch_size": 1, "epochs": 0, "seed": -1, "loss": "none"}
    wrong |= {"l1": -1, "clip_norm": -1, "weight_decay": 2, "warm_up": -1, "early_stopping": -1, "precision": "int8"}
    for field, value in wrong.items():
        with pytest.raises(SettingError) as caught:
            Recipe(**{field: value})
        assert caught.value.field == field


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        (
            {"momentum": 0.8},
            "momentum",
            "Momentum: 0.8 has no use with the optimizer adam; leave it at 0.9, or choose momentum or nesterov.",
        ),
        (
            {"loss": "hinge", "label_smoothing": 0.1},
            "label_smoothing",
            "Label smoothing: 0.1 has no use with the loss hinge; leave it at 0.0, or choose cross_entropy.",
        ),
        (
            {"schedule": "cosine", "factor": 0.1},
            "factor",
            "Factor: 0.1 has no use with the schedule cosine; leave it at 0.5, or choose step or plateau.",
        ),
        (
            {"optimizer": "nesterov", "momentum": 0},
            "momentum",
            "Momentum: Nesterov's way needs one above 0; use 0.9, or the optimizer sgd.",
        ),
    ],
)
def test_values_that_contradict_each_other_get_one_sentence(given, field, sentence):
    with pytest.raises(SettingError) as caught:
        Recipe(**given)
    assert (caught.value.field, str(caught.value)) == (field, sentence)


def test_what_a_change_leaves_without_use_goes_back_to_its_default():
    recipe = Recipe(optimizer="momentum", momentum=0.8, weight_decay=0.1)
    assert recipe.changed(optimizer="adam") == Recipe(optimizer="adam", weight_decay=0.1)
    assert recipe.changed(optimizer="nesterov").momentum == 0.8
    with pytest.raises(SettingError, match="has no use"):
        recipe.changed(optimizer="adam", momentum=0.7)
    with pytest.raises(SettingError, match="'colour' is no setting here"):
        recipe.changed(colour="red")


def test_every_setting_that_belongs_to_a_member_says_so():
    for field, family in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("loss", LOSSES)):
        for name, member in family.items():
            chosen = Recipe(**{field: name})
            assert chosen.own(member).keys() == set(member.settings)
            assert all(chosen.belongs(setting) for setting in member.settings)


def test_a_warm_up_as_long_as_the_training_is_refused():
    recipe = Recipe(batch_size=512, epochs=2, warm_up=6)
    with pytest.raises(SettingError) as caught:
        new_run("digits", "digits_small", recipe)  # 1,258 images
    assert str(caught.value) == "Warm-up: the training has 6 steps, no more than the 6; use fewer."
    assert new_run("digits", "digits_small", recipe.changed(warm_up=5)).planned_steps == 6


# snapshots

FEW_AND_MANY = [*range(1, 3001), 9_999, 10_000, 23_450, 99_999, 1_000_000, 1_406_250, 20_000_000]


def test_the_first_steps_the_powers_of_two_and_the_last_step_are_saved_whatever_the_length():
    for steps in FEW_AND_MANY:
        saved = snapshot_steps(steps)
        assert {0, *(power for power in POWERS if power <= steps), steps} <= set(saved), steps


def test_saved_steps_are_in_order_each_once_and_none_beyond_the_end():
    for steps in FEW_AND_MANY:
        saved = snapshot_steps(steps)
        assert saved == sorted(set(saved)), steps
        assert all(isinstance(step, int) for step in saved), steps
        assert (saved[0], saved[-1]) == (0, steps)


def test_sixty_to_two_hundred_steps_are_saved_wherever_there_are_sixty():
    for steps in FEW_AND_MANY:
        count = len(snapshot_steps(steps))
        assert 60 <= count <= 200 if steps >= 60 else count == steps + 1, (steps, count)


def test_after_the_powers_of_two_the_saved_steps_lie_evenly():
    for steps in (steps for steps in FEW_AND_MANY if steps >= 116):
        late = [step for step in snapshot_steps(steps) if step >= 64]
        gaps = [after - before for before, after in pairwise(late)]
        assert len(set(gaps[:-1])) == 1, steps
        assert 0 < gaps[-1] <= gaps[0], steps
