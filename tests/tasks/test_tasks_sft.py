"""The tasks name TRL classes that exist and are stable."""

from __future__ import annotations

import pytest

from ftkit.tasks import TASKS, sft


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_task_states_what_the_house_asks_for(task):
    import trl

    assert task.LABEL
    assert task.SUMMARY
    assert task.Settings().name == task.ID
    trainer, arguments = getattr(trl, task.TRAINER), getattr(trl, task.ARGUMENTS)
    assert "experimental" not in trainer.__module__
    assert set(task.DEFAULTS) <= set(arguments.__dataclass_fields__)


def test_supervised_fine_tuning_has_no_settings_of_its_own():
    assert sft.Settings().model_dump() == {"name": "sft"}
