"""Every promise that is measured, in the order of the fault table."""

from faults import kills
from faults.promise import Promise

PROMISES = (
    Promise("S01", "kill -9 at any moment, the same command again", kills.random_kills),
    Promise("S08", "2 to 8 runs at once, the holder killed", kills.runs_at_once),
)
