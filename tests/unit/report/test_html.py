"""The HTML file stands alone, says what its pictures show, and lets nothing from the records become markup."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from benchmarks.report import write_report
from tests.fixtures.results import result_folder

HOSTILE = "<script>alert(1)</script>"
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Collects elements with their attributes, and looks that every one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of SVG that closes itself."""
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the last one."""
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element of a kind."""
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the report of a crash run at several numbers of workers."""
    folder = result_folder(tmp_path_factory.mktemp("run"), workers=(1, 2, 3, 4), rate=60.0, kill=True)
    return write_report(folder).read_text("utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    """Return it taken apart."""
    return Page(text)


def test_it_needs_nothing_from_elsewhere(text: str, page: Page) -> None:
    """No address outside, no script, no import: it can be read offline in twenty years."""
    named = [value for _, attributes in page.found for name, value in attributes.items() if name in {"src", "href"}]
    named += re.findall(r"xlink:href=\"([^\"]*)", text)
    assert all(value is not None and value.startswith(("#", "data:")) for value in named)
    assert "@import" not in text
    assert all(address.startswith("#") for address in re.findall(r"url\(([^)]*)\)", text))
    assert not page.all("script")


def test_it_is_well_formed(page: Page) -> None:
    """Each element is closed, no id is given twice, and each link within the page leads somewhere."""
    assert not page.open
    ids = Counter(attributes["id"] for _, attributes in page.found if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    targets = {(one.get("href") or "").removeprefix("#") for one in page.all("a")}
    assert targets <= set(ids)


def test_every_picture_has_a_name_and_a_description(page: Page) -> None:
    """One who can't see it is told what is to be seen."""
    ids = {attributes["id"] for _, attributes in page.found if "id" in attributes}
    pictures = page.all("svg")
    assert len(pictures) >= 8
    for one in pictures:
        assert one["role"] == "img"
        assert set((one["aria-labelledby"] or "").split()) <= ids
    assert len(page.all("desc")) == len(pictures) == len(page.all("figcaption"))


def test_every_table_has_a_caption_and_scopes(page: Page) -> None:
    """A cell can be read out with its row's and column's name."""
    assert len(page.all("table")) == len(page.all("caption")) > 8
    assert all(one.get("scope") in {"row", "col"} for one in page.all("th"))


def test_headings_go_down_by_one(page: Page) -> None:
    """One first heading, then sections."""
    levels = [tag for tag, _ in page.found if re.fullmatch(r"h\d", tag)]
    assert levels == ["h1"] + ["h2"] * (len(levels) - 1)
    assert page.all("html")[0]["lang"] == "en"


def test_colours_follow_the_page(text: str) -> None:
    """What is black on white in a file of its own would be black on black in the dark."""
    pictures = "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL))
    assert "var(--ink)" in pictures
    assert not re.search(r"(fill|stroke): ?#(000000|ffffff)", pictures)
    assert "<text" in pictures, "text stays text: it can be searched, copied and read out"


def test_nothing_from_the_records_becomes_markup(tmp_path: Path) -> None:
    """Not in HTML, not in the pictures, not in Markdown."""
    folder = result_folder(tmp_path, workers=(4,), rate=150.0, kill=True, repeats=1, name=HOSTILE)
    text = write_report(folder).read_text("utf-8")
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
    assert not Page(text).all("script")
    written = [path.read_text("utf-8") for path in (folder.path / "plots").glob("*.svg")]
    assert written
    assert not any(HOSTILE in one for one in [*written, (folder.path / "report.md").read_text("utf-8")])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_told_from_its_ground(scheme: str, text: str) -> None:
    """WCAG 2.2 AA: a contrast of 4.5 for text, 3 for what pictures are made of."""
    blocks = re.findall(r":root \{([^}]*)\}", text)
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[0] if scheme == "light" else blocks[1]))
    for name in ("ink", "quiet", "accent", "pass", "warn", "fail"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
    for name in ("pass", "warn", "fail"):
        assert contrast(colours[name], colours[f"{name}-tint"]) >= 4.5, name
    for name in ("blue", "vermilion", "green"):
        assert contrast(colours[name], colours["paper"]) >= 3, name


def contrast(a: str, b: str) -> float:
    """Return the contrast of two colours, as WCAG defines it."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
