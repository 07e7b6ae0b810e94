"""The table of all rules: what each is called, where it stands in the code, and what becomes of it. The page
docs/validate.md shows the same table, which a test holds to this one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rvosbench.errors import Code, Severity

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_ARCHIVES = ("mevis", "ref-youtube-vos", "davis")
_GRAY = ("mevis", "ref-youtube-vos")
_NAMES = "rvosbench.validate.names"
_ROOT = "rvosbench.validate.root"
_PICTURES = "rvosbench.protocols.pictures"
_SUSPICION = "rvosbench.validate.suspicion"
_READER = "rvosbench.predictions"


@dataclass(frozen=True, slots=True)
class Rule:
    """`severity` is that of `eval`; None where only a server cares. `refused_by` are the servers on which it
    is an error although `eval` only warns. `found_by` is the function that finds it, module:name. `label`
    tells the rule among those that field knows: E1 to E10 and W1 to W7; those without are our own."""

    label: str
    code: Code
    severity: Severity | None
    found_by: str
    what: str
    refused_by: tuple[str, ...] = ()

    def severity_for(self, server: str) -> Severity | None:
        return _ERROR if server in self.refused_by else self.severity


RULES = (
    Rule("E1", Code.WRONG_ROOT, None, f"{_ROOT}:wrong_root", "zip begins elsewhere", _ARCHIVES),
    Rule("E1", Code.WRAPPING_FOLDER, _WARNING, f"{_READER}.layout:note_surroundings", "folder around all"),
    Rule("E1", Code.PREDICTIONS_BELOW, _ERROR, f"{_NAMES}:predictions_below", "folder far above"),
    Rule("E1", Code.WRONG_FORM, None, f"{_ROOT}:wrong_form", "form that the server does not read", _ARCHIVES),
    Rule("E2", Code.MISSING_PREDICTION, _ERROR, "rvosbench.validate.missing:missing_predictions", "missing"),
    Rule("E3", Code.FRAME_NAMES, _ERROR, f"{_NAMES}:frame_names", "frames are called otherwise"),
    Rule("E4", Code.WRONG_SIZE, _ERROR, f"{_PICTURES}:report_size", "another size than the video"),
    Rule("E4", Code.SIZE_UNKNOWN, _WARNING, "rvosbench.validate.heads:size_unknown", "size is not known"),
    Rule("E5", Code.WRONG_MODE, _ERROR, f"{_PICTURES}:report_mode", "colours, transparency, 16 bits"),
    Rule("E5", Code.LABEL_MAP, _WARNING, f"{_PICTURES}:label_map", "label map for a mask", _GRAY),
    Rule("E5", Code.SOFT_MASK, _WARNING, f"{_PICTURES}:soft_mask", "more than two values"),
    Rule("E5", Code.TOO_MANY_LABELS, _ERROR, f"{_PICTURES}:report_labels", "0/255 for a label map"),
    Rule("E6", Code.PALETTE_UNLIKE_GRAY, _ERROR, f"{_PICTURES}:dark_palette", "used colour is black"),
    Rule("E6", Code.PALETTE_UNLIKE_GRAY, _WARNING, f"{_PICTURES}:light_palette", "0 is not black", _GRAY),
    Rule("E7", Code.UNREADABLE_FILE, _ERROR, f"{_PICTURES}:report_unreadable", "empty, cut off, a JPEG"),
    Rule("E7", Code.NOT_PREDICTIONS, _ERROR, f"{_READER}.recognise:recognise", "nothing of the split"),
    Rule("E7", Code.NESTED_ARCHIVE, _ERROR, f"{_NAMES}:nested_archives", "zip in a zip"),
    Rule("E7", Code.DUPLICATE_PREDICTION, _ERROR, f"{_READER}.archive:list_archive", "a name twice"),
    Rule("E7", Code.ARCHIVE_DAMAGED, _ERROR, f"{_READER}.zip_directory:archive_damaged", "damaged zip"),
    Rule("E7", Code.UNSAFE_PATH, _ERROR, f"{_READER}.zip_names:check_names", "link, device, way out"),
    Rule("E7", Code.ENCRYPTED, _ERROR, f"{_READER}.zip_directory:read_directory", "password"),
    Rule(
        "E7", Code.UNSUPPORTED_COMPRESSION, _ERROR, f"{_READER}.zip_directory:read_directory", "bzip2, zstd"
    ),
    Rule("E7", Code.TOO_MANY_FILES, _ERROR, f"{_READER}.files:too_many_files", "three times too many files"),
    Rule("E7", Code.FILE_TOO_LARGE, _ERROR, f"{_READER}.files:too_large", "larger than any mask"),
    Rule("E7", Code.FOREIGN_FILES, _WARNING, f"{_READER}.layout:note_surroundings", "__MACOSX, .DS_Store"),
    Rule("E8", Code.UNKNOWN_IMAGE, _ERROR, f"{_READER}.coco_reader:CocoReader", "image_id of no sample"),
    Rule(
        "E9", Code.MISSING_PREDICTION, _ERROR, "rvosbench.validate.missing:missing_predictions", "no result"
    ),
    Rule("E10", Code.BAD_RLE, _ERROR, f"{_READER}.coco_reader:CocoReader", "counts that are no mask"),
    Rule("E10", Code.BAD_STRUCTURE, _ERROR, f"{_READER}.coco_reader:CocoReader", "result of another form"),
    Rule("E10", Code.BAD_SCORE, _ERROR, f"{_READER}.coco_reader:CocoReader", "score that is no number"),
    Rule("E10", Code.INVALID_JSON, _ERROR, f"{_READER}.coco_reader:CocoReader", "results that are not JSON"),
    Rule("E10", Code.TOO_MANY_RESULTS, _ERROR, f"{_READER}.coco_reader:CocoReader", "far too many results"),
    Rule("E10", Code.WRONG_COLUMNS, _ERROR, f"{_READER}.parquet_checks:check_schema", "other columns"),
    Rule("W1", Code.EMPTY_MASKS, _WARNING, f"{_SUSPICION}:empty_masks", "a quarter predicts nothing"),
    Rule("W2", Code.CONSTANT_MASKS, _WARNING, f"{_SUSPICION}:constant_masks", "half never changes"),
    Rule("W3", Code.EXTRA_PREDICTIONS, _WARNING, f"{_READER}.layout:note_extras", "what no one asks for"),
    Rule(
        "W4", Code.EXPRESSION_NAMES, _ERROR, f"{_NAMES}:expression_names", "folders named by text or object"
    ),
    Rule("W5", Code.OTHER_SPLIT, _WARNING, f"{_NAMES}:other_split", "videos of another split"),
    Rule("W6", Code.EQUAL_SCORES, _WARNING, f"{_SUSPICION}:equal_scores", "nothing is ranked"),
    Rule("W7", Code.FIELD_IGNORED, _WARNING, f"{_READER}.coco_reader:CocoReader", "bbox, other columns"),
    Rule(
        "", Code.GROUND_TRUTH_PREDICTED, _WARNING, f"{_SUSPICION}:ground_truth_predicted", "the ground truth"
    ),
)


def refused_by(server: str) -> Iterable[tuple[Code, Severity]]:
    """Code and severity of `eval` of what is an error on this server alone."""
    return [
        (one.code, one.severity) for one in RULES if server in one.refused_by and one.severity is not None
    ]
