"""What every schedule must hold; a new one is tested by being listed."""

import re

import pytest

from cnnviz.recipe import Recipe
from cnnviz.schedules import SCHEDULES, warmed_up

every_schedule = pytest.mark.parametrize("name", SCHEDULES)
LOSSES = [1.0, 0.5, 0.6, 0.7, 0.4, 0.5, 0.6, 0.7, 0.8]


def share(name, step, steps, losses=()):
    member = SCHEDULES[name]
    return member.share(step, steps, Recipe(schedule=name).own(member), losses)


@every_schedule
def test_it_tells_what_it_is(name):
    member = SCHEDULES[name]
    assert member.name == name
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert member.title
    assert member.about.endswith(".")
    assert all(name in Recipe.declared()[setting].only["schedule"] for setting in member.settings)


@every_schedule
@pytest.mark.parametrize("steps", [1, 2, 3, 10, 333])
def test_it_is_a_share_at_every_step_and_between_two(name, steps):
    for step in range(steps):
        for place in (step, step + 0.5):
            assert 0 <= share(name, place, steps) <= 1
            assert 0 <= share(name, place, steps, LOSSES) <= 1


@every_schedule
def test_between_two_steps_it_lies_between_them(name):
    for step in range(99):
        low, high = sorted((share(name, step, 100), share(name, step + 1, 100)))
        assert low - 1e-12 <= share(name, step + 0.5, 100) <= high + (0.01 if name == "one_cycle" else 1e-12)


@every_schedule
def test_only_one_that_watches_the_validation_depends_on_it(name):
    changed = any(share(name, step, 50, LOSSES) != share(name, step, 50) for step in range(50))
    assert changed == SCHEDULES[name].watches_validation


def test_a_warm_up_takes_a_growing_part_and_then_all():
    assert [warmed_up(step, 4) for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert [warmed_up(step, 0) for step in range(3)] == [1.0, 1.0, 1.0]
    assert warmed_up(0, 1) == 1.0
