"""Explanations computed while others train and explain equal those computed alone: nothing is shared."""

import copy
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from cnnviz.attribution import METHODS, explain
from cnnviz.inspection import prepare
from tests.inspection.nets import Parts, Reused, image, make

ROUNDS = 4
WANTED = [(name, target, seed) for name in METHODS for target in (0, 2) for seed in (0, 1)]
SETTINGS = {"integrated_gradients": {"steps": 10}, "smooth_grad": {"samples": 5}, "occlusion": {"window": 4}}


def maps(network: Parts, *, once: bool) -> list[np.ndarray]:
    """All maps that are wanted: on one prepared copy, or each time on a new one."""
    found = []
    prepared, _ = prepare(network, image())
    for name, target, seed in WANTED:
        subject = prepared if once else network
        found.append(explain(subject, image(seed), name, target, **SETTINGS.get(name, {})).values)
    return found


def test_maps_made_beside_others_are_those_made_alone():
    networks = [make(Reused, seed) for seed in range(2)]
    pupil = make(Reused, 7)
    alone = [maps(network, once=True) for network in networks]
    stop = threading.Event()

    def train() -> int:
        network, steps = copy.deepcopy(pupil).train(), 0
        optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
        while not stop.is_set():
            optimizer.zero_grad()
            network(torch.stack([image(steps), image(steps + 1)])).square().sum().backward()
            optimizer.step()
            steps += 1
        return steps

    with ThreadPoolExecutor(5) as threads:
        training = threads.submit(train)
        asked = [
            (number, threads.submit(maps, networks[number], once=once))
            for number in (0, 1)
            for once in (True, False)
            for _ in range(ROUNDS // 2)
        ]
        try:
            beside = [(number, done.result(timeout=120)) for number, done in asked]
        finally:
            stop.set()
        assert training.result(timeout=60) > 10
    for number, found in beside:
        for wanted, values, expected in zip(WANTED, found, alone[number], strict=True):
            np.testing.assert_allclose(values, expected, atol=1e-6, err_msg=str(wanted))
