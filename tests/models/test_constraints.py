"""What the database refuses by itself, one row that passes and one that does not, and the words for a person."""

import datetime
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, models, transaction

from controversies import models as m
from controversies.models import fields
from tests.factories import BackerFactory, ControversyFactory, Recorded, SourceFactory, TopicFactory

pytestmark = pytest.mark.django_db

CONTENT = [
    m.Topic,
    m.Controversy,
    m.ContestedPoint,
    m.Position,
    m.Stance,
    m.Backer,
    m.Backing,
    m.Source,
    m.Citation,
]
KNOWN = "Choose one of the values offered."
EMPTY = "This cannot be left empty."
SLUG = "Use small letters, digits and single hyphens only, as in “open-weights”."
URL = "Give a web address that starts with http:// or https://."
DATE = "Write the date as 2024, 2024-07 or 2024-07-23, as far as it is known."
REVIEW = "Give both the day of the review and the reviewer, or neither."
DOI = "A DOI begins with 10. and a number, as in 10.1126/science.adp1848."
ISBN = "An ISBN has 10 or 13 digits, the last of which checks the others, as in 978-0-262-03384-8."
LANGUAGE = str(fields.LANGUAGE_MESSAGE)
DAY = datetime.date(2026, 1, 2)

# model: constraint: (values that pass, values that do not, the message)
CHECKS: dict[type[models.Model], dict[str, tuple[dict[str, Any], dict[str, Any], str]]] = {
    m.Topic: {
        "slug_is_an_address": ({"slug": "a-1"}, {"slug": "a--1"}, SLUG),
        "title_is_given": ({"title": "x"}, {"title": ""}, EMPTY),
    },
    m.Controversy: {
        "slug_is_an_address": ({"slug": "a-1"}, {"slug": "A"}, SLUG),
        "title_is_given": ({"title": "x"}, {"title": ""}, EMPTY),
        "status_is_known": ({"status": "dormant"}, {"status": "hot"}, KNOWN),
        "polarity_is_known": ({"polarity": "binary"}, {"polarity": "unary"}, KNOWN),
        "publication_is_known": ({"publication": "withdrawn"}, {"publication": "public"}, KNOWN),
        "review_has_day_and_name": (
            {"reviewed_on": DAY, "reviewed_by": "Edith"},
            {"reviewed_on": DAY, "reviewed_by": ""},
            REVIEW,
        ),
        "language_is_a_tag": ({"language": "zh-Hans"}, {"language": "zh_hans"}, LANGUAGE),
    },
    m.ContestedPoint: {
        "title_is_given": ({"title": "x"}, {"title": ""}, EMPTY),
        "kind_is_known": ({"kind": ""}, {"kind": "moral"}, KNOWN),
    },
    m.Position: {
        "claim_is_given": ({"claim": "x"}, {"claim": ""}, EMPTY),
        "confidence_is_known": ({"confidence": "disputed"}, {"confidence": ""}, KNOWN),
    },
    m.Stance: {"text_is_given": ({"text": "x"}, {"text": ""}, EMPTY)},
    m.Backer: {
        "slug_is_an_address": ({"slug": "a"}, {"slug": "a\nb"}, SLUG),
        "name_is_given": ({"name": "x"}, {"name": ""}, EMPTY),
        "kind_is_known": ({"kind": "person"}, {"kind": "cartel"}, KNOWN),
        "website_is_http": ({"website": ""}, {"website": "javascript:alert(1)"}, URL),
    },
    m.Backing: {
        "since_is_a_date": ({"since": "2024-07"}, {"since": "July"}, DATE),
        "until_is_a_date": ({"until": "2024-07-23"}, {"until": "2024-7"}, DATE),
        "begins_before_it_ends": (
            {"since": "2024-07", "until": "2024"},
            {"since": "2024-07", "until": "2024-06-30"},
            "“Until” is before “since”.",
        ),
    },
    m.Source: {
        "slug_is_an_address": ({"slug": "a"}, {"slug": ""}, SLUG),
        "title_is_given": ({"title": "x"}, {"title": ""}, EMPTY),
        "kind_is_known": ({"kind": "media"}, {"kind": "rumour"}, KNOWN),
        "date_is_a_date": ({"date": "2024"}, {"date": "24"}, DATE),
        "url_is_http": ({"url": "http://x.example"}, {"url": "ftp://x.example"}, URL),
        "archive_url_is_http": ({"archive_url": "https://x.example"}, {"archive_url": "//x.example"}, URL),
        "isbn_is_an_isbn": ({"isbn": "9780140177398"}, {"isbn": "0-14-017739-6"}, ISBN),
        "doi_is_a_doi": ({"doi": "10.1126/x"}, {"doi": "doi:10.1126/x"}, DOI),
    },
    m.Citation: {
        "relation_is_known": ({"relation": "context"}, {"relation": "proves"}, KNOWN),
        "has_one_target": (
            {},
            {"position_id": None, "point_id": None},
            "A citation belongs to exactly one text.",
        ),
    },
}
# model: constraint: (which values collide, the message)
UNIQUE = {
    m.ContestedPoint: {"place_is_its_own": "Two of them have the same place in the order."},
    m.Position: {"place_is_its_own": "Two of them have the same place in the order."},
    m.Stance: {"is_one_a_point": "This position already has a stance on that point."},
    m.Backer: {"is_recorded_once": "There is a backer of this name and kind already: use that one."},
    m.Backing: {"is_one_a_position": "This backer is already listed for the position."},
    m.Source: {
        "url_is_recorded_once": "There is a source with this link already: use that one.",
        "doi_is_recorded_once": "There is a source with this DOI already: use that one.",
    },
}


@pytest.fixture
def dispute(db: None) -> Recorded:
    return ControversyFactory(positions=2, points=2, citations=12)


def constraint(model: type[models.Model], name: str) -> models.BaseConstraint:
    [found] = [
        each
        for each in model._meta.constraints
        if each.name == f"controversies_{model._meta.model_name}_{name}"
    ]
    return found


def now(action: Callable[[], Any]) -> None:
    """The action with every constraint checked at once, but history's, and undone."""
    with transaction.atomic():
        action()
        names = [
            each.name
            for model in CONTENT
            for each in model._meta.constraints
            if getattr(each, "deferrable", None)
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS {', '.join(names)} IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        transaction.set_rollback(True)


def each_check() -> list[Any]:
    return [
        pytest.param(model, name, *values, id=f"{model.__name__}-{name}")
        for model, checks in CHECKS.items()
        for name, values in checks.items()
    ]


@pytest.mark.usefixtures("dispute")
@pytest.mark.parametrize(("model", "name", "good", "bad", "message"), each_check())
def test_check_passes_and_refuses(model, name, good, bad, message):
    rows = model._default_manager.order_by("pk")
    if model is m.Citation and "position_id" in bad:
        rows = rows.filter(position__isnull=False)
    row = rows.first()
    rows = model._default_manager.filter(pk=row.pk)
    rule = constraint(model, name)

    if good:
        now(lambda: rows.update(**good))
    with pytest.raises(IntegrityError, match=rule.name), transaction.atomic():
        rows.update(**bad)

    for field, value in bad.items():
        setattr(row, field, value)
    with pytest.raises(ValidationError) as error:
        rule.validate(model, row)
    assert error.value.messages == [message]


def test_citation_serves_no_two_things(dispute):
    row = m.Citation.objects.filter(position__isnull=False).first()
    row.point_id = dispute.document.points[0].key

    with pytest.raises(IntegrityError, match="has_one_target"), transaction.atomic():
        row.save()
    with pytest.raises(ValidationError, match="exactly one text"):
        constraint(m.Citation, "has_one_target").validate(m.Citation, row)


@pytest.mark.usefixtures("dispute")
@pytest.mark.parametrize("model", [m.ContestedPoint, m.Position], ids=lambda model: model.__name__)
def test_place_is_its_own_and_two_may_swap(model):
    first, second = model.objects.order_by("order")

    def swap():
        model.objects.filter(pk=first.pk).update(order=second.order)
        model.objects.filter(pk=second.pk).update(order=first.order)

    now(swap)
    with pytest.raises(IntegrityError, match="place_is_its_own"):
        now(lambda: model.objects.filter(pk=first.pk).update(order=second.order))
    first.order = second.order
    with pytest.raises(ValidationError, match=UNIQUE[model]["place_is_its_own"]):
        constraint(model, "place_is_its_own").validate(model, first)


def test_stance_is_one_a_point(dispute):
    first = m.Stance.objects.first()
    double = m.Stance(position_id=first.position_id, point_id=first.point_id, text="Twice.")

    with pytest.raises(IntegrityError, match="is_one_a_point"), transaction.atomic():
        double.save()
    with pytest.raises(ValidationError, match="already has a stance on that point"):
        constraint(m.Stance, "is_one_a_point").validate(m.Stance, double)


def test_backing_is_one_a_position(dispute):
    first = m.Backing.objects.first()
    double = m.Backing(position_id=first.position_id, backer_id=first.backer_id, order=9)

    with pytest.raises(IntegrityError, match="is_one_a_position"):
        now(double.save)
    with pytest.raises(ValidationError, match="already listed for the position"):
        constraint(m.Backing, "is_one_a_position").validate(m.Backing, double)


def test_backer_is_recorded_once_whatever_the_capitals():
    BackerFactory(name="Acme", kind="company")
    BackerFactory(name="Acme", kind="person")
    double = BackerFactory.build(name="ACME", kind="company")

    with pytest.raises(IntegrityError, match="is_recorded_once"), transaction.atomic():
        double.save()
    with pytest.raises(ValidationError, match="There is a backer of this name and kind already"):
        constraint(m.Backer, "is_recorded_once").validate(m.Backer, double)


@pytest.mark.parametrize(("field", "value"), [("url", "https://x.example/1"), ("doi", "10.1000/1")])
def test_source_is_recorded_once(field, value):
    SourceFactory(**{field: ""})
    SourceFactory(**{field: ""})
    SourceFactory(**{field: value})
    double = SourceFactory.build(**{field: value})

    with pytest.raises(IntegrityError, match=f"{field}_is_recorded_once"), transaction.atomic():
        double.save()
    with pytest.raises(ValidationError, match=UNIQUE[m.Source][f"{field}_is_recorded_once"]):
        constraint(m.Source, f"{field}_is_recorded_once").validate(m.Source, double)


@pytest.mark.parametrize("factory", [TopicFactory, BackerFactory, SourceFactory])
def test_address_is_one_of_its_kind(factory):
    taken = factory()

    with pytest.raises(IntegrityError, match="slug"), transaction.atomic():
        factory(slug=taken.slug)


def test_title_of_a_topic_is_its_own():
    TopicFactory(title="Models")

    with pytest.raises(IntegrityError, match="title"), transaction.atomic():
        TopicFactory(title="Models")


def test_every_constraint_is_tried_here():
    tried = {
        f"controversies_{model._meta.model_name}_{name}"
        for table in (CHECKS, UNIQUE)
        for model, names in table.items()
        for name in names
    }

    assert {each.name for model in CONTENT for each in model._meta.constraints} == tried


def test_every_constraint_has_words_for_a_person():
    for model in CONTENT:
        for each in model._meta.constraints:
            message = str(each.violation_error_message)
            assert message.endswith("."), each.name
            assert message != str(each.default_violation_error_message), each.name


@pytest.mark.parametrize("model", [m.Topic, m.Backer, m.Source], ids=lambda model: model.__name__)
def test_text_too_long_is_refused(model):
    longest = {m.Topic: ("title", 200), m.Backer: ("name", 200), m.Source: ("title", 500)}
    factories = {m.Topic: TopicFactory, m.Backer: BackerFactory, m.Source: SourceFactory}
    name, limit = longest[model]

    factories[model](**{name: "x" * limit})
    with pytest.raises(DataError, match="too long"), transaction.atomic():
        factories[model](**{name: "x" * (limit + 1)})


# -- validation in forms --


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("", True),
        ("2024", True),
        ("2024-07", True),
        ("2024-07-23", True),
        ("2024-02-30", False),
        ("2024-13", False),
        ("0000", False),
        ("24", False),
        ("2024-07-23T00:00", False),
        ("２０２４", False),
    ],
)
def test_partial_date_in_a_form(text, fine):
    source = SourceFactory.build(date=text)

    if fine:
        source.clean_fields()
    else:
        with pytest.raises(ValidationError) as error:
            source.clean_fields()
        assert DATE in error.value.message_dict["date"]


@pytest.mark.parametrize(
    "text", ["HTTPS://x.example", "javascript:alert(1)", "x.example", "https://", "ftp://x.example"]
)
def test_link_in_a_form_that_the_database_would_refuse(text):
    source = SourceFactory.build(url=text)

    with pytest.raises(ValidationError) as error:
        source.full_clean()
    assert URL in error.value.message_dict["url"]


@pytest.mark.parametrize("slug", ["A", "a--b", "-a", "a-", "a b", "ä", "a/b"])
def test_address_in_a_form(slug):
    topic = TopicFactory.build(slug=slug)

    with pytest.raises(ValidationError) as error:
        topic.full_clean()
    assert SLUG in error.value.messages


# -- natural keys and addresses --


def test_natural_key_finds_its_row(dispute):
    for model in CONTENT:
        if model is m.Citation:  # has none: its key is its own
            continue
        rows = list(model._default_manager.all())
        assert rows
        for row in rows:
            assert model._default_manager.get_by_natural_key(*row.natural_key()) == row


def test_natural_keys_are_written_as_people_would(dispute):
    backing = m.Backing.objects.order_by("position__order", "order").first()
    stance = m.Stance.objects.order_by("position__order", "point__order").last()

    assert backing.natural_key() == (dispute.slug, 1, backing.backer.slug)
    assert stance.natural_key() == (dispute.slug, 2, 2)
    assert m.Position.objects.get(order=2).natural_key() == (dispute.slug, 2)


def test_natural_keys_name_what_they_depend_on():
    for model in (m.ContestedPoint, m.Position, m.Stance, m.Backing):
        for name in model.natural_key.dependencies:
            assert apps.get_model(name) in CONTENT


def test_address_of_each_thing_with_a_page(dispute):
    topic, backer, source = TopicFactory(slug="t"), BackerFactory(slug="b"), SourceFactory(slug="s")

    assert dispute.row.get_absolute_url() == f"/controversies/{dispute.slug}/"
    assert topic.get_absolute_url() == "/topics/t/"
    assert backer.get_absolute_url() == "/backers/b/"
    assert source.get_absolute_url() == "/sources/s/"
    assert m.Revision.objects.get().get_absolute_url() == f"/controversies/{dispute.slug}/revisions/1/"


def test_key_of_a_stance_follows_from_its_position_and_point(dispute):
    for stance in m.Stance.objects.all():
        assert str(stance.pk) == m.stance_key(str(stance.position_id), str(stance.point_id))


# -- what rows say of themselves --


def test_rows_are_shown_by_what_they_say(dispute):
    texts = {
        m.Topic: "title",
        m.Controversy: "title",
        m.ContestedPoint: "title",
        m.Position: "claim",
        m.Stance: "text",
        m.Backer: "name",
        m.Source: "title",
    }
    for model, name in texts.items():
        row = model._default_manager.first()
        assert str(row) == getattr(row, name)
    assert str(m.Backing.objects.first()) == m.Backing.objects.first().backer.name
    assert str(m.Citation.objects.first()) == m.Citation.objects.first().source.title
    assert str(m.Revision.objects.get()) == f"{dispute.key} 1"
    assert str(m.UnrecordedChange(controversy_id=uuid.UUID(int=7), transaction=1)) == str(uuid.UUID(int=7))


def test_choices_say_what_they_mean():
    for choices in (
        m.Status,
        m.Publication,
        m.Polarity,
        m.PointKind,
        m.Confidence,
        m.BackerKind,
        m.SourceKind,
        m.Relation,
        m.ChangeClass,
    ):
        for choice in choices:
            assert str(choice.label)
            assert str(choice.meaning) or choice is m.BackerKind.COMPANY  # whose label says it all
            assert str(choice.label) != str(choice.meaning)
            assert choice.value == choice.value.lower()


def test_public_are_the_published_ones():
    published = ControversyFactory()
    ControversyFactory(publication="draft")
    ControversyFactory(publication="withdrawn")

    assert [row.slug for row in m.Controversy.objects.public()] == [published.slug]
