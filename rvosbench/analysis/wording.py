"""What a sentence goes by, told from fixed lists of words: how things look, how they move, where they are.

A sentence can be of several kinds, or of none. Words are compared whole and in lower case, so the lists hold
the forms that sentences of this field use.
"""

from __future__ import annotations

import re


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


STATIC = _listed(
    """
    red green blue yellow orange purple pink brown black white gray grey golden silver dark light bright
    striped spotted dotted plain colourful colorful big bigger biggest large larger largest small smaller
    smallest little tiny huge tall taller tallest short shorter shortest long fat thin old young round square
    wearing dressed shirt jacket hat helmet dress wooden furry
    """
)
MOTION = _listed(
    """
    moves moving moved move walks walking walk runs running run jumps jumping jump flies flying fly swims
    swimming swim turns turning turn rotates rotating spins spinning rolls rolling climbs climbing falls
    falling drives driving rides riding dances dancing throws throwing catches catching kicks kicking chases
    chasing follows following passes passing crosses crossing enters entering leaves leaving leave comes
    coming goes going returns returning approaches approaching crawls crawling slides sliding swings swinging
    stops stopping stays staying stay stands standing rises rising lifts lifting pushes pushing pulls pulling
    grows growing shrinks shrinking fast faster fastest slow slowly quickly still
    forward forwards backward backwards away around
    """
)
POSITION = _listed(
    """
    left right leftmost rightmost middle center centre central top bottom upper lower front behind back
    above below under beneath beside next near nearest closest far farthest furthest between side corner
    edge foreground background first second third last
    """
)
_LISTS = {"static": STATIC, "motion": MOTION, "position": POSITION}


def wordings(text: str) -> frozenset[str]:
    """Those of "static", "motion" and "position" of which any word occurs."""
    words = set(re.findall(r"[a-z]+", text.lower()))
    return frozenset(name for name, listed in _LISTS.items() if words & listed)
