"""One report for all tests of a worker: drawing its figures takes seconds."""

from __future__ import annotations

import pytest
from scripted_report import reported_project


@pytest.fixture(scope="session")
def reported(tmp_path_factory):
    """A project with a report that has something on every page; nobody changes it."""
    return reported_project(tmp_path_factory.mktemp("reported"))
