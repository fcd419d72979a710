"""The share picture: only of public pages, drawn once, the same dress for every position, no letter left to chance."""

import datetime
import io
import re
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from hypothesis import given
from PIL import Image, ImageChops

from controversies.document.types import Document
from controversies.history import Entry, Reading
from controversies.models import BackerKind, Confidence, Status
from controversies.pages import marks, share
from tests import strategies
from tests.factories import ControversyFactory, UserFactory, document_factory, new_key


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
    assert len(response.content) < 200_000
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
    tiles = [box for box in ink(image, lambda x: x < 0x40) if box[2] - box[0] == box[3] - box[1] == 36]

    # All is alike but the letters: what is right of each tile is the same, but for the least shade.
    assert len(tiles) == count
    width = 160 if count > 5 else 1136 - tiles[0][2]
    first, *others = (image.crop((x1, y0, x1 + width, y1)) for _x0, y0, x1, y1 in tiles)
    assert len(set(first.get_flattened_data())) > 5
    for other in others:
        assert max(high for _low, high in ImageChops.difference(first, other).getextrema()) <= 1


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
    document = document_factory(slug="an-address", title="\ue000\u200b")

    assert share.drawable(document.head.title) == ""
    assert (
        picture(document).tobytes()
        == picture(replace(document, head=replace(document.head, title="an-address"))).tobytes()
    )


# -- text --


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("Short", "Short"),
        ("", ""),
        ("a\u202eb\u200bc\ue000d", "abcd"),
        ("tab\tand\nbreak", "tab and break"),
        ("\u0378", ""),
        ("e\u0323\u0301", "\u1eb9\u0301"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_text_is_freed_of_what_is_not_seen(words, seen):
    assert share.drawable(words) == seen


@pytest.mark.parametrize(
    ("words", "is_rtl"),
    [
        ("abc 12", False),
        ("abc אבג def", False),
        ("אבג abc דהו", True),
        ("אבג 12 דהו", True),
        ("(אבג) GPT 4?", True),
        ("هل abc", True),
        ("12 אבג", True),
        ("12", False),
        ("", False),
    ],
)
def test_text_begins_where_its_first_letter_reads_from(words, is_rtl):
    assert share.is_rtl(words) == is_rtl


def title_pixels(title: str) -> Image.Image:
    """The part of the picture with the title and nothing else; the question is empty."""
    document = document_factory(positions=0, points=0, title=title, question="")
    return picture(document).crop((0, 100, 1200, 260))


def box_of_ink(image: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.invert(image.convert("L").point(lambda shade: 255 if shade > 200 else 0)).getbbox()
    assert box is not None
    return box


def test_text_from_right_to_left_begins_at_the_right():
    latin, hebrew = box_of_ink(title_pixels("Open weights")), box_of_ink(title_pixels("משקולות פתוחות"))

    assert latin[0] < 70
    assert latin[2] < 600
    assert hebrew[2] > 1125
    assert hebrew[0] > 600


def test_text_of_both_directions_is_put_in_the_order_in_which_it_is_read():
    both = title_pixels("שלום GPT")
    latin = title_pixels("GPT").crop(box_of_ink(title_pixels("GPT")))
    left = box_of_ink(both)[0]

    assert (
        ImageChops.difference(
            both.crop((left, box_of_ink(both)[1], left + latin.width, box_of_ink(both)[3])).resize(
                latin.size
            ),
            latin,
        )
        .convert("L")
        .point(lambda shade: 255 if shade > 128 else 0)
        .histogram()[255]
        < latin.width * latin.height // 8
    )


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("One two", "One two " * 40),
        ("W" * 10, "W" * 200),
        ("大規模モデルの重み", "大規模モデルの重みは公開されるべきか、" * 12),
        ("นโยบาย", "นโยบายปัญญาประดิษฐ์" * 20),
        ("नीति", "नीति " * 80),
    ],
)
def test_title_takes_two_lines_at_most_and_is_cut_with_an_ellipsis(short, long):
    one, two = box_of_ink(title_pixels(short)), box_of_ink(title_pixels(long))

    assert one[3] < 85
    assert 85 < two[3] < 150
    assert two[0] >= 62
    assert two[2] <= 1138


def test_cut_is_after_a_whole_word_where_that_loses_little():
    words = "several words of a usual length " * 8
    cut = title_pixels(words)

    # Where the cut is in the middle of a long word, nothing is to be gained by going back.
    assert box_of_ink(title_pixels("word " * 60))[2] < 1137
    assert box_of_ink(title_pixels("w" * 300))[2] > 1080
    assert cut.tobytes() == title_pixels(words.strip() + " and more").tobytes()


@pytest.mark.parametrize("words", ["研究 直", "研究 直 かな", "연구 直 研究"])
def test_han_characters_have_the_forms_of_the_texts_language(words):
    families = share.families(words)

    assert [family for family in families if "CJK" in family] == [
        {
            "研究 直": "Noto Sans CJK SC",
            "研究 直 かな": "Noto Sans CJK JP",
            "연구 直 研究": "Noto Sans CJK KR",
        }[words]
    ]


@pytest.mark.parametrize(
    "char",
    list("Aжαعשաকनአაકਕಕកກകကକකకక్"[:-2] + "ก直あ한🙂→"),
)
def test_each_script_is_drawn_in_a_font_of_its_own_and_not_as_a_box(char):
    """A character that no font has is drawn as a box, always the same one."""
    box = title_pixels("\U00013000")

    assert title_pixels(char).tobytes() != box.tobytes()


def test_every_font_that_is_named_is_there():
    assert set(share.families("")) <= set(share.fonts().families())


# -- glyphs --


@pytest.mark.parametrize(
    ("shapes", "units"),
    [
        *((marks.STATUS[each], (16, 16)) for each in Status),
        *((marks.CONFIDENCE[each], (18, 16)) for each in Confidence),
        *((marks.BACKER[each], (12, 12)) for each in BackerKind),
        (share._MARK, (24, 24)),
    ],
)
def test_glyphs_are_svg_files_without_classes(shapes, units):
    svg = share._svg(shapes, *units)

    assert re.fullmatch(r"<svg xmlns=[^>]*>(<(path|circle) [^<>]*/>)+</svg>", svg)
    assert "class=" not in svg


def test_keys_make_no_difference():
    document = document_factory(positions=2)

    assert share.draw(reading(document)) == share.draw(
        reading(replace(document, head=replace(document.head, key=new_key())))
    )
