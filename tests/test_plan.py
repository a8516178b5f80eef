import math

import pytest

from cnnviz.augmentation import Augmentation
from cnnviz.errors import SettingError
from cnnviz.plan import Change, Judged, Plan, changeable
from cnnviz.recipe import Recipe

IMAGES = 103


def batches(plan):
    """(epoch, which images of its order) of every step, and its rate."""
    found = []
    for step in range(plan.steps):
        now = plan.at(step)
        last = min(now.seen + now.held.recipe.batch_size, plan.images)
        found.append((now.epoch, range(now.seen, last), now.rate))
    return found


def recipe(**changes):
    return Recipe(**{"batch_size": 10, "epochs": 3, "schedule": "constant", "learning_rate": 0.1} | changes)


@pytest.mark.parametrize("batch", [2, 3, 10, 51, 102, 103, 512])
def test_without_a_change_a_step_is_what_a_loop_over_batches_says(batch):
    plan = Plan(recipe(batch_size=batch), IMAGES)
    expected = []
    for epoch in range(3):
        for start in range(0, IMAGES, batch):
            images = range(start, min(start + batch, IMAGES))
            if len(images) > 1:
                expected.append((epoch, images))
    assert [(epoch, images) for epoch, images, _ in batches(plan)] == expected
    assert plan.steps == len(expected)


@pytest.mark.parametrize("at", [0, 1, 7, 10, 11, 12, 21, 32])
@pytest.mark.parametrize("batch", [2, 7, 50, 512])
def test_a_new_batch_size_takes_the_rest_of_the_epoch(at, batch):
    before = batches(Plan(recipe(), IMAGES))
    plan = Plan(recipe(), IMAGES).changed(at, {"batch_size": batch})
    found = batches(plan)
    assert found[:at] == before[:at]
    assert found[at][:1] == before[at][:1]
    assert found[at][1].start == before[at][1].start
    for epoch in range(3):
        seen = [image for now, images, _ in found if now == epoch for image in images]
        assert seen == list(range(len(seen)))  # each once, in order
        assert len(seen) in (IMAGES, IMAGES - 1)  # a last one alone is left out
    assert all(len(images) <= batch for _, images, _ in found[at:])
    assert all(len(images) >= 2 for _, images, _ in found)


@pytest.mark.parametrize("changes", [(), ((15, 50),), ((3, 2), (20, 100), (26, 7))])
def test_the_ends_of_epochs_are_where_the_batches_say(changes):
    plan = Plan(recipe(), IMAGES)
    for step, batch in changes:
        plan = plan.changed(step, {"batch_size": batch})
    of = [epoch for epoch, _, _ in batches(plan)]
    assert plan.epoch_ends == tuple(len(of) - of[::-1].index(epoch) for epoch in range(3))


def test_several_changes_follow_each_other():
    plan = Plan(recipe(), 100).changed(15, {"batch_size": 25}).changed(5, {"batch_size": 50}).changed(4, {"noise": 0.1})
    assert [change.step for change in plan.changes] == [4, 5, 15]
    assert [len(images) for _, images, _ in batches(plan)] == [10] * 5 + [50] * 5  # the last came after the end
    assert [plan.at(step).held.augmentation.noise for step in (3, 4, 5)] == [0, 0.1, 0.1]


def test_of_two_changes_at_one_step_the_later_one_counts():
    plan = Plan(recipe(), 100).changed(5, {"learning_rate": 0.5, "shift": 2}).changed(5, {"learning_rate": 0.7})
    assert (plan.at(4).rate, plan.at(5).rate) == (0.1, 0.7)
    assert plan.at(5).held.augmentation == Augmentation(shift=2)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
def test_a_schedule_goes_on_from_where_it_is(schedule):
    plain = Plan(recipe(schedule=schedule, epochs=10), 100)
    halved = plain.changed(25, {"batch_size": 5})
    assert halved.steps == 25 + 150
    for step in range(25, 100):
        assert halved.at(25 + 2 * (step - 25)).rate == pytest.approx(plain.at(step).rate, rel=1e-12)


def test_a_new_learning_rate_is_the_recipes_and_the_schedule_takes_its_share():
    plain = Plan(recipe(schedule="cosine"), 100)
    raised = plain.changed(10, {"learning_rate": 0.3})
    assert raised.at(9).rate == plain.at(9).rate
    assert raised.at(20).rate == pytest.approx(3 * plain.at(20).rate)


def test_a_plateau_takes_its_share_too():
    plan = Plan(
        recipe(schedule="plateau", patience=1, factor=0.5), 100, judged=(Judged(1, 10, 1.0), Judged(2, 20, 1.0))
    )
    assert plan.at(20).rate == 0.05


@pytest.mark.parametrize("changes", [(), (Change(3, {"batch_size": 25}), Change(5, {"batch_size": 7}))])
def test_the_end_of_an_epoch_is_where_the_next_begins(changes):
    plan = Plan(recipe(), IMAGES, changes=changes)
    epochs = [epoch for epoch, _, _ in batches(plan)]
    for step, epoch in enumerate(epochs):
        assert plan.epoch_end(step) == len([one for one in epochs if one <= epoch])


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("settings", "field", "words"),
        [
            ({"learning_rate": 50}, "learning_rate", "Learning rate: 50 is above 10; use 1e-06 to 10."),
            ({"batch_size": 1}, "batch_size", "Batch size: 1 is below 2; use 2 to 512."),
            ({"dropout": 2}, "dropout", "Dropout: 2 is above 0.95; use 0 to 0.95."),
            ({"shift": -1}, "shift", "Shift: -1 is below 0"),
            ({"optimizer": "sgd"}, "optimizer", "'optimizer' is unknown; choose from learning_rate, batch_size"),
            ({"noise": 0.1, "weight_decay": "much"}, "weight_decay", "Weight decay: 'much' is not a number"),
        ],
    )
    def test_it_is_said_in_the_cores_words(self, settings, field, words):
        with pytest.raises(SettingError) as refused:
            Plan(recipe(), 100).changed(3, settings)
        assert refused.value.field == field
        assert words in str(refused.value)

    def test_values_are_kept_in_their_own_kind(self):
        checked = Plan(recipe(), 100).checked(3, {"batch_size": 20.0, "dropout": 0, "noise": 0})
        assert checked == {"batch_size": 20, "dropout": 0.0, "noise": 0.0}
        assert [type(value) for value in checked.values()] == [int, float, float]


def test_everything_that_can_be_changed_is_declared():
    assert list(changeable()) == [
        "learning_rate", "batch_size", "weight_decay", "dropout",
        "shift", "rotate", "scale", "flip", "crop", "brightness", "noise", "cutout",
    ]  # fmt: skip
    for name, declared in changeable().items():
        assert declared.help.endswith("."), name


def test_a_plan_is_read_from_a_run():
    record = {"recipe": recipe().to_record(), "augmentation": {"flip": 0.5}}
    events = [
        {"event": "created", "step": 0},
        {"event": "changed", "step": 5, "settings": {"dropout": 0.2}},
        {"event": "changed", "step": 2, "settings": {"batch_size": 50}},
    ]
    plan = Plan.of(record, events, 100)
    assert plan == Plan(recipe(), 100, Augmentation(flip=0.5)).changed(5, {"dropout": 0.2}).changed(
        2, {"batch_size": 50}
    )
    assert [plan.at(step).held.dropout for step in (4, 5)] == [None, 0.2]
    assert Plan.of({"recipe": recipe().to_record()}, [], 100) == Plan(recipe(), 100)


class TestEarlyStopping:
    def judged(self, *losses):
        return tuple(Judged(epoch, 10 * epoch, loss) for epoch, loss in enumerate(losses, start=1))

    @pytest.mark.parametrize(
        ("losses", "stops"),
        [
            ((), False),
            ((0.5,), False),
            ((0.5, 0.6), False),
            ((0.5, 0.6, 0.7), True),
            ((0.5, 0.6, 0.4, 0.5), False),
            ((0.5, 0.6, 0.4, 0.5, 0.4), True),  # as good as the best is no better
        ],
    )
    def test_it_stops_when_nothing_was_better_for_so_many_epochs(self, losses, stops):
        plan = Plan(recipe(early_stopping=2), 100, judged=self.judged(*losses))
        assert (plan.why_to_stop() is not None) == stops

    def test_it_says_why_and_names_the_best_epoch(self):
        plan = Plan(recipe(early_stopping=2), 100, judged=self.judged(0.5, 0.25, 0.7, 0.3))
        assert plan.why_to_stop() == (
            "Early stopping after epoch 4: the validation loss has not fallen for 2 epochs. "
            "The best epoch was 2, at step 20, with 0.25."
        )

    def test_without_it_nothing_stops(self):
        assert Plan(recipe(), 100, judged=self.judged(*[1.0] * 50)).why_to_stop() is None

    def test_what_is_no_number_is_never_the_best(self) -> None:
        plan = Plan(recipe(early_stopping=2), 100, judged=self.judged(math.nan, 0.5, 0.4))
        assert plan.why_to_stop() is None
        assert plan.best == plan.judged[-1]
        assert Plan(recipe(early_stopping=2), 100, judged=self.judged(math.inf, math.nan, math.nan)).why_to_stop()
