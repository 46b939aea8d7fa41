"""The page in a real browser: everything is seen, nothing is cut, every text stands out from what is behind it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from estate.reports.page import Page
from estate.reports.report import Report
from tests.estate.report_factory import lots, night, report_of
from tests.estate.report_whole import chosen, whole

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium here: nothing else lays the page out")

SECTIONS = [
    "What is needed, and when", "Technology debt: what is past its date",
    "Which budget lines it falls on, and what is asked", "Why it moved", "What can be chosen",
    "What the money buys, and what slips without it", "What it does to the revenue budget", "How sure this is",
    "What is asked of you", "Annex A: for the section 151 officer", "Annex B: for the engineer",
    "Annex C: definitions", "Annex D: where this comes from",
]  # fmt: skip

# Looks at the page from a page of its own, because the page itself runs nothing: its headings with the height of their
# sections, texts with too little contrast, labels that reach beyond their picture, and the colours of a screenshot.
LOOK = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe id="page" src="estate.html" style="border:0;width:100vw;height:12000px"></iframe>
<img id="shot" src="SHOT"><pre id="told"></pre><script>
const light = c => { const [r, g, b] = c.map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b; };
const rgb = text => { const found = text.match(/[\\d.]+/g).map(Number);
  return found[3] === 0 ? null : found.slice(0, 3); };
const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + .05) / (y + .05); };
window.onload = () => {
  const page = document.getElementById('page').contentDocument, told = {};
  const view = page.defaultView;
  told.sections = [...page.querySelectorAll('main h2')].map(h => [h.textContent, h.parentElement.clientHeight]);
  told.wider = page.documentElement.scrollWidth - page.documentElement.clientWidth;
  told.faint = [...page.querySelectorAll('body *:not(svg *)')].filter(e => [...e.childNodes].some(n => n.nodeType === 3
    && n.textContent.trim())).filter(e => { let back = e, colour = null;
      while (back && !(colour = rgb(view.getComputedStyle(back).backgroundColor))) back = back.parentElement;
      return ratio(rgb(view.getComputedStyle(e).color), colour || [255, 255, 255]) < 4.5; }).map(e => e.textContent);
  told.cut = [...page.querySelectorAll('svg')].flatMap(svg => { const box = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')].filter(t => t.textContent.trim()).filter(t => {
      const b = t.getBoundingClientRect();
      return b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1 || b.bottom > box.bottom + 1; })
      .map(t => t.textContent); });
  told.small = Math.min(...[...page.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height)
    .filter(h => h));
  told.focus = [...page.querySelectorAll('a[href], [tabindex="0"]')].length;
  const image = document.getElementById('shot'), canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
  const pen = canvas.getContext('2d'); pen.drawImage(image, 0, 0);
  const seen = new Set(), data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  let ink = 0;
  for (let at = 0; at < data.length; at += 4) {
    seen.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
    if (data[at] + data[at + 1] + data[at + 2] < 600) ink++; }
  told.colours = seen.size; told.ink = ink / (data.length / 4); told.shot = [canvas.width, canvas.height];
  document.getElementById('told').textContent = JSON.stringify(told);
};</script></body>"""


def browse(folder: Path, *words: str) -> str:
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
        "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
        "--allow-file-access-from-files", f"--user-data-dir={folder / 'profile'}", *words,
    ]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, timeout=120, text=True)  # noqa: S603 - our own files
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    version, status = report_of(lots(15))
    version = whole(version)
    directory = tmp_path_factory.mktemp("page")
    Page().write(Report(version, status, night(), chosen(version)), directory)
    return directory


def looked(folder: Path, width: int) -> dict[str, Any]:
    page, look = folder / "estate.html", folder / f"look-{width}.html"
    browse(folder, f"--window-size={width},2400", f"--screenshot={folder / f'shot-{width}.png'}", page.as_uri())
    look.write_text(LOOK.replace("SHOT", f"shot-{width}.png"), encoding="utf-8")
    dom = browse(folder, f"--window-size={width},2400", "--virtual-time-budget=10000", "--dump-dom", look.as_uri())
    found = re.search(r'<pre id="told">(.+?)</pre>', dom)
    assert found, dom[-500:]
    told: dict[str, Any] = json.loads(found[1].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))
    return told


@pytest.mark.parametrize("width", [1280, 800])
def test_everything_is_seen_and_nothing_is_cut(folder: Path, width: int) -> None:
    told = looked(folder, width)
    assert [name for name, _ in told["sections"]] == SECTIONS
    assert all(height > 60 for _, height in told["sections"])
    assert told["wider"] <= 0
    assert told["faint"] == []
    assert told["cut"] == []
    assert told["small"] > 8
    assert told["focus"] > 20
    assert told["shot"][0] == width
    assert told["colours"] > 100
    assert 0.02 < told["ink"] < 0.6


# The page on a telephone: a window cannot be made so narrow, a frame can.
NARROW = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe id="page" src="estate.html" style="border:0;width:400px;height:20000px"></iframe><pre id="told"></pre><script>
window.onload = () => {
  const page = document.getElementById('page').contentDocument, told = {};
  told.wider = page.documentElement.scrollWidth - page.documentElement.clientWidth;
  const cells = [...page.querySelectorAll('td:not(.number), tbody th')].filter(e => e.textContent.trim().length > 8);
  told.cells = cells.length;
  told.narrow = cells.filter(e => e.getBoundingClientRect().width < 60).map(e => e.textContent);
  document.getElementById('told').textContent = JSON.stringify(told);
};</script></body>"""


def test_on_a_telephone_words_stay_whole_and_wide_tables_scroll(folder: Path) -> None:
    look = folder / "look-narrow.html"
    look.write_text(NARROW, encoding="utf-8")
    dom = browse(folder, "--window-size=800,2400", "--virtual-time-budget=10000", "--dump-dom", look.as_uri())
    found = re.search(r'<pre id="told">(.+?)</pre>', dom)
    assert found, dom[-500:]
    told = json.loads(found[1])
    assert told["wider"] <= 0
    assert told["cells"] > 20
    assert told["narrow"] == []


def test_it_prints_on_a4_with_nothing_left_out(folder: Path) -> None:
    target = folder / "page.pdf"
    browse(folder, "--no-pdf-header-footer", f"--print-to-pdf={target}", (folder / "estate.html").as_uri())
    data = target.read_bytes()
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", data)
    assert 3 <= len(boxes) <= 20
    assert all(abs(float(wide) - 595) < 2 and abs(float(high) - 842) < 2 for wide, high in boxes)
