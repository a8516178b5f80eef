"""What the host says of runs, without a host."""

import shutil
from collections.abc import Callable

import numpy as np

from cnnviz.figures.frames import unpack
from cnnviz.runs import Log, Run, delete_run, list_runs
from cnnviz.training.control import Report
from cnnviz.training.messages import Gone, Heard, Queue
from cnnviz.ui.hub import Hub
from cnnviz.ui.place import Place

Copied = Callable[..., Run]


def test_news_of_a_run_that_was_deleted_is_nobodys(hub: Hub, copied: Copied) -> None:
    run = copied()
    hub.channel(run.id)
    delete_run(run.id, hub.folder)
    hub.forget(run.id)
    hub._heard(Heard(run.path, Report("stopped", 4)))
    hub._heard(Gone(run.path))
    assert list_runs(hub.folder) == []


def test_every_listener_hears_of_it(hub: Hub, copied: Copied) -> None:
    run, heard = copied(), []
    hub.listen(heard.append)
    hub._heard(Heard(run.path, Report("training", 4)))
    assert heard == [run.id]
    assert [channel.run.id for channel in hub.active()] == [run.id]
    hub._heard(Queue([run.path], (41.0,)))
    assert (heard, hub.channel(run.id).place) == ([run.id] * 2, Place("1st of 1, starts in about 40 s"))
    hub._heard(Queue([run.path], (40.0,)))
    assert len(heard) == 2  # nothing a reader would see is new


def test_who_watches_a_run_whose_folder_was_removed_is_told_why_it_ended(hub: Hub, copied: Copied) -> None:
    run = copied(steps=4)
    channel = hub.channel(run.id)
    known = channel.log()
    hub._heard(Heard(run.path, Report("training", 4)))
    shutil.rmtree(run.path)
    hub._heard(Gone(run.path, "Its folder was removed."))
    header = unpack(channel.status_message())[0]
    assert (header["state"], header["reason"]) == ("interrupted", "Its folder was removed.")
    assert channel.log().train_step.tolist() == known.train_step.tolist()


def test_a_run_for_another_machine_shows_only_what_was_saved(hub: Hub, copied: Copied) -> None:
    run = copied(steps=4)
    channel = hub.channel(run.id)
    saved = len(channel.log().train_step)
    rows = Log(train_step=np.array([5]), train_loss=np.ones(1, np.float32), train_accuracy=np.ones(1, np.float32))
    hub._heard(Heard(run.path, Report("training", 5, log=rows)))
    assert len(channel.log().train_step) == saved + 1
    hub._heard(Heard(run.path, Report("waiting", 4, reason="The node was lost.")))
    assert len(channel.log().train_step) == saved
    header = unpack(channel.status_message())[0]
    assert (header["state"], header["place"], header["reason"]) == ("waiting", None, "The node was lost.")


def test_one_that_was_put_away_is_paused_as_before(hub: Hub, copied: Copied) -> None:
    run = copied(steps=4)
    channel = hub.channel(run.id)
    hub._heard(Heard(run.path, Report("paused", 4, pace=5)))
    run.add_event("parked", 4, pace=5)
    hub._heard(Gone(run.path))
    header = unpack(channel.status_message())[0]
    assert (header["state"], header["pace"]) == ("paused", 5)
    assert not channel.is_foreign
    hub.forget(run.id)  # as after a new start of the server
    assert (hub.channel(run.id).state, hub.channel(run.id).is_foreign) == ("paused", False)


def test_a_host_that_dies_leaves_no_run_that_seems_to_train(hub: Hub, copied: Copied) -> None:
    run, heard = copied(steps=4), []
    (run.path / "events.jsonl").write_text("", "utf-8")
    run.add_event("started", 0)
    hub.listen(heard.append)
    hub._heard(Heard(run.path, Report("training", 6)))
    hub._lost()
    assert hub.channel(run.id).state == "interrupted"
    assert heard == [run.id] * 2
