"""All of them, keyed by name, and what share of their cells is to be read right."""

from benchmarks.unseen.bare import BARE
from benchmarks.unseen.markup import Markup
from benchmarks.unseen.mirrors import MIRRORS
from benchmarks.unseen.portals import PORTALS
from benchmarks.unseen.real import REAL

TARGETS = {"own": 1.0, "real": 0.99, "bare": 0.95}
"""Share of cells that is to be read right, by group; `own` are the families of the practice site."""

MARKUPS: dict[str, Markup] = REAL | BARE | MIRRORS | PORTALS
