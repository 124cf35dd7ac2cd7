"""From run folders and a paper's printed numbers to `results/<mode>/<paper>.json`: what `evaluate` writes and `report` shows."""
