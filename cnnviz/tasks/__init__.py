"""The tasks, in the order users see them."""

from collections.abc import Mapping
from typing import Any

from cnnviz.recipe import Recipe
from cnnviz.tasks.base import Task
from cnnviz.tasks.classify import Classify

TASKS: dict[str, Task] = {member.name: member for member in (Classify(),)}


def task_of(record: Mapping[str, Any]) -> Task:
    """The task of a run's record, with the loss of its recipe.

    Raises:
        SettingError: If the recipe holds what cannot be.
    """
    return TASKS[record["task"]].learnt_by(Recipe.from_record(record["recipe"]))


__all__ = ["TASKS", "Task", "task_of"]
