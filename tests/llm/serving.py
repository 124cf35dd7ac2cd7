"""A running `transformers serve` with a tiny checkpoint, made on the spot."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tiny_checkpoint import save, save_speaking


@contextmanager
def serving(home: Path, says: str = "") -> Iterator[tuple[str, Path]]:
    """The server's base URL and the folder of its model, once it is ready. It writes gibberish, or always what it `says`."""
    (home / "hub").mkdir()  # without a hub cache the server answers 500 to some paths
    model = save_speaking(home / "model", says) if says else save(home / "model")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [str(Path(sys.executable).parent / "transformers"), "serve", str(model), "--host", "127.0.0.1", "--port", port]
    offline = {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--device", "cpu", "--dtype", "float32"], stdout=log, stderr=log, env={**os.environ, **offline}
        )
        try:
            _await(f"http://127.0.0.1:{port}/health", process, home / "log")
            yield f"http://127.0.0.1:{port}/v1", model
        finally:
            process.terminate()
            process.wait(30)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            opener.open(url, timeout=5).read()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server does not come up: {log.read_text()}")
