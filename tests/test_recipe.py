import warnings
from itertools import pairwise

import pytest
import torch

from cnnviz.errors import SettingError
from cnnviz.recipe import Recipe, snapshot_steps

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
    wrong = {"optimizer": "rmsprop", "learning_rate": 0, "batch_size": 1, "epochs": 0, "seed": -1}
    for field, value in wrong.items():
        with pytest.raises(SettingError) as caught:
            Recipe(**{field: value})
        assert caught.value.field == field


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
