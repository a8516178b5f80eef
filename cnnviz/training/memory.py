"""How a process that trains keeps its memory."""

import ctypes
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt(3)
_KEPT = 2**31 - 1  # B
_LARGEST = (2**30, 2**25)  # B; an older glibc takes no more than the second


def keep_freed_memory() -> bool:
    """Let this process keep memory that it has freed, for the next step: every step needs as much as the one before.

    Otherwise glibc gives large tensors back to the system and gets them anew, zeroed page by page, in every step. For a
    process that does nothing but train. Where the C library is another, nothing is done.

    Returns:
        Whether it was.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    kept = any(mallopt(_MMAP_THRESHOLD, size) for size in _LARGEST)
    return bool(mallopt(_TRIM_THRESHOLD, _KEPT)) and kept
