"""The tasks, in the order users see them."""

from cnnviz.tasks.base import Task
from cnnviz.tasks.classify import Classify

TASKS: dict[str, Task] = {member.name: member for member in (Classify(),)}

__all__ = ["TASKS", "Task"]
