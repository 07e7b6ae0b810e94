"""Asks pycocotools about one submission, as the scripts of this field do. Needs `pip install pycocotools`.

ask_pycocotools.py SUBMISSION TRUTH FORM
"""

import contextlib
import json
import sys

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def main(submission: str, truth: str, form: str) -> int:
    if form != "coco":
        print(json.dumps({"verdict": "not-applicable", "reason": "reads COCO results alone"}))
        return 0
    with contextlib.redirect_stdout(sys.stderr):
        annotations = COCO(truth)
        try:
            results = annotations.loadRes(submission)
        except AssertionError as error:  # what it checks on purpose
            print(error, file=sys.stderr)
            return 3
        scorer = COCOeval(annotations, results, iouType="segm")
        scorer.params.useCats = 0
        scorer.evaluate()
        scorer.accumulate()
        scorer.summarize()
    figures = dict(zip(("mAP", "AP50", "AP75"), map(float, scorer.stats[:3]), strict=True))
    print(json.dumps({"scores": figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
