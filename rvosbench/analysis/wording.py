"""What a sentence goes by, told from fixed lists of words: how things look, what they do, where they are.

A sentence can be of several kinds, or of none. Words are compared whole and in lower case, so the lists hold
the forms that sentences of this field use. docs/language.md says what the lists are for, and what they miss.
"""

from __future__ import annotations

import re


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


STATIC = _listed(
    """
    red green blue yellow orange purple violet pink brown black white gray grey beige golden gold silver
    dark light bright pale striped stripes spotted spots dotted checkered plain colourful colorful coloured
    colored big bigger biggest large larger largest small smaller smallest little tiny huge giant tall taller
    tallest short shorter shortest long longer longest fat thin slim thick old young round square
    wearing wears dressed shirt t-shirt jacket coat suit hat cap helmet dress skirt shorts pants jeans vest
    glasses hair haired bearded bald wooden metal furry fluffy shiny
    """
)
MOTION = _listed(
    """
    move moves moved moving motion walk walks walked walking run runs ran running jump jumps jumped jumping
    hop hops hopping leap leaps leaping fly flies flew flying swim swims swam swimming float floats floating
    dive dives diving turn turns turned turning rotate rotates rotating spin spins spinning roll rolls rolling
    twist twists twisting flip flips flipping climb climbs climbed climbing fall falls fell falling drop drops
    dropping sink sinks sinking rise rises rose rising drive drives drove driving ride rides rode riding cycle
    cycling skate skates skating ski skiing skateboarding surf surfing sail sailing dance dances danced
    dancing throw throws threw throwing toss tosses tossing catch catches caught catching kick kicks kicking
    hit hits hitting chase chases chased chasing follow follows followed following pass passes passed passing
    cross crosses crossed crossing enter enters entered entering leave leaves leaving exit exits exiting come
    comes came coming go goes went going return returns returned returning approach approaches approached
    approaching retreat retreats retreating crawl crawls crawled crawling creep creeping slide slides slid
    sliding slip slips swing swings swung swinging sway sways swaying bounce bounces bouncing shake shakes
    shook shaking wave waves waved waving wag wags wagging flap flaps flapping stretch stretches stretching
    bend bends bent bending bow bows squat squats squatting kneel kneels kneeling stop stops stopped stopping
    stay stays stayed staying stand stands stood standing sit sits sat sitting lie lies lay lying lift lifts
    lifted lifting raise raises raised raising lowers lowering push pushes pushed pushing pull pulls
    pulled pulling drag drags dragging carry carries carried carrying pick picks picked picking put puts
    putting take takes took taking give gives gave giving handing grow grows growing shrink shrinks
    shrinking open opens opening closes closing eat eats ate eating drink drinks drank drinking feed
    feeds feeding bite bites biting lick licks licking play plays played playing fight fights fought fighting
    wrestle wrestles wrestling hug hugs hugging kiss kisses pet pets petting touch touches touched touching
    look looks looked looking watch watches watching talk talks talking speak speaks speaking sing singing
    overtake overtakes overtaking reverse reverses reversing circle circles circling wander wanders wandering
    graze grazes grazing land lands landing hover hovers hovering travel travels travelling traveling step
    steps stepping switch switches switching change changes changing start starts started starting begin
    begins began beginning hide hides hid hiding appear appears appeared appearing disappear disappears
    disappeared disappearing vanish vanishes fast faster fastest slow slower slowest slowly quickly rapidly
    suddenly still stationary motionless forward forwards backward backwards away towards toward upward
    upwards downward downwards around sideways
    """
)
POSITION = _listed(
    """
    left right leftmost rightmost middle center centre central top topmost bottom upper lower front behind
    back above below under underneath beneath beside besides next near nearest nearer close closest far
    farthest furthest farther further between side corner edge foreground background inside outside
    first second third fourth fifth last
    """
)
_DIRECTION = re.compile(
    r"\b(?:to|toward|towards|from|turning|turns) (?:the |its |his |her |their )?(?:left|right)\b(?! of\b)"
    r"|\b(?:left to right|right to left)\b"
)


def wordings(text: str) -> frozenset[str]:
    """Those of "static", "motion" and "position" of which any word occurs. Where something moves, `to the
    left` is the way it goes, not the place where it is."""
    lowered = text.lower()
    found = set()
    words = _words(lowered)
    if words & STATIC:
        found.add("static")
    if words & MOTION:
        found.add("motion")
        words = _words(_DIRECTION.sub(" ", lowered))
    if words & POSITION:
        found.add("position")
    return frozenset(found)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+(?:-[a-z]+)*", text)) | set(re.findall(r"[a-z]+", text))
