"""What can go wrong, said in one form: where, what was expected, what was found, how to fix it.

A `Problem` is data. A `ProblemLog` gathers all problems of one run, so that users see every one of them
together. A `RvosbenchError` carries problems out of the library; its class decides the exit code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

MAX_EXAMPLES = 10


class Code(StrEnum):
    """Stable codes. Never renumber one: people search for them. `docs/errors.md` explains each."""

    UNKNOWN_DATASET = "RVB001"
    UNKNOWN_SPLIT = "RVB002"
    BAD_OPTION = "RVB003"
    NOT_CONVERTED = "RVB004"
    PART_NOT_INSTALLED = "RVB005"
    PLUGIN_FAILED = "RVB006"
    CANNOT_WRITE = "RVB007"
    WORKER_DIED = "RVB008"

    MISSING_FILE = "RVB010"
    INVALID_JSON = "RVB011"
    NOT_UTF8 = "RVB012"
    BAD_STRUCTURE = "RVB013"
    DUPLICATE_ID = "RVB014"
    UNREADABLE_FILE = "RVB015"
    WRONG_SIZE = "RVB016"
    WRONG_MODE = "RVB017"
    BAD_RLE = "RVB018"
    FRAMES_NOT_SORTED = "RVB019"
    UNKNOWN_MASK = "RVB020"
    OBJECT_IN_TWO_VIDEOS = "RVB021"
    WRONG_LENGTH = "RVB022"
    MISSING_FRAME = "RVB023"
    UNKNOWN_VIDEO = "RVB024"
    NOTHING_FOUND = "RVB025"
    BAD_NAME = "RVB026"
    UNKNOWN_OBJECT = "RVB027"

    COUNTS_DIFFER = "RVB030"
    UNKNOWN_CHECKSUM = "RVB031"
    REPAIRED = "RVB032"
    LEFT_OUT = "RVB033"

    SPLIT_DAMAGED = "RVB040"
    FINGERPRINT_DIFFERS = "RVB041"
    WRONG_COLUMNS = "RVB042"
    ROWS_INCONSISTENT = "RVB043"
    SOURCE_CHANGED = "RVB044"
    NEWER_SCHEMA = "RVB045"

    OBJECTS_OVERLAP = "RVB050"
    NO_FRAMES = "RVB051"
    NO_GROUND_TRUTH = "RVB052"
    UNKNOWN_FORMAT = "RVB053"

    TABLE_INCONSISTENT = "RVB060"

    NOT_PREDICTIONS = "RVB100"
    ARCHIVE_DAMAGED = "RVB101"
    UNSAFE_PATH = "RVB102"
    ENCRYPTED = "RVB103"
    UNSUPPORTED_COMPRESSION = "RVB104"
    TOO_MANY_FILES = "RVB105"
    DUPLICATE_PREDICTION = "RVB106"
    FILE_TOO_LARGE = "RVB107"
    UNKNOWN_IMAGE = "RVB108"
    BAD_SCORE = "RVB109"
    WRAPPING_FOLDER = "RVB110"
    FOREIGN_FILES = "RVB111"
    EXTRA_PREDICTIONS = "RVB112"
    FIELD_IGNORED = "RVB113"
    TOO_MANY_RESULTS = "RVB114"

    MISSING_PREDICTION = "RVB120"
    SOFT_MASK = "RVB121"
    PALETTE_UNLIKE_GRAY = "RVB122"
    TOO_MANY_LABELS = "RVB123"
    UNKNOWN_PROTOCOL = "RVB124"
    PROTOCOL_DOES_NOT_FIT = "RVB125"
    NO_SAMPLES = "RVB126"
    NOT_A_RESULT = "RVB127"
    PARTS_DIFFER = "RVB128"

    FRAME_NAMES = "RVB130"
    EXPRESSION_NAMES = "RVB131"
    OTHER_SPLIT = "RVB132"
    LABEL_MAP = "RVB133"
    CONSTANT_MASKS = "RVB134"
    EMPTY_MASKS = "RVB135"
    GROUND_TRUTH_PREDICTED = "RVB136"
    EQUAL_SCORES = "RVB137"
    WRONG_ROOT = "RVB138"
    WRONG_FORM = "RVB139"
    NESTED_ARCHIVE = "RVB140"
    SIZE_UNKNOWN = "RVB141"
    PREDICTIONS_BELOW = "RVB142"

    NO_KEPT_MASKS = "RVB150"
    RESULTS_NOT_COMPARABLE = "RVB151"
    NOTHING_TO_RESAMPLE = "RVB152"
    OTHER_DATA = "RVB155"
    NOT_OF_SENTENCES = "RVB156"
    SINGLE_FRAMES = "RVB159"
    MASKS_LATE = "RVB160"
    MASKS_BESIDE = "RVB161"

    DATABASE_UNAVAILABLE = "RVB170"
    BAD_DEFINITION = "RVB171"
    PHASE_CLOSED = "RVB172"
    QUOTA_SPENT = "RVB173"
    STORAGE_FULL = "RVB174"
    ILLEGAL_MOVE = "RVB175"
    SCORING_FAILED = "RVB177"

    NOT_SIGNED_IN = "RVB180"
    NOT_ALLOWED = "RVB181"
    NOT_THERE = "RVB182"
    TOO_MANY_REQUESTS = "RVB183"
    BAD_REQUEST = "RVB184"
    UPLOAD_BROKEN = "RVB185"
    UPLOAD_TOO_LARGE = "RVB186"
    SERVER_FAILED = "RVB187"
    SERVER_UNREACHABLE = "RVB188"
    NOT_NOW = "RVB189"

    BACKUP_DAMAGED = "RVB190"
    BACKUP_FAILED = "RVB191"
    NOT_EMPTY = "RVB192"
    TRUTH_EXPOSED = "RVB193"
    SERVER_UNWELL = "RVB194"
    UNKNOWN_NAME = "RVB195"

    WEIGHTS_UNREADABLE = "RVB200"
    WEIGHTS_DO_NOT_FIT = "RVB201"
    UNKNOWN_BASELINE = "RVB202"
    UNKNOWN_VARIANT = "RVB203"
    ANOTHER_RUN = "RVB204"
    PREDICTION_FAILED = "RVB205"
    OUT_OF_MEMORY = "RVB206"
    PREDICTOR_BROKEN = "RVB207"
    COMPILATION_FAILED = "RVB208"

    BAD_SETTING = "RVB210"
    NOT_A_CHECKPOINT = "RVB211"
    DIVERGED = "RVB212"
    NOTHING_TO_LEARN = "RVB213"
    ANOTHER_TRAINING = "RVB214"

    NOT_A_RECORD = "RVB220"
    RECORD_CONTRADICTORY = "RVB221"
    RECORD_REFUTED = "RVB222"
    NOT_REPRODUCIBLE = "RVB223"
    UNKNOWN_RECORD = "RVB224"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `count` places show it, `examples` names up to ten of them."""

    code: Code
    path: str
    expected: str
    found: str
    fix: str
    severity: Severity = Severity.ERROR
    count: int = 1
    examples: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"examples": list(self.examples)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Problem:
        return cls(
            **{
                **values,
                "code": Code(values["code"]),
                "severity": Severity(values["severity"]),
                "examples": tuple(values["examples"]),
            }
        )

    def __str__(self) -> str:
        more = f" (and {self.count - 1} more)" if self.count > 1 else ""
        return (
            f"{self.severity} {self.code}: {self.path}: expected {self.expected}, found {self.found}{more}. "
            f"Fix: {self.fix}"
        )


class ProblemLog:
    """Gathers problems; those of one kind become one entry with a count and examples."""

    def __init__(self) -> None:
        self._problems: dict[tuple[Code, Severity, str, str], Problem] = {}

    def add(
        self,
        code: Code,
        path: object,
        *,
        expected: str,
        found: str,
        fix: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Two reports are of one kind when code, severity, `expected` and `fix` are equal:
        word these two for the kind, `path` and `found` for the case."""
        self.include([Problem(code, str(path), expected, found, fix, severity, 1, (f"{path}: {found}",))])

    def warn(self, code: Code, path: object, *, expected: str, found: str, fix: str) -> None:
        self.add(code, path, expected=expected, found=found, fix=fix, severity=Severity.WARNING)

    def include(self, problems: Iterable[Problem]) -> None:
        for new in problems:
            key = (new.code, new.severity, new.expected, new.fix)
            old = self._problems.get(key)
            self._problems[key] = new if old is None else _merged(old, new)

    @property
    def has_errors(self) -> bool:
        return bool(self.errors)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self if p.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(p for p in self if p.severity is Severity.WARNING)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems.values())

    def __len__(self) -> int:
        return len(self._problems)


def _merged(old: Problem, new: Problem) -> Problem:
    examples = (old.examples + new.examples)[:MAX_EXAMPLES]
    return replace(old, count=old.count + new.count, examples=examples)


class RvosbenchError(Exception):
    """Base of all errors that a user can meet. Never raised for a defect of ours."""

    exit_code = 1

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class UsageError(RvosbenchError):
    exit_code = 2


class PredictionsRefused(RvosbenchError):
    exit_code = 3


class DatasetError(RvosbenchError):
    exit_code = 4


class PartNotInstalled(RvosbenchError):
    exit_code = 5

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            Problem(
                Code.PART_NOT_INSTALLED,
                path=what,
                expected=f"the optional part [{extra}]",
                found="it is not installed",
                fix=f'pip install "rvosbench[{extra}]"',
            )
        )
