import subprocess
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from cnnviz.figures import frames
from cnnviz.figures.frames import unpack
from cnnviz.runs import Run, delete_run, example
from cnnviz.training.control import Command
from cnnviz.ui.hub import Hub
from cnnviz.ui.live import REFUSED
from cnnviz.ui.owner import COOKIE, hashed, token_for
from tests.ui.reading import bytes_of, first_three, message_of, of_kind, polled, until, watch

Start = Callable[..., str]
Copied = Callable[..., Run]
NOT_SAVED = "Step 3 of example is not saved; saved are 76 steps from 0 to 200."


def packs(monkeypatch: pytest.MonkeyPatch, *, saved: bool = True) -> "Counter[tuple[int, str]]":
    """How often a picture of a saved step, or of one that is only passed by, was packed, by step and image."""
    counts: Counter[tuple[int, str]] = Counter()

    def counted(run: Run, look: frames.Look) -> bytes:
        counts[look.snapshot.step, look.image] += look.saved is saved
        return frames.picture(run, look)

    monkeypatch.setattr("cnnviz.ui.channel.picture", counted)
    return counts


class TestSocket:
    def test_it_brings_status_curves_and_picture_of_the_example(self, client: TestClient) -> None:
        with watch(client) as socket:
            (status, _), (curves, log), (picture, arrays) = map(unpack, first_three(socket))
        assert (status["kind"], status["state"], status["step"]) == ("status", "finished", 200)
        assert (curves["kind"], curves["reset"]) == ("curves", True)
        assert log["train_step"].tolist() == list(range(1, 201))
        assert log["snapshots"].tolist() == example().steps()
        np.testing.assert_array_equal(log["validation_loss"], example().log().validation_loss)
        assert (picture["kind"], picture["step"], picture["saved"]) == ("picture", 200, True)
        assert arrays["probabilities"].sum() == pytest.approx(1, abs=1e-5)
        assert arrays["input"].shape == (1, 8, 8)
        assert [filters["shape"] for filters in picture["filters"]][:2] == [[16, 1, 3, 3], [32, 16, 3, 3]]

    def test_a_wish_is_answered_by_that_steps_picture_and_nothing_else(self, client: TestClient) -> None:
        with watch(client) as socket:
            first_three(socket)
            for step in (8, 0, 64):
                socket.send_json({"show": step})
                header, _ = unpack(bytes_of(socket))
                assert (header["kind"], header["step"], header["image"]) == ("picture", step, "validation-0")
            socket.send_json({"show": "live"})
            assert unpack(bytes_of(socket))[0]["step"] == 200

    def test_a_wish_may_name_an_image(self, client: TestClient) -> None:
        with watch(client) as socket:
            first_three(socket)
            socket.send_json({"show": 8, "image": "train-2"})
            assert unpack(bytes_of(socket))[0]["image"] == "train-2"
            socket.send_json({"show": 16})
            header, _ = unpack(bytes_of(socket))
            assert (header["step"], header["image"]) == (16, "train-2")

    def test_the_address_says_where_it_begins(self, client: TestClient) -> None:
        with watch(client, step=4, image="validation-0") as socket:
            assert unpack(first_three(socket)[2])[0]["step"] == 4

    @pytest.mark.parametrize(
        ("wish", "sentence"),
        [
            ({"show": 3}, NOT_SAVED),
            ({"show": 8, "image": "test-0"}, "of the test part, which only evaluating looks at"),
            ({"show": 8, "image": "validation-179"}, "There is no image validation-179"),
            ({"show": 8, "image": "cat.png"}, "'cat.png' names no image"),
        ],
    )
    def test_what_cannot_be_shown_is_said_and_the_line_stays(
        self, client: TestClient, wish: dict[str, Any], sentence: str
    ) -> None:
        with watch(client) as socket:
            first_three(socket)
            socket.send_json(wish)
            header, _ = unpack(bytes_of(socket))
            assert header["kind"] == "problem"
            assert sentence in header["text"]
            socket.send_json({"show": 8, "image": "validation-0"})
            assert unpack(bytes_of(socket))[0]["step"] == 8

    def test_where_the_image_is_missing_the_runs_own_tells_of_filters_and_mistakes(self, client: TestClient) -> None:
        with watch(client, step=8, image="validation-179") as socket:
            _, _, (problem, _) = map(unpack, first_three(socket))
            assert problem["kind"] == "problem"
            for step in (8, 16):
                picture, arrays = unpack(bytes_of(socket))
                assert (picture["kind"], picture["step"], picture["image"]) == ("picture", step, "validation-0")
                assert {"filter/conv1", "confusion"} <= set(arrays)
                socket.send_json({"show": 16})
                assert unpack(bytes_of(socket))[0]["kind"] == "problem"

    @pytest.mark.parametrize("text", ["no JSON", "[8]", "8", "null", '"live"'])
    def test_who_sends_no_wish_is_let_go(self, client: TestClient, text: str) -> None:
        with watch(client) as socket:
            first_three(socket)
            socket.send_text(text)
        with watch(client) as socket:  # and the others are served
            first_three(socket)

    @pytest.mark.parametrize("step", [None, [1], "9" * 5000, -3, True])
    def test_an_odd_step_is_the_newest(self, client: TestClient, step: Any) -> None:
        with watch(client, step=8) as socket:
            first_three(socket)
            socket.send_json({"show": step})
            assert unpack(bytes_of(socket))[0]["step"] == 200

    @pytest.mark.parametrize("wish", [{}, {"image": {"a": 1}}, {"unit": None}, {"maps": []}])
    def test_what_a_wish_does_not_say_stays(self, client: TestClient, wish: dict[str, Any]) -> None:
        with watch(client, step=8) as socket:
            first_three(socket)
            socket.send_json(wish)
            socket.send_json({"image": "validation-3"})
            header, _ = unpack(bytes_of(socket))
            assert (header["step"], header["image"]) == (8, "validation-3")

    def test_a_run_that_is_not_there_is_said(self, client: TestClient) -> None:
        with watch(client, "no-such-run") as socket:
            header, _ = unpack(bytes_of(socket))
            assert header["kind"] == "problem"
            assert "There is no run 'no-such-run'" in header["text"]
            with pytest.raises(WebSocketDisconnect):
                bytes_of(socket)


class TestWhoMaySee:
    @pytest.mark.parametrize("token", ["", "0" * 32, "%C3%A9", "another run's"])
    def test_a_wrong_token_is_refused_with_our_code(self, client: TestClient, token: str) -> None:
        token = token_for("another") if token == "another run's" else token
        with watch(client, token=token) as socket, pytest.raises(WebSocketDisconnect) as closed:
            bytes_of(socket)
        assert closed.value.code == REFUSED == 4403

    @pytest.mark.parametrize(
        "origin", ["http://evil.example", "http://testserver:1", "http://testserver.evil.example", "null", ""]
    )
    def test_a_page_of_another_site_is_refused(self, client: TestClient, origin: str) -> None:
        with watch(client, headers={"origin": origin}) as socket, pytest.raises(WebSocketDisconnect) as closed:
            bytes_of(socket)
        assert closed.value.code == 4403

    @pytest.mark.parametrize("headers", [None, {"origin": "http://testserver"}, {"origin": "https://testserver"}])
    def test_our_own_pages_and_what_is_no_browser_are_served(
        self, client: TestClient, headers: dict[str, str] | None
    ) -> None:
        with watch(client, headers=headers) as socket:
            assert unpack(bytes_of(socket))[0]["kind"] == "status"

    @pytest.mark.parametrize(
        "path", ["evaluate/example", "numbers/example/curves.csv", "file/example", "measured/example/worst"]
    )
    @pytest.mark.parametrize("token", ["", "0" * 32, "é"])
    def test_the_other_routes_ask_for_the_token_too(self, client: TestClient, path: str, token: str) -> None:
        response = client.get(f"/{path}", params={"token": token})
        assert response.status_code == 403
        assert response.text == "This page is from before the server was started anew; reload it."
        assert client.get(f"/{path}").status_code == 403

    @pytest.mark.parametrize("path", ["poll/example", "upload/example", "forget/example"])
    def test_so_do_those_that_take_something(self, client: TestClient, path: str) -> None:
        for token in ("", "0" * 32, "é"):
            assert client.post(f"/{path}", params={"token": token}).status_code == 403


class TestTogether:
    def test_a_picture_is_packed_once_for_two_who_watch(
        self, client: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counts = packs(monkeypatch)
        with watch(client, step=8) as one, watch(client, step=8) as other:
            assert first_three(one)[2] == first_three(other)[2]
            one.send_json({"show": 16})
            other.send_json({"show": 16})
            assert bytes_of(one) == bytes_of(other)
        assert polled(client, step=16)
        assert counts == {(8, "validation-0"): 1, (16, "validation-0"): 1}

    def test_while_it_trains_too(
        self, client: TestClient, hub: Hub, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counts = packs(monkeypatch, saved=False)
        run = start(pace=20)
        with watch(client, run) as one, watch(client, run) as other:
            live = of_kind("picture", saved=False)
            steps = {message_of(socket, live)[0]["step"] for socket in (one, other) for _ in range(3)}
        assert len(steps) >= 3
        assert set(counts.values()) - {0} == {1}

    def test_curves_and_live_pictures_come_while_it_trains(self, client: TestClient, start: Start) -> None:
        run = start(pace=20)
        with watch(client, run) as socket:
            _, log = message_of(socket, of_kind("curves", reset=True))
            known = log["train_step"].tolist()
            for _ in range(4):
                _, more = message_of(socket, of_kind("curves", reset=False))
                known += more["train_step"].tolist()
            assert known == list(range(1, len(known) + 1))
            assert message_of(socket, of_kind("picture", saved=False))[0]["step"] > 0

    def test_all_see_the_owners_pause_and_the_owners_step(self, client: TestClient, hub: Hub, start: Start) -> None:
        run = start(pace=20, owner=hashed("my-key"))
        owner = {"cookie": f"{COOKIE}=my-key"}
        with watch(client, run, headers=owner) as mine, watch(client, run) as other:
            message_of(other, of_kind("picture"))
            mine.send_json({"show": 0})
            assert message_of(other, of_kind("status", owner_step=0))
            other.send_json({"show": 1})
            mine.send_json({"show": "live"})
            assert message_of(other, of_kind("status", owner_step=None))
            hub.steer(run, hashed("my-key"), Command("pause"))
            assert message_of(other, of_kind("status", state="paused"))

    def test_who_comes_and_goes_is_counted(self, client: TestClient, hub: Hub) -> None:
        channel = hub.channel("example")
        with watch(client) as one:
            first_three(one)
            with watch(client) as other:
                first_three(other)
                assert channel.watchers == 2
            until(lambda: channel.watchers == 1)
        until(lambda: channel.watchers == 0)

    def test_a_run_that_is_deleted_while_it_is_watched_leaves_the_server_well(
        self, client: TestClient, hub: Hub, copied: Copied
    ) -> None:
        run = copied()
        with watch(client, run.id) as socket:
            first_three(socket)
            delete_run(run.id, hub.folder)
            hub.forget(run.id)
            socket.send_json({"show": 8})
            assert "Step 8 of copy is not saved" in message_of(socket, of_kind("problem"))[0]["text"]
        with watch(client) as socket:
            first_three(socket)
        assert "There is no run 'copy'" in unpack(polled(client, run.id)[0])[0]["text"]

    def test_a_run_that_another_process_trains_is_shown_as_it_goes(
        self, client: TestClient, copied: Copied, held: "Callable[[Run], subprocess.Popen[str]]"
    ) -> None:
        complete, run = copied("complete"), copied("foreign", steps=4)
        (run.path / "events.jsonl").write_text("", "utf-8")
        run.add_event("started", 0)
        trainer = held(run)
        with watch(client, run.id) as socket:
            status, curves, picture = (unpack(message)[0] for message in first_three(socket))
            assert (status["state"], curves["reset"], picture["step"]) == ("training", True, 4)
            run.step_path(8).write_bytes(complete.step_path(8).read_bytes())
            _, log = message_of(socket, of_kind("curves", reset=False))
            assert log["train_step"].tolist() == [5, 6, 7, 8]
            assert message_of(socket, of_kind("picture"))[0]["step"] == 8
            trainer.kill()
            trainer.wait()
            assert message_of(socket, of_kind("status", state="interrupted"))


class TestEvaluate:
    def test_it_gives_figures(self, client: TestClient) -> None:
        figures = client.get("/evaluate/example", params={"token": token_for("example"), "step": 200}).json()
        assert set(figures) == {"accuracy", "loss", "count", "step"}
        assert (figures["step"], figures["count"]) == (200, 359)
        assert 0.9 < figures["accuracy"] <= 1

    def test_a_step_that_is_not_saved_is_said(self, client: TestClient) -> None:
        response = client.get("/evaluate/example", params={"token": token_for("example"), "step": 3})
        assert response.status_code == 422
        assert response.json() == {"problem": NOT_SAVED}
