"""`python -m reproduce`: the same as the command `reproduce`."""

from __future__ import annotations

from reproduce.cli import main

main()
