"""Sealed segments: named by content, merged by union, checked when read."""

from __future__ import annotations

import asyncio
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
import zstandard
from scripted import asked, reply

from reproduce.errors import DataError, StorageError
from reproduce.llm.recordings import LOCAL, Recordings
from reproduce.llm.segments import Agreement, load_segments, namespace, read_segment, seal, verify


def store(path: Path, texts: dict[str, str], model: str = "gpt-4o-mini-2024-07-18") -> Recordings:
    """A store in which every question has an answer."""

    async def fill() -> Recordings:
        made = Recordings(path)
        for question, text in texts.items():
            request = asked(question, model=model)
            await made.put(request, request.request.key, reply(text))
        return made

    return asyncio.run(fill())


def text(recordings: Recordings, question: str, model: str = "gpt-4o-mini-2024-07-18") -> str | None:
    found = recordings.get(asked(question, model=model).request.key)
    return found.text if found else None


def test_a_segment_is_sorted_and_named_by_its_rows(tmp_path: Path) -> None:
    (path,) = seal(store(tmp_path / "a.sqlite", {f"{n}": f"CHOICE: {n}" for n in range(20)}), tmp_path / "recordings")
    plain = zstandard.ZstdDecompressor().decompress(path.read_bytes())
    assert path.relative_to(tmp_path).as_posix() == (
        f"recordings/gpt-4o-mini-2024-07-18/{sha256(plain).hexdigest()[:24]}.jsonl.zst"
    )
    keys = [row.key for row in read_segment(path)]
    assert len(keys) == 20
    assert keys == sorted(keys)


def test_the_same_answers_in_another_order_are_the_same_bytes(tmp_path: Path) -> None:
    texts = {f"{n}": f"CHOICE: {n}" for n in range(20)}
    (one,) = seal(store(tmp_path / "a.sqlite", texts), tmp_path / "a")
    (other,) = seal(store(tmp_path / "b.sqlite", dict(reversed(texts.items()))), tmp_path / "b")
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


def test_sealing_again_writes_only_what_is_new(tmp_path: Path) -> None:
    recordings = store(tmp_path / "a.sqlite", {"a": "1"})
    assert len(seal(recordings, tmp_path / "recordings")) == 1
    assert seal(recordings, tmp_path / "recordings") == []
    assert list(recordings.rows(LOCAL)) == []
    assert text(recordings, "a") == "1"


def test_large_stores_become_several_segments_and_every_model_has_its_own(tmp_path: Path) -> None:
    recordings = store(tmp_path / "a.sqlite", {f"{n}": "x" for n in range(5)})
    store(tmp_path / "a.sqlite", {"a": "y"}, model="Qwen/Qwen3-0.6B")
    written = seal(recordings, tmp_path / "recordings", most_rows=2)
    assert sorted(path.parent.name for path in written) == ["Qwen_Qwen3-0.6B", *3 * ["gpt-4o-mini-2024-07-18"]]


def test_merging_is_the_union_of_files(tmp_path: Path) -> None:
    seal(store(tmp_path / "a.sqlite", {"a": "1", "b": "2"}), tmp_path / "recordings")
    seal(store(tmp_path / "b.sqlite", {"b": "2", "c": "3"}), tmp_path / "others")
    shutil.copytree(tmp_path / "others", tmp_path / "recordings", dirs_exist_ok=True)
    merged = Recordings(tmp_path / "c.sqlite")
    assert load_segments(merged, tmp_path / "recordings") == 2
    assert load_segments(merged, tmp_path / "recordings") == 0
    assert [text(merged, question) for question in "abc"] == ["1", "2", "3"]
    assert verify(tmp_path / "recordings") == Agreement(segments=2, answers=3, repeated=1, disagreeing=0)


def test_where_segments_disagree_all_read_the_first_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    paths = [seal(store(tmp_path / f"{n}.sqlite", {"a": f"answer {n}"}), folder)[0] for n in range(3)]
    winner = min(range(3), key=lambda n: paths[n].name)
    for order in (paths, paths[::-1]):
        folder_now = tmp_path / order[0].name[:5]
        reader = Recordings(folder_now / "r.sqlite")
        for path in order:  # they arrive one by one, in either order
            (folder_now / "m").mkdir(exist_ok=True)
            shutil.copy(path, folder_now / "m")
            load_segments(reader, folder_now)
        assert text(reader, "a") == f"answer {winner}"
    found = verify(folder)
    assert (found.repeated, found.disagreeing, found.rate) == (1, 1, 1.0)


def test_no_segments_agree_perfectly(tmp_path: Path) -> None:
    assert verify(tmp_path / "nowhere") == Agreement(0, 0, 0, 0)
    assert verify(tmp_path / "nowhere").rate == 0.0


def test_a_damaged_segment_is_refused_whole(tmp_path: Path) -> None:
    (path,) = seal(store(tmp_path / "a.sqlite", {"a": "1", "b": "2"}), tmp_path / "recordings")
    good = path.read_bytes()
    other = zstandard.ZstdCompressor().compress(b'{"key": "00"}\n')
    for content, why in ((good[:-9], "is damaged"), (b"nothing", "is damaged"), (other, "does not hold what its name says")):
        path.write_bytes(content)
        reader = Recordings(tmp_path / "b.sqlite")
        with pytest.raises(DataError, match=rf"{path.name}: {why}.*dvc pull"):
            load_segments(reader, tmp_path / "recordings")
        assert reader.count() == 0


def test_a_file_that_is_no_segment_is_told_with_its_line(tmp_path: Path) -> None:
    plain = b'{"key": "00", "model": "m"}\n'
    path = tmp_path / "recordings" / "m" / f"{sha256(plain).hexdigest()[:24]}.jsonl.zst"
    path.parent.mkdir(parents=True)
    path.write_bytes(zstandard.ZstdCompressor().compress(plain))
    with pytest.raises(DataError, match=r"jsonl\.zst:1: is no recording"):
        read_segment(path)


def test_a_segment_that_cannot_be_written_leaves_the_answers_where_they_are(tmp_path: Path) -> None:
    recordings = store(tmp_path / "a.sqlite", {"a": "1"})
    (tmp_path / "recordings").write_text("in the way")
    with pytest.raises(StorageError, match="nothing is lost"):
        seal(recordings, tmp_path / "recordings")
    assert len(list(recordings.rows(LOCAL))) == 1


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini-2024-07-18"),
        ("Qwen/Qwen3-0.6B", "Qwen_Qwen3-0.6B"),
        ("./../x", "x"),
        ("é", "model"),
    ],
)
def test_a_namespace_is_a_safe_folder_name(model: str, folder: str) -> None:
    assert namespace(model) == folder
