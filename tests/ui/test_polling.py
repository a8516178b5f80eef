"""A page that cannot open a socket asks instead, and is served alike."""

import pytest
from starlette.testclient import TestClient

from cnnviz.figures.frames import unpack
from cnnviz.ui.hub import Hub
from cnnviz.ui.owner import token_for
from tests.ui.reading import a_one, bytes_of, drawing, first_three, of_kind, polled, until, watch

NOT_SAVED = "Step 3 of example is not saved; saved are 76 steps from 0 to 200."


class TestPoll:
    def test_it_brings_the_same_bytes_as_the_socket(self, client: TestClient) -> None:
        with watch(client, step=8) as socket:
            by_socket = first_three(socket)
        by_poll = polled(client, step=8)
        assert by_poll[1:] == by_socket[1:]
        assert [unpack(message)[0]["kind"] for message in by_poll] == ["status", "curves", "picture"]

    def test_what_it_brought_does_not_come_again(self, client: TestClient) -> None:
        assert len(polled(client, step=8)) == 3
        assert polled(client, step=8) == []
        picture = unpack(*polled(client, "example", {"show": 16}))[0]
        assert (picture["kind"], picture["step"]) == ("picture", 16)
        assert len(polled(client, step=8, who="another")) == 3

    def test_it_takes_every_wish_of_the_socket(self, client: TestClient) -> None:
        polled(client, step=8)
        wish = {"unit": {"node": "conv2", "unit": 5}}
        with watch(client, step=8) as socket:
            first_three(socket)
            socket.send_json(wish)
            assert polled(client, "example", wish) == [bytes_of(socket)]
        told = []
        polled(client, "example", {"maps": [{"method": "saliency", "target": 3}]})
        until(lambda: told.extend(polled(client)) or told)
        assert of_kind("attribution", method="saliency", target=3)(unpack(told[-1])[0])

    def test_it_takes_a_drawing_and_keeps_it(self, client: TestClient) -> None:
        polled(client, step=200)
        picture = unpack(polled(client, "example", drawing(b"pad-abc-1", a_one()))[0])[0]
        assert (picture["image"], picture["prediction"]) == ("pad-abc-1", 1)
        told = polled(client, "example", {"keep": True})
        until(lambda: told.extend(polled(client)) or told)
        kept = next(header for header in (unpack(message)[0] for message in told) if header["kind"] == "kept")
        assert kept["frame"] == "pad-abc-1"
        assert unpack(polled(client, who="another", image=kept["image"])[2])[0]["prediction"] == 1

    def test_who_asks_watches_until_it_does_not_ask_any_more(
        self, client: TestClient, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cnnviz.ui.polling.PATIENCE", 0.2)
        channel = hub.channel("example")
        polled(client)
        polled(client)
        polled(client, who="another")
        assert channel.watchers == 2
        until(lambda: channel.watchers == 0)
        assert len(polled(client)) == 3

    @pytest.mark.parametrize(
        "body",
        [
            b"x",
            b"\0\0\0\0",
            b"\x09\0\0\0{}",
            b"\2\0\0\0[]",
            b"\2\0\0\0{]",
            b"\4\0\0\0{\xff\xfe}",
            bytes(2_000_000),
            b"\2\0\0\0{}" * 2_000,
        ],
    )
    def test_nonsense_is_refused_and_harms_nobody(self, client: TestClient, body: bytes) -> None:
        query = {"token": token_for("example"), "who": "a test"}
        assert client.post("/poll/example", params=query, content=body).status_code == 422
        assert len(polled(client)) == 3

    def test_it_is_never_kept_by_the_browser(self, client: TestClient) -> None:
        response = client.post("/poll/example", params={"token": token_for("example")})
        assert response.headers["cache-control"] == "no-store"
        assert "set-cookie" not in response.headers

    @pytest.mark.parametrize("step", ["live", "", "-1", "x", "9" * 5000])
    def test_an_unreadable_step_is_the_newest(self, client: TestClient, step: str) -> None:
        assert unpack(polled(client, step=step)[2])[0]["step"] == 200

    def test_what_cannot_be_shown_is_said(self, client: TestClient) -> None:
        status, curves, said = map(unpack, polled(client, step=3))
        assert (status[0]["kind"], curves[0]["kind"]) == ("status", "curves")
        assert said[0] == {"kind": "problem", "text": NOT_SAVED}
        said = unpack(polled(client, image="test-1", who="another")[2])
        assert "of the test part" in said[0]["text"]
