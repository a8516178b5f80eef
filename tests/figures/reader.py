"""Messages read as the browser reads them, by the format alone."""

import json
import struct
from typing import Any

import numpy as np

DTYPES = {"F32": "<f4", "I32": "<i4", "U8": "u1", "I8": "i1"}  # all that the browser reads


def read(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The bytes as the browser reads them: a length, JSON, numbers one after another."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    (length,) = struct.unpack("<Q", message[:8])
    header = json.loads(message[8 : 8 + length].decode("utf-8"), parse_constant=refuse)
    raw = message[8 + length :]
    text = header.pop("__metadata__")["message"]
    arrays, used = {}, 0
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(raw[begin:end], DTYPES[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"])
        used += end - begin
    assert used == len(raw), "no byte is unaccounted for"
    return json.loads(text, parse_constant=refuse), arrays
