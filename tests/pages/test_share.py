"""The share picture: only of public pages, drawn once, the same dress for every position, no letter left to chance."""

import datetime
import io
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from controversies.document.types import Document
from controversies.history import Entry, Reading
from controversies.models import BackerKind, Confidence, Status
from controversies.pages import marks, share
from controversies.pages.share import fonts, glyphs, text
from controversies.pages.share.text import Style
from tests import strategies
from tests.factories import ControversyFactory, UserFactory, document_factory, new_key

STYLE = Style(30)


def reading(document: Document) -> Reading:
    entry = Entry(
        controversy=document.key,
        number=7,
        time=datetime.datetime(2026, 3, 8, 9, tzinfo=datetime.UTC),
        author=None,
        author_name="Edith Editor",
        summary="",
        document=b"",
        digest=b"",
        classes=(),
        changes=[],
        added=0,
        removed=0,
    )
    return Reading(entry, document, {})


def picture(document: Document) -> Image.Image:
    return Image.open(io.BytesIO(share.draw(reading(document)))).convert("RGB")


def same(document: Document, **fields: str) -> Document:
    """The document with these fields in every position."""
    return replace(document, positions=tuple(replace(each, **fields) for each in document.positions))


# -- the address --


@pytest.fixture
def drawn(monkeypatch):
    """Which pictures were drawn, by number of revision."""
    found: list[int] = []
    draw = share.draw
    monkeypatch.setattr(
        "controversies.public.views.share.pictures.draw",
        lambda reading: found.append(reading.number) or draw(reading),
    )
    return found


@pytest.mark.django_db
def test_picture_is_a_png_of_the_size_that_is_asked_for(client):
    ControversyFactory(slug="open", positions=3)

    response = client.get(reverse("share", args=["open"]))
    image = Image.open(io.BytesIO(response.content))

    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(response.content) < 100_000
    assert len(set(image.get_flattened_data())) > 20


@pytest.mark.django_db
def test_picture_is_drawn_once_whoever_asks_however(client, drawn):
    made = ControversyFactory(slug="open", positions=3)
    address = reverse("share", args=["open"])

    first = client.get(address)
    editor = Client()
    editor.force_login(UserFactory(role="editor"))
    visitor = Client()
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "made-up"
    others = [
        client.get(f"{address}?a=1"),
        client.get(address, headers={"host": "localhost"}),
        client.get(address, headers={"accept-language": "de"}),
        client.get(address, headers={"cache-control": "no-cache", "if-none-match": '"other"'}),
        editor.get(address),
        visitor.get(address),
    ]

    assert {response.content for response in others} == {first.content}
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert drawn == [1]
    made.edit(title="Another title")
    assert client.get(address)["ETag"] != first["ETag"]
    assert drawn == [1, 2]


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 5])
def test_picture_asks_a_constant_number_of_queries(client, django_assert_num_queries, size):
    ControversyFactory(
        slug="open", positions=size, points=size, backings=size, citations=size, revisions=size
    )

    with django_assert_num_queries(2):
        client.get(reverse("share", args=["open"]))
    with django_assert_num_queries(1):
        client.get(reverse("share", args=["open"]))


@pytest.mark.django_db
def test_there_is_no_picture_of_what_readers_may_not_see(client, drawn):
    ControversyFactory(slug="draft", publication="draft")
    ControversyFactory(slug="gone", publication="withdrawn")
    client.force_login(UserFactory(role="publisher"))

    codes = [client.get(f"/controversies/{slug}/share.png").status_code for slug in ("draft", "gone", "none")]

    assert codes == [404, 410, 404]
    assert drawn == []


# -- what is drawn --


def test_same_document_makes_the_same_picture():
    document = document_factory(positions=3)

    assert share.draw(reading(document)) == share.draw(reading(document))


@pytest.mark.parametrize("count", [2, 4, 5, 12, 20])
def test_every_position_has_the_same_dress(count):
    document = same(
        document_factory(positions=count, points=0, title="Title", question="", context=""),
        claim="The same claim, of which more is said than fits on two lines of the picture: so it is cut. "
        * 3,
        confidence="disputed",
    )

    image = picture(document)
    tiles = [box for box in ink(image, lambda x: x < 0x40) if box[2] - box[0] == box[3] - box[1] == 37]

    # All is alike but the letters: what is right of each tile is the same, to the pixel.
    assert len(tiles) == count
    width = 160 if count > 5 else 1136 - tiles[0][2]
    beside = {image.crop((x1, y0, x1 + width, y1)).tobytes() for _x0, y0, x1, y1 in tiles}
    assert len(beside) == 1
    assert (
        len(
            set(image.crop((tiles[0][2], tiles[0][1], tiles[0][2] + width, tiles[0][3])).get_flattened_data())
        )
        > 5
    )


def ink(image: Image.Image, is_dark) -> list[tuple[int, int, int, int]]:
    """The squares of the positions' letters: where a run of dark pixels is as long as a tile is wide."""
    grey = image.convert("L")
    pixels = grey.load()
    found = []
    y = 100
    while y < 540:
        x = 60
        while x < 1140:
            if is_dark(pixels[x, y]) and all(is_dark(pixels[x + i, y]) for i in range(5, 32)):
                left = x - next(i for i in range(6) if not is_dark(pixels[x - i - 1, y + 10]))
                right = left + next(i for i in range(60) if not is_dark(pixels[left + i, y + 4]))
                bottom = y + next(i for i in range(60) if not is_dark(pixels[left + 5, y + i]))
                box = (left, y, right, bottom)
                if not any(box[0] <= each[2] and each[0] <= box[2] and y < each[3] for each in found):
                    found.append(box)
                x = right + 1
            x += 1
        y += 1
    return found


def test_claims_are_of_all_positions_or_of_none():
    """Where there is no room for all of them, another claim makes no other picture."""
    few, many = document_factory(positions=4, points=0), document_factory(positions=9, points=0)

    assert picture(same(few, claim="One")).tobytes() != picture(same(few, claim="Another")).tobytes()
    assert picture(same(many, claim="One")).tobytes() == picture(same(many, claim="Another")).tobytes()
    assert picture(same(many, confidence="high")).tobytes() != picture(same(many, confidence="low")).tobytes()


def test_too_many_positions_are_only_counted():
    document = document_factory(positions=60, points=0, backings=0, citations=0)

    assert (
        picture(same(document, confidence="high")).tobytes()
        == picture(same(document, confidence="low")).tobytes()
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda document: replace(document, head=replace(document.head, title="Another")),
        lambda document: replace(document, head=replace(document.head, question="Another?")),
        lambda document: replace(document, head=replace(document.head, status="dormant")),
        lambda document: replace(document, backers=document.backers[1:]),
        lambda document: replace(document, sources=document.sources[1:]),
        lambda document: replace(document, positions=document.positions[1:]),
    ],
    ids=["title", "question", "status", "backers", "sources", "positions"],
)
def test_picture_shows_what_the_page_says(change):
    document = document_factory(positions=3)

    before, after = picture(document), picture(change(document))

    assert ImageChops.difference(before, after).getbbox() is not None


def test_nothing_touches_the_edges():
    long = "Donaudampfschifffahrtsgesellschaftskapitän " * 20
    document = same(
        document_factory(positions=4, points=0, title=long[:200].strip(), question=long[:500].strip()),
        claim=long[:500].strip(),
        confidence="not-rated",
    )

    image = picture(document)

    paper = image.getpixel((5, 300))
    for box in ((0, 12, 62, 630), (1139, 12, 1200, 630), (0, 605, 1200, 630)):
        assert image.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), paper)], box


@given(strategies.documents())
def test_any_document_can_be_drawn(document: Document):
    assert picture(document).size == (1200, 630)


def test_title_of_which_nothing_can_be_drawn_is_told_by_its_address():
    document = document_factory(slug="an-address", title="\U00013000\U00013001")

    assert fonts.drawable(document.head.title) == ""
    assert (
        picture(document).tobytes()
        == picture(replace(document, head=replace(document.head, title="an-address"))).tobytes()
    )


# -- text --


def joined(line: text.TextLine) -> str:
    return "".join(run.text for run, _is_rtl in line.runs)


@given(st.one_of(strategies.lines(200), st.text(max_size=80)), st.integers(1, 3))
def test_lines_fit_and_every_letter_is_in_its_font(words: str, most: int):
    found = text.lines(words, STYLE, 400, most)

    assert len(found) <= most
    for line in found:
        assert line.width <= 400 or len(text._clusters(joined(line))) <= 2
        for run, _is_rtl in line.runs:
            file = run.font.path.rsplit("/", 1)[-1]
            missing = [char for char in run.text if char not in fonts.JOINERS and not fonts._has(file, char)]
            assert missing == []


@pytest.mark.parametrize(
    ("words", "most", "shown"),
    [
        ("Short", 1, ["Short"]),
        ("", 2, []),
        ("One two three four five sixteen seven", 1, ["One two three four five…"]),
        ("One two three four five sixteen seven", 2, ["One two three four five", "sixteen seven"]),
        ("W" * 40, 2, ["W" * 14, "W" * 13 + "…"]),
        ("大規模モデルの重みは公開されるべきか", 2, ["大規模モデルの重みは公開さ", "れるべきか"]),
        ("大規模モデルの重みは公開さ：れるべきか", 2, ["大規模モデルの重みは公開", "さ：れるべきか"]),
        ("a\u202eb\u200bc\ue000\ufdd0d", 1, ["abcd"]),
        ("tab\tand\nbreak", 1, ["tab and break"]),
    ],
)
def test_text_is_set_in_lines_and_cut_with_an_ellipsis(words, most, shown):
    assert [joined(line) for line in text.lines(words, STYLE, 400, most)] == shown


def test_no_letter_is_torn_from_its_marks():
    words = "e\u0323\u0301 नीति 👩\u200d🔬 👍🏽 🇪🇺🇩🇪 ที่"

    found = text._clusters(words)

    assert "".join(found) == words
    assert found == [
        *("e\u0323\u0301", " ", "नी", "ति", " ", "👩\u200d🔬", " ", "👍🏽", " ", "🇪🇺", "🇩🇪", " ", "ที่"),
    ]


@pytest.mark.parametrize(
    ("words", "order", "is_rtl"),
    [
        ("abc 12", ["abc 12"], False),
        ("abc אבג def", ["abc ", "אבג", " def"], False),
        ("אבג abc דהו", [" דהו", "abc", "אבג "], True),
        ("אבג 12 דהו", [" דהו", "12", "אבג "], True),
        ("abc אבג 1.5 דהו", ["abc ", " דהו", "1.5", "אבג "], False),
        ("אבג GPT 4?", ["?", "GPT 4", "אבג "], True),
        ("אבג (abc)", [")", "abc", "אבג ("], True),
        ("12 אבג", [" אבג", "12"], True),
    ],
)
def test_runs_are_put_in_the_order_in_which_they_are_read(words, order, is_rtl):
    assert [part for part, _level in text._reorder(text._levels(words, is_rtl))] == order
    assert text._is_rtl(words) == is_rtl


def test_without_libfribidi_all_is_still_drawn(monkeypatch):
    monkeypatch.setattr(fonts, "MAY_SHAPE", False)
    fonts._font.cache_clear()
    try:
        document = document_factory(title="هل ينبغي نشر ذلك؟ 👩‍🔬 שלום", question="研究 and नीति")

        assert picture(document).size == (1200, 630)
        [line] = text.lines("שלום", STYLE, 400, 1)
        assert joined(line) == "םולש"
    finally:
        fonts._font.cache_clear()


# -- glyphs --


@pytest.mark.parametrize(
    ("svg", "units"),
    [
        *((marks.STATUS[each], (16, 16)) for each in Status),
        *((marks.CONFIDENCE[each], (18, 16)) for each in Confidence),
        *((marks.BACKER[each], (12, 12)) for each in BackerKind),
    ],
    ids=lambda value: "",
)
def test_each_glyph_has_its_ink(svg, units):
    mask = glyphs.mask(svg, *units, 64)

    box = mask.getbbox()
    assert mask.size == (round(units[0] * 64 / units[1]), 64)
    assert box is not None
    assert box[2] - box[0] > 40
    assert mask.getextrema() == (0, 255)


def test_glyph_has_the_shapes_that_are_written():
    svg = '<path d="M1 1h4V3l-4 .5z"/><path d="M6 6 8 8" class="line" stroke-width=".5"/><circle cx="8" cy="2" r="1"/>'

    mask = glyphs.mask(svg, 10, 10, 100)

    filled = [(30, 20), (15, 30), (70, 70), (80, 20), (73, 20)]
    empty = [(5, 5), (48, 34), (60, 20), (70, 60), (95, 20), (80, 35)]
    assert [mask.getpixel(at) for at in filled] == [255] * len(filled)
    assert [mask.getpixel(at) for at in empty] == [0] * len(empty)


def test_keys_make_no_difference():
    document = document_factory(positions=2)

    assert share.draw(reading(document)) == share.draw(
        reading(replace(document, head=replace(document.head, key=new_key())))
    )
