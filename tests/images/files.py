"""Files made here, in memory: pictures of every format and mode, and what should never be decoded."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
LOSSLESS: dict[str, dict[str, Any]] = {"PNG": {}, "BMP": {}, "WEBP": {"lossless": True}, "TIFF": {}}


def saved(image: Image.Image, form: str, **settings: Any) -> bytes:
    """The bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, form, **settings)
    return buffer.getvalue()


def colours(height: int = 13, width: int = 17) -> NDArray[np.uint8]:
    """(height, width, 3) colours, all different."""
    values = np.arange(height * width * 3).reshape(height, width, 3) * 37 % 251
    return values.astype(np.uint8)


def chunk(kind: bytes, content: bytes) -> bytes:
    """One piece of a PNG file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def declared(form: str, width: int, height: int) -> bytes:
    """A file of some bytes that declares this size; what follows its header is not of that size."""
    if form == "PNG":
        header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
        data = chunk(b"IDAT", zlib.compress(bytes(1000)))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")
    if form == "GIF":
        size = struct.pack("<HH", width, height)
        return b"GIF89a" + size + b"\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0" + size + b"\0\x02\x02\x44\x01\0;"
    if form == "BMP":
        head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
        return b"BM" + struct.pack("<IHHI", 54 + 100, 0, 0, 54) + head + bytes(100)
    if form == "WEBP":
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        content = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size
        return b"RIFF" + struct.pack("<I", len(content)) + content
    if form == "TIFF":
        fields = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1)]
        entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in [*fields, (279, 4, 90)])
        return b"II*\0" + struct.pack("<IH", 8, len(fields) + 1) + entries + bytes(4)
    plain = saved(Image.new("RGB", (8, 8)), "JPEG")
    start = plain.index(b"\xff\xc0") + 5
    return plain[:start] + struct.pack(">HH", height, width) + plain[start + 4 :]


def hundred_megapixels() -> bytes:
    """A whole PNG of 10,000 x 10,000 black pixels in 100 kB."""
    header = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(10_001 * 10_000), 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def many_scans(count: int) -> bytes:
    """A progressive JPEG of 40 megapixels whose last scan comes again and again."""
    plain = saved(Image.new("L", (7_700, 5_190), 7), "JPEG", progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:last] + plain[last:-2] * count + plain[-2:]


def profile(swapped: bool) -> bytes:
    """The profile of sRGB, or one in which red and green change places, under another name."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if not swapped:
        return plain
    renamed = plain.replace("sRGB".encode("utf-16-be"), "mine".encode("utf-16-be")).replace(b"sRGB", b"mine")
    return renamed.replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")
