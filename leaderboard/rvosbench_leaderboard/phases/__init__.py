"""What can be done with phases and submissions: quota, states, publication. Knows nothing of HTTP; every
function is a part of the caller's transaction, `Database.write`."""

from rvosbench_leaderboard.phases import rescore
from rvosbench_leaderboard.phases.publishing import approve, disqualify, publish, reinstate, withdraw
from rvosbench_leaderboard.phases.quota import Limit, Standing, standing
from rvosbench_leaderboard.phases.refusals import Refused
from rvosbench_leaderboard.phases.states import CANCELLABLE, IN_WORK, WITH_SCORE, State
from rvosbench_leaderboard.phases.submitting import (
    cancel,
    cancel_upload,
    expire_upload,
    received,
    refund,
    reserve,
    retry,
    touch,
)

__all__ = [
    "CANCELLABLE",
    "IN_WORK",
    "WITH_SCORE",
    "Limit",
    "Refused",
    "Standing",
    "State",
    "approve",
    "cancel",
    "cancel_upload",
    "disqualify",
    "expire_upload",
    "publish",
    "received",
    "refund",
    "reinstate",
    "rescore",
    "reserve",
    "retry",
    "standing",
    "touch",
    "withdraw",
]
