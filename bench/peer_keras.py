"""The Keras example by `model.fit`: a script of its own, as the Python that has TensorFlow may be another one.

`python bench/peer_keras.py BATCH IMAGES.npz` speaks as `bench.contenders` does. It needs keras, tensorflow and NumPy.
"""

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers


def main() -> None:
    """Train turn by turn, until the one who asks has gone."""
    batch = int(sys.argv[1])
    with np.load(sys.argv[2]) as held:
        images, labels = held["images"], held["labels"]
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    model.fit(images[: 100 * batch], labels[: 100 * batch], batch_size=batch, verbose=0)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        taken = min(int(line), len(images))
        begun, begun_cpu = time.perf_counter(), time.process_time()
        model.fit(images[:taken], labels[:taken], batch_size=batch, verbose=0)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - begun_cpu
        print(json.dumps({"images": taken, "seconds": seconds, "cpu": cpu}), flush=True)


if __name__ == "__main__":
    main()
