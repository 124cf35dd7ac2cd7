"""Data as small script files, since a page opened from disk may load scripts but fetch nothing.

Every file calls `reproduce.receive(name, data)`. Large ones hold deflated JSON as base64, which browsers unpack themselves
(`DecompressionStream`): transcripts shrink to about a fifteenth in a rehearsal.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass

from reproduce.files import dumps

LEVEL = 4


@dataclass(frozen=True)
class Chunk:
    """One script file."""

    name: str
    """Path below the report's folder, without the ending."""
    text: str


def script(name: str, data: object) -> Chunk:
    """A script that hands `data` to the page."""
    body = dumps(data).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")  # line ends to a script, not to JSON
    return Chunk(name, f"reproduce.receive({dumps(name)}, {body});\n")


def packed(name: str, data: object) -> Chunk:
    """The same, deflated."""
    body = base64.b64encode(zlib.compress(dumps(data).encode(), LEVEL)).decode()
    return Chunk(name, f'reproduce.unpack({dumps(name)}, "{body}");\n')
