"""How large the transcripts of a run are in the report, and how soon the viewer shows them from disk in headless Chromium.

    python bench/viewer.py              # 1,000 users x 10 rounds x 1 recommender

Twice: with reasons as the rehearsal's rules write them, and with 15 words drawn at random from 2,000, of which nothing can be
compressed but the spelling: more than any language model's reasons take.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "scripted"))
CHROMIUM = "/usr/bin/chromium"
ALL = """async (blocks) => {
  const begin = performance.now();
  await Promise.all([...Array(blocks).keys()].flatMap((block) => [
    reproduce.load(`data/dgdpo/dgdpo-ml-1m-dgdpo/sasrec-none-${block}`), reproduce.load(`data/dgdpo/items/ml-1m-${block}`)]));
  return (performance.now() - begin) / 1000;
}"""


def main(users: int = 1000, times: int = 5) -> None:
    import scripted_report

    from reproduce.report.transcripts import USERS_PER_BLOCK
    from reproduce.seeds import stream

    spelt = scripted_report.worded
    random = stream(1, "words")
    words = ["".join(chr(97 + int(k)) for k in random.integers(26, size=6)) for _ in range(2000)]

    def drawn(line):  # type: ignore[no-untyped-def]
        for played in line["rounds"]:
            for verdict in played["reaction"]["verdicts"]:
                verdict["reason"] = " ".join(words[int(k)] for k in random.integers(2000, size=15))
        return line

    print(f"{users:,} users x 10 rounds x 1 recommender")
    print(f"{'reasons':<10}{'MB':>8}{'files':>8}{'first page, s':>16}{'all users, s':>16}")
    for name, worded in (("rules", spelt), ("random", drawn)):
        scripted_report.worded = worded
        with tempfile.TemporaryDirectory() as folder:
            report = scripted_report.large_report(Path(folder), users)
            files = [path for path in (report / "data").rglob("*.js") if path.is_file()]
            size = sum(path.stat().st_size for path in files) / 1e6
            first, every = zip(*(opened(report, -(-users // USERS_PER_BLOCK)) for _ in range(times)), strict=True)
            print(f"{name:<10}{size:>8.1f}{len(files):>8}{median(first):>16.2f}{median(every):>16.2f}")


def opened(report: Path, blocks: int) -> tuple[float, float]:
    """Seconds until a page of the viewer stands, and until all users are there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        begin = time.perf_counter()
        page.goto((report / "dgdpo" / "transcripts.html").as_uri())
        page.wait_for_selector("#t-page tbody tr")
        first = time.perf_counter() - begin
        every = float(page.evaluate(ALL, blocks))
        browser.close()
    return first, every


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
