"""Downloads from a real HTTP server on loopback, with everything that goes wrong on the way."""

import hashlib
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reproduce.data.catalog import Archive, RawFile, Source
from reproduce.data.download import Patience
from reproduce.data.fetch import fetch
from reproduce.errors import DataError, StorageError

BODY = bytes(range(256)) * 4096  # 1 MiB
SHA = hashlib.sha256(BODY).hexdigest()
QUICK = Patience(attempts=4, pause=0.01, silence=0.4, slowest=10_000, total=20.0)


class Server:
    """Answers each request with the next of `plan`, the last one for ever; keeps what was asked."""

    def __init__(self) -> None:
        self.plan: list[Callable[[BaseHTTPRequestHandler], None]] = [whole]
        self.asked: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append(dict(self.headers))
                answer = outer.plan[min(len(outer.asked), len(outer.plan)) - 1]
                self.close_connection = True
                answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/file.zip"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def ranges(self) -> list[str | None]:
        return [headers.get("Range") for headers in self.asked]


def send(handler, status, body=b"", promised=None, **headers):
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if promised is None else promised))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def whole(handler):
    """A server that resumes."""
    start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
    if start and handler.headers.get("If-Range") == '"v1"':
        send(handler, 206, BODY[start:], ETag='"v1"', Content_Range=f"bytes {start}-{len(BODY) - 1}/{len(BODY)}")
    else:
        send(handler, 200, BODY, ETag='"v1"')


def cut(at, etag='"v1"'):
    """Promises all, hangs up early."""

    def answer(handler):
        headers = {"ETag": etag} if etag else {}
        send(handler, 200, BODY[:at], promised=len(BODY), **headers)

    return answer


def cut_again(start, at):
    """Resumes, hangs up early once more."""
    last = len(BODY) - 1
    return lambda handler: send(
        handler, 206, BODY[start:at], promised=len(BODY) - start, ETag='"v1"', Content_Range=f"bytes {start}-{last}/{len(BODY)}"
    )


def refuse(status, **headers):
    return lambda handler: send(handler, status, b"no", **headers)


def hang_up(handler):
    handler.connection.close()


def silent(handler):
    time.sleep(1.5)


def drip(handler):
    """A slow loris: a byte now and then."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(BODY)))
    handler.send_header("ETag", '"v1"')
    handler.end_headers()
    for place in range(30):
        handler.wfile.write(BODY[place : place + 1])
        handler.wfile.flush()
        time.sleep(0.05)


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("REPRODUCE_DATASETS", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


@pytest.fixture
def source(server):
    archive = Archive(path="file.zip", inside="file", url=server.url, sha256=SHA)
    files = {role: RawFile(path=f"{role}.dat") for role in ("ratings", "movies", "users")}
    return Source(layout="ml-1m", folder="small", files=files, archive=archive, terms="research use")


def pinned_to(source, sha256):
    return source.model_copy(update={"archive": source.archive.model_copy(update={"sha256": sha256})})


def target(tmp_path):
    return tmp_path / "cache" / "reproduce" / "datasets" / "small" / "file.zip"


def left(tmp_path):
    return sorted(path.name for path in target(tmp_path).parent.iterdir() if path.suffix != ".lock")


def test_a_file_is_loaded_once_checked_and_shown_growing(server, source, tmp_path):
    seen = []
    (found,) = fetch("small", source, lambda name, here, total: seen.append((name, here, total)), QUICK)
    assert (found.path, found.sha256, found.pinned, found.downloaded) == (target(tmp_path), SHA, True, True)
    assert target(tmp_path).read_bytes() == BODY
    assert seen[-1] == ("file.zip", len(BODY), len(BODY))
    assert [here for _, here, _ in seen] == sorted(here for _, here, _ in seen)
    assert left(tmp_path) == ["file.zip"]
    (again,) = fetch("small", source, patience=QUICK)
    assert not again.downloaded
    assert len(server.asked) == 1


def test_a_dropped_connection_is_resumed_where_it_broke(server, source, tmp_path):
    server.plan = [cut(300_000), cut_again(300_000, 700_000), whole]
    fetch("small", source, patience=QUICK)
    assert target(tmp_path).read_bytes() == BODY
    assert server.ranges == [None, "bytes=300000-", "bytes=700000-"]
    assert server.asked[1]["If-Range"] == '"v1"'


def test_what_was_loaded_survives_a_failure_and_the_next_call_goes_on(server, source, tmp_path):
    server.plan = [cut(500_000), refuse(503)]
    with pytest.raises(DataError, match=r"answers 503 .*; 500000 bytes are kept, run it again later, or put a copy into"):
        fetch("small", source, patience=QUICK)
    assert left(tmp_path) == ["file.zip.part", "file.zip.part.json"]
    server.plan = [whole]
    fetch("small", source, patience=QUICK)
    assert server.ranges[-1] == "bytes=500000-"
    assert left(tmp_path) == ["file.zip"]


def test_a_server_that_cannot_resume_sends_everything_again(server, source, tmp_path):
    server.plan = [cut(300_000), lambda handler: send(handler, 200, BODY, ETag='"v1"')]
    fetch("small", source, patience=QUICK)
    assert target(tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("etag", [None, 'W/"v1"'])
def test_without_a_promise_of_the_same_version_the_file_is_loaded_anew(server, source, tmp_path, etag):
    server.plan = [cut(300_000, etag), whole]
    fetch("small", source, patience=QUICK)
    assert server.ranges == [None, None]
    assert target(tmp_path).read_bytes() == BODY


def test_a_file_that_changed_on_the_server_is_not_mixed_with_its_old_half(server, source, tmp_path):
    server.plan = [cut(300_000, '"v0"'), whole]
    fetch("small", source, patience=QUICK)
    assert server.asked[1]["If-Range"] == '"v0"'
    assert target(tmp_path).read_bytes() == BODY


def test_a_range_that_cannot_be_satisfied_begins_again(server, source, tmp_path):
    server.plan = [cut(300_000), refuse(416), whole]
    fetch("small", source, patience=QUICK)
    assert server.ranges == [None, "bytes=300000-", None]
    assert target(tmp_path).read_bytes() == BODY


def test_another_range_than_asked_for_is_not_used(server, source, tmp_path):
    wrong = lambda handler: send(handler, 206, BODY[5:], ETag='"v1"', Content_Range=f"bytes 5-{len(BODY) - 1}/{len(BODY)}")  # noqa: E731
    server.plan = [cut(300_000), wrong, whole]
    fetch("small", source, patience=QUICK)
    assert target(tmp_path).read_bytes() == BODY


@pytest.mark.parametrize(
    "fault", [refuse(500), refuse(502), refuse(429), hang_up, silent, drip, cut(0)], ids=lambda f: f.__name__
)
def test_a_passing_fault_is_tried_again(server, source, tmp_path, fault):
    server.plan = [fault, whole]
    fetch("small", source, patience=QUICK)
    assert target(tmp_path).read_bytes() == BODY
    assert len(server.asked) == 2


def test_the_server_says_how_long_to_wait(server, source):
    server.plan = [refuse(503, Retry_After="1"), whole]
    start = time.monotonic()
    fetch("small", source, patience=QUICK)
    assert time.monotonic() - start >= 1


def test_it_gives_up_after_some_tries_without_progress(server, source, tmp_path):
    server.plan = [refuse(500)]
    with pytest.raises(DataError, match=r"file.zip: answers 500 .*; nothing is kept, run it again later"):
        fetch("small", source, patience=QUICK)
    assert len(server.asked) == QUICK.attempts
    assert left(tmp_path) == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_wrong_address_is_not_tried_again(server, source, status):
    server.plan = [refuse(status)]
    with pytest.raises(
        DataError, match=rf"file.zip: answers {status} .*; correct the address, or put a copy into the folder small of"
    ):
        fetch("small", source, patience=QUICK)
    assert len(server.asked) == 1


def test_nobody_listening_is_one_line(server, source):
    gone = source.model_copy(update={"archive": source.archive.model_copy(update={"url": "http://127.0.0.1:9/file.zip"})})
    with pytest.raises(DataError, match=r"127.0.0.1:9/file.zip: cannot be loaded \(.*refused.*\); nothing is kept") as refused:
        fetch("small", gone, patience=QUICK)
    assert "\n" not in str(refused.value)


def test_time_is_bounded(server, source):
    server.plan = [refuse(503)]
    start = time.monotonic()
    with pytest.raises(DataError):
        fetch("small", source, patience=QUICK._replace(attempts=1000, pause=0.05, total=0.5))
    assert time.monotonic() - start < 5


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(server, source, tmp_path):
    with pytest.raises(DataError, match=rf"has SHA-256 {SHA[:12]}, specs/datasets.yaml pins 000000000000; try again, or put"):
        fetch("small", pinned_to(source, "0" * 64), patience=QUICK)
    assert left(tmp_path) == []


def test_a_damaged_copy_in_the_cache_is_loaded_again(server, source, tmp_path):
    fetch("small", source, patience=QUICK)
    target(tmp_path).write_bytes(b"damaged")
    (found,) = fetch("small", source, patience=QUICK)
    assert found.downloaded
    assert target(tmp_path).read_bytes() == BODY


def test_a_file_without_a_published_checksum_is_loaded_and_reported_as_not_pinned(server, source):
    (found,) = fetch("small", pinned_to(source, "unknown"), patience=QUICK)
    assert (found.sha256, found.pinned) == (SHA, False)


def test_two_processes_do_not_write_into_one_file(server, source, tmp_path):
    import fcntl

    target(tmp_path).parent.mkdir(parents=True)
    with target(tmp_path).with_name("file.zip.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DataError, match=r"file.zip: another process is loading it; wait for it"):
            fetch("small", source, patience=QUICK)


def test_a_cache_that_cannot_be_written_is_one_line(server, source, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match=r"cannot be written .*; free space or set XDG_CACHE_HOME"):
        fetch("small", source, patience=QUICK)


def test_a_full_disk_is_one_line_and_keeps_what_was_loaded(server, source, tmp_path):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, before[1]))
    try:
        with pytest.raises(
            StorageError, match=r"file.zip: cannot be written \(.*\) \(what was loaded is kept\); free space or set"
        ):
            fetch("small", source, patience=QUICK)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    fetch("small", source, patience=QUICK)
    assert server.ranges[-1].startswith("bytes=")
    assert target(tmp_path).read_bytes() == BODY


def test_what_a_person_has_to_fetch_says_where(source):
    files = {role: RawFile(path=f"{role}.json", sha256="unknown") for role in ("business", "reviews")}
    page = "https://example.org/sign-in"
    by_hand = Source(layout="yelp", folder="small", files=files, page=page, terms="-")
    with pytest.raises(DataError, match=rf"small: `business.json` has to be fetched by hand from {page}; put a copy into"):
        fetch("small", by_hand)
    assert by_hand.remedy("small") == f"get it from {page} and put it into the folder small of REPRODUCE_DATASETS"


def test_what_has_no_address_says_where_to_put_it(source):
    files = {role: RawFile(path=f"{role}.dat", sha256="0" * 64) for role in ("ratings", "movies", "users")}
    with pytest.raises(
        DataError, match=r"small: `ratings.dat` has no official address; put a copy into the folder small of REPRODUCE_"
    ):
        fetch("small", source.model_copy(update={"archive": None, "files": files}))
    with pytest.raises(DataError, match="`reproduce data` writes it"):
        fetch("town", source.model_copy(update={"embedded": True}))


def test_files_without_an_archive_are_loaded_one_by_one(server, tmp_path):
    files = {role: RawFile(path=f"{role}.json.gz", sha256=SHA, url=server.url) for role in ("reviews", "meta")}
    found = fetch("shop", Source(layout="amazon", folder="shop", files=files, terms="ours"), patience=QUICK)
    assert [each.path.name for each in found] == ["reviews.json.gz", "meta.json.gz"]
