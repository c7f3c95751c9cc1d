"""What a fault is told of a request, and what it may answer: a response, or steps on the bare connection."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import NamedTuple, TypeAlias

from trials.practice.site import Response, Site


class Pause(NamedTuple):
    """Nothing is sent for so long, or until the client leaves."""

    seconds: float


class Reset(NamedTuple):
    """The connection ends by a reset (RST) in place of an end (FIN)."""


Step: TypeAlias = bytes | Pause | Reset

Steps: TypeAlias = Iterator[Step]

Wrong: TypeAlias = Response | Steps
"""A response is sent as any other, and the connection is kept; after steps it is closed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A GET request that a fault was chosen for; `draw` is a random stream of this request alone."""

    site: Site
    target: str
    headers: Mapping[str, str]
    draw: Random

    @property
    def right(self) -> Response:
        """What would be right to answer, without conditions and without content coding."""
        return self.site.respond(self.target, {})
