import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cnnviz.errors import RunError
from cnnviz.training import client as client_module
from cnnviz.training.messages import Answer, Heard
from cnnviz.training.questions import WhatDevices
from tests.training.beside import LIMIT, ONE_PLACE, Beside, assert_gone, question, until
from tests.training.tiny import tiny_run

SERVER = """
import sys, threading
from collections.abc import Iterator
from pathlib import Path
from cnnviz.training.client import HostClient
from cnnviz.training.messages import Heard

def heard(message):
    if isinstance(message, Heard) and message.report.step >= 2:
        print("training", flush=True)

client = HostClient(heard, lambda: None)
client.start()
client.train(Path(sys.argv[1]), 5)
threading.Event().wait()
"""


def hosts() -> set[int]:
    """The hosts that are children of ours."""
    found = set()
    for child in psutil.Process().children():
        try:
            if child.status() != psutil.STATUS_ZOMBIE and "cnnviz.training" in " ".join(child.cmdline()):
                found.add(child.pid)
        except psutil.Error:  # it ended while we looked
            continue
    return found


@pytest.fixture(autouse=True)
def before() -> Iterator[set[int]]:
    """The hosts there were before; after the test there are no others."""
    known = hosts()
    yield known
    until(lambda: hosts() <= known, "no host is left")


@pytest.mark.slow
def test_a_killed_server_takes_host_and_workers_along() -> None:
    run = tiny_run(epochs=50)
    with subprocess.Popen([sys.executable, "-c", SERVER, str(run.path)], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "training\n"
            family = psutil.Process(server.pid).children(recursive=True)
            assert len(family) == 4  # the host; a worker, a warm one, the inspector
            assert run.is_locked()
        finally:
            server.kill()
    assert_gone(family)
    assert run.status().state == "interrupted"
    assert run.status().step >= 2


@pytest.mark.slow
def test_a_killed_host_is_started_again_and_its_runs_were_interrupted() -> None:
    beside, run, waiting = Beside(), tiny_run(epochs=4), tiny_run()
    beside.client.start()
    try:
        beside.client.train(run.path, 10)
        beside.client.train(waiting.path)
        beside.wait(lambda said: isinstance(said, Heard) and said.report.step >= 2, "two steps")
        first, family = beside.host, beside.host.children()
        first.suspend()  # so that the question is open when it dies
        open_question = beside.client.ask(question(os.getpid))
        first.kill()
        error = open_question.exception(LIMIT)
        assert isinstance(error, RunError)
        assert "has ended and is started again" in str(error)
        assert_gone([first, *family])
        until(lambda: beside.losses == 1, "the loss is told")
        assert run.status().state == waiting.status().state == "interrupted"
        assert beside.client.ask(question(os.getppid)).result(LIMIT) == beside.host.pid != first.pid
        beside.finish(run)
        assert (run.status().state, run.status().step) == ("finished", 20)
        assert beside.losses == 1
    finally:
        beside.client.close()


@pytest.mark.slow
def test_a_host_that_was_well_for_long_is_started_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "RESTART_AFTER", (0.0, 10 * LIMIT))
    monkeypatch.setattr(client_module, "LIVES", 0.0)
    beside = Beside()
    beside.client.start()
    try:
        until(lambda: beside.client.is_ready, "the host is there")
        first = beside.host
        first.kill()
        until(lambda: beside.losses == 1 and beside.client.is_ready, "another one is there")
        assert beside.host.pid != first.pid
    finally:
        beside.client.close()


def test_from_start_to_close(tmp_path: Path) -> None:
    """What is asked before there is a host is done when there is one, and closing ends all; the first try fails."""
    failed = tmp_path / "failed"
    script = f"import os, pathlib\np = pathlib.Path({str(failed)!r})\nif not p.exists(): p.touch(); os._exit(3)\n"
    beside, run = Beside((*ONE_PLACE[:2], script + ONE_PLACE[2])), tiny_run(epochs=50)
    beside.client.train(run.path, 5)
    answer = beside.client.ask(question(os.getppid))
    beside.client.start()
    try:
        assert answer.result(LIMIT) == beside.host.pid
        assert failed.exists()
        beside.wait_for_state(run, "training")
        family = [beside.host, *beside.host.children()]
        assert len(family) == 4  # the host; a worker, a warm one, the inspector
    finally:
        beside.client.close()
    assert_gone(family)
    assert beside.losses == 0
    assert run.status().state == "interrupted"


@pytest.mark.slow
def test_closing_at_once_leaves_nothing() -> None:
    beside, threads = Beside(), threading.active_count()
    beside.client.start()
    beside.client.close()
    until(lambda: threading.active_count() == threads, "it has given up")
    beside.client.close()


def test_an_answer_that_nobody_waits_for_any_more_does_no_harm() -> None:
    """The thread that hears it hears all that comes after it too."""
    client = client_module.HostClient(lambda _: None, lambda: None)
    future = client.ask(WhatDevices())
    future.cancel()
    client._hear(Answer(0, "late"))
    client.close()
