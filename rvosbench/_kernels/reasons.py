"""Why the kernel refuses what it was given."""

from __future__ import annotations

from enum import IntEnum


class Reason(IntEnum):
    """Stable within the package; the compiled kernel has the same numbers."""

    ACCEPTED = 0
    NOT_PNG = 1
    TRUNCATED = 2
    BAD_CHUNK = 3
    BAD_CRC = 4
    WRONG_MODE = 5
    WRONG_SIZE = 6
    BAD_STREAM = 7
    TOO_LITTLE_DATA = 8
    TOO_MUCH_DATA = 9
    BAD_ADLER = 10
    BAD_FILTER = 11
    BAD_COUNTS = 12
    BAD_RUNS = 13

    @property
    def found(self) -> str:
        """What is wrong, in the words of a `Problem.found`."""
        return _FOUND[self]


_FOUND = {
    Reason.ACCEPTED: "nothing wrong",
    Reason.NOT_PNG: "it does not begin like a PNG",
    Reason.TRUNCATED: "the file ends too early",
    Reason.BAD_CHUNK: "a chunk that is malformed, unknown or out of place",
    Reason.BAD_CRC: "a chunk whose checksum does not match",
    Reason.WRONG_MODE: "an image with colours, transparency or 16 bits a pixel",
    Reason.WRONG_SIZE: "an image of another size",
    Reason.BAD_STREAM: "pixels that cannot be decompressed",
    Reason.TOO_LITTLE_DATA: "fewer pixels than the image has",
    Reason.TOO_MUCH_DATA: "more pixels than the image has",
    Reason.BAD_ADLER: "pixels whose checksum does not match",
    Reason.BAD_FILTER: "a row with an unknown filter",
    Reason.BAD_COUNTS: "text that is not COCO run-length counts",
    Reason.BAD_RUNS: "runs that do not make up an image of this size",
}


class KernelError(ValueError):
    """Input that is refused; `reason` says why."""

    def __init__(self, reason: int) -> None:
        self.reason = Reason(reason)
        super().__init__(self.reason.found)

    def __reduce__(self) -> tuple[type[KernelError], tuple[int]]:
        return KernelError, (int(self.reason),)
