"""What a browser may wish beside a picture: an opened unit, a drawing, explanations."""

import struct
from typing import Any

import numpy as np
import pytest
import torch
from starlette.testclient import TestClient

from cnnviz.datasets import dataset
from cnnviz.figures.frames import unpack
from cnnviz.inspection import load_network
from cnnviz.runs import example
from cnnviz.ui.owner import token_for
from tests.ui.reading import a_one, bytes_of, drawing, first_three, watch


def test_an_opened_unit_comes_for_every_step(client: TestClient) -> None:
    with watch(client, step=8) as socket:
        first_three(socket)
        socket.send_json({"unit": {"node": "conv2", "unit": 5}})
        header, arrays = unpack(bytes_of(socket))
        assert [header[name] for name in ("kind", "step", "node", "unit")] == ["unit", 8, "conv2", 5]
        weights = example().snapshot(8).weights
        np.testing.assert_array_equal(arrays["weight"], weights["conv2.weight"][5])
        socket.send_json({"show": 16})
        headers = [unpack(bytes_of(socket))[0] for _ in range(2)]
        assert [(header["kind"], header["step"]) for header in headers] == [("picture", 16), ("unit", 16)]


@pytest.mark.parametrize("unit", [{"node": "conv9", "unit": 0}, {"node": "conv2", "unit": 99}])
def test_a_unit_that_is_not_there_is_said(client: TestClient, unit: dict[str, Any]) -> None:
    with watch(client, step=8) as socket:
        first_three(socket)
        socket.send_json({"unit": unit})
        header, _ = unpack(bytes_of(socket))
        assert header["kind"] == "problem"
        assert "conv" in header["text"]


def test_a_drawing_is_looked_at_under_the_name_of_the_pad(client: TestClient) -> None:
    with watch(client, step=200) as socket:
        first_three(socket)
        pixels = np.zeros((40, 40), np.uint8)
        pixels[5:35, 18:22] = 255
        name = b"pad-abc-1"
        socket.send_bytes(bytes([len(name)]) + name + struct.pack("<HH", 40, 40) + pixels.tobytes())
        header, arrays = unpack(bytes_of(socket))
        assert (header["image"], header["label"]) == ("pad-abc-1", None)
        assert header["prediction"] == 1
        assert arrays["input"].any()


def told(socket: Any, kind: str, tries: int = 40) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The next message of this kind."""
    for _ in range(tries):
        header, arrays = unpack(bytes_of(socket))
        if header["kind"] == kind:
            return header, arrays
    raise AssertionError(f"no {kind} came")


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00",
        drawing(b"validation-0", np.zeros((4, 4), np.uint8)),
        drawing(b"pad-../../x", np.zeros((4, 4), np.uint8)),
        drawing(b"pad-a-1", np.zeros((4, 4), np.uint8))[:-1],
        drawing(b"pad-a-1", np.zeros((600, 4), np.uint8)),
    ],
)
def test_what_is_no_drawing_ends_the_socket_and_harms_nobody(client: TestClient, frame: bytes) -> None:
    with watch(client, step=8) as socket:
        first_three(socket)
        socket.send_bytes(frame)
    with watch(client, step=8) as socket:
        first_three(socket)


def test_a_kept_drawing_has_a_link_until_it_is_forgotten(client: TestClient) -> None:
    token = token_for("example")
    with watch(client, step=200) as socket:
        first_three(socket)
        socket.send_bytes(drawing(b"pad-abc-1", a_one()))
        shown, drawn = told(socket, "picture")
        socket.send_json({"keep": True})
        name = told(socket, "kept")[0]["image"]
        assert name.startswith("drawing-")
        kept, arrays = told(socket, "picture")
        assert kept["image"] == name
        np.testing.assert_array_equal(arrays["input"], drawn["input"])
        assert kept["prediction"] == shown["prediction"] == 1
    with watch(client, step=64, image=name) as other:  # who has the link sees it, at any step
        assert told(other, "picture")[0]["image"] == name
    assert client.post(f"/forget/example?token={token}&image={name}").json() == {}
    with watch(client, step=64, image=name) as late:
        header, _ = told(late, "problem")
        assert header["text"].startswith("This drawing is gone")


def test_every_link_to_a_drawing_shows_what_it_was_copied_from_until_all_are_forgotten(client: TestClient) -> None:
    with watch(client, step=200) as socket:
        first_three(socket)
        names = []
        for frame, pixels in ((b"pad-abc-1", a_one()), (b"pad-abc-2", a_one().T.copy()), (b"pad-xyz-1", a_one())):
            socket.send_bytes(drawing(frame, pixels))
            socket.send_json({"keep": True})
            kept = told(socket, "kept")[0]
            assert kept["frame"] == frame.decode()
            names.append(kept["image"])
    for name in names:
        with watch(client, step=8, image=name) as socket:
            assert told(socket, "picture")[0]["image"] == name
    query = [("token", token_for("example")), *(("image", name) for name in names[:2])]
    assert client.post("/forget/example", params=query).json() == {}
    for name in names[:2]:
        with watch(client, step=8, image=name) as socket:
            assert told(socket, "problem")[0]["text"].startswith("This drawing is gone")
    with watch(client, step=8, image=names[2]) as socket:
        assert told(socket, "picture")[0]["image"] == names[2]


def test_another_image_chosen_while_a_drawing_is_kept_stays(client: TestClient) -> None:
    with watch(client, step=200) as socket:
        first_three(socket)
        socket.send_bytes(drawing(b"pad-abc-1", a_one()))
        socket.send_json({"keep": True})
        socket.send_json({"image": "validation-3"})
        told(socket, "kept")
        socket.send_json({"show": 8})
        while (header := told(socket, "picture")[0])["step"] != 8:
            pass
        assert header["image"] == "validation-3"


class TestExplanations:
    def test_a_map_comes_for_the_step_and_image_on_screen(self, client: TestClient) -> None:
        with watch(client, step=64, image="validation-3") as socket:
            first_three(socket)
            socket.send_json({"maps": [{"method": "saliency", "target": 7, "settings": {}}]})
            header, arrays = told(socket, "attribution")
            while not header["over"]:
                header, arrays = told(socket, "attribution")
        network = load_network(example(), example().snapshot(64))
        image = torch.tensor(dataset("digits").split(0).validation.images[3])[None].requires_grad_()
        network(image)[0, 7].backward()
        np.testing.assert_allclose(arrays["values"], image.grad[0].numpy(), rtol=1e-5, atol=1e-7)
        asked = [header[name] for name in ("step", "image", "method", "asked", "target", "share", "error")]
        assert asked == [64, "validation-3", "saliency", 7, 7, 1, None]
        assert header["scale"] == pytest.approx(float(np.abs(arrays["values"]).max()))

    def test_another_step_brings_another_map(self, client: TestClient) -> None:
        with watch(client, step=64) as socket:
            first_three(socket)
            socket.send_json({"maps": [{"method": "saliency"}]})
            assert told(socket, "attribution")[0]["step"] == 64
            socket.send_json({"show": 128})
            assert told(socket, "attribution")[0]["step"] == 128

    @pytest.mark.parametrize(
        ("wish", "said"),
        [
            ({"method": "magic"}, "Method 'magic' is unknown"),
            ({"method": "saliency", "target": 10}, "Target 10 is out of range"),
            ({"method": "integrated_gradients", "settings": {"steps": 0}}, "Steps: 0 is below 1"),
        ],
    )
    def test_what_cannot_be_is_said_in_its_place(self, client: TestClient, wish: dict[str, Any], said: str) -> None:
        with watch(client, step=64) as socket:
            first_three(socket)
            socket.send_json({"maps": [wish]})
            header, _ = told(socket, "attribution")
            assert header["over"]
            assert said in header["error"]

    def test_a_slow_one_grows_and_ends_when_nobody_wants_it(self, client: TestClient) -> None:
        slow = {"method": "smooth_grad", "settings": {"samples": 1000}}
        with watch(client, step=64) as socket:
            first_three(socket)
            socket.send_json({"maps": [slow]})
            told(socket, "attribution")
            socket.send_json({"maps": []})
            socket.send_json({"maps": [{"method": "input_x_gradient"}]})
            header, _ = told(socket, "attribution")
            while header["method"] != "input_x_gradient":
                header, _ = told(socket, "attribution")
            assert header["over"]
