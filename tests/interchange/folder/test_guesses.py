"""Guesses: made of the page's own words, known as guesses, listed, and put right by whoever says what is so."""

import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from controversies import history
from controversies import models as m
from tests.factories import UserFactory

from .pages import JANE, WEIGHTS, head, take, write

pytestmark = pytest.mark.django_db

PAGE = WEIGHTS.replace(
    "[meta-ai, jane-doe, open-source-community]", "[openlab, sam-altman, academic-researchers]"
)
ALTMAN = "id: sam-altman\nname: Samuel Altman\ntype: individual\n"
OPENLAB = "id: openlab\nname: OpenLab\ntype: company\n"


def pages(root, text=PAGE, name="weights"):
    """A folder of one page and no backers."""
    (root / "controversies").mkdir(parents=True, exist_ok=True)
    (root / "controversies" / f"{name}.md").write_text(text)
    return root


def actors(root, **texts):
    (root / "actors").mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (root / "actors" / f"{name.replace('_', '-')}.yml").write_text(text)
    return root


def backers():
    return {backer.slug: (backer.name, backer.kind) for backer in head().document.backers}


def run(*arguments, **options):
    out = io.StringIO()
    call_command("importcontroversies", *map(str, arguments), stdout=out, **options)
    return out.getvalue().splitlines()


def test_guesses_are_listed_doubtful_ones_first(tmp_path):
    said = run(pages(tmp_path))

    assert said[1:-1] == [
        (
            "Guessed from addresses (“?”: doubtful). Confirm or correct these in actors/<id>.yml or topics/<id>.yml, "
            "or in the admin:"
        ),
        "? fair: “Fair”, organisation",
        "? openlab: “Openlab”, organisation",
        "  academic-researchers: “Academic researchers”, constituency",
        "  open-models: the topic “Open models”",
        "  sam-altman: “Sam Altman”, person",
        "  some-lab-researchers: “Some lab researchers”, constituency",
    ]
    assert (
        run(tmp_path)[0] == "Guessed by earlier imports, and not confirmed yet: 6. --verbosity 2 lists them."
    )
    assert "? openlab: “Openlab”, organisation" in run(tmp_path, verbosity=2)


def test_name_is_spelled_as_the_page_spells_it(tmp_path):
    take(
        pages(tmp_path, PAGE.replace("It is debated.", "OpenLab, as Openlab is called, and OpenLab's peers."))
    )

    assert backers()["openlab"] == ("OpenLab", "organisation")


@pytest.mark.parametrize("place", ["same", "other"])
def test_file_of_a_backer_puts_a_guess_right_wherever_it_is(tmp_path, place):
    take(pages(tmp_path / "same"))
    take(pages(tmp_path / "second", PAGE.replace("id: weights", "id: second")))
    actors(tmp_path / place, sam_altman=ALTMAN, openlab=OPENLAB)

    said = run(tmp_path / place)

    assert "Corrected backers: OpenLab, Samuel Altman." in said
    assert not any("stays" in line for line in said)
    assert backers()["sam-altman"] == ("Samuel Altman", "person")
    assert backers()["openlab"] == ("OpenLab", "company")
    for slug in ("weights", "second"):
        reading = head(slug)
        assert (reading.number, reading.entry.author_name) == (2, "Import")
    assert not m.Guess.objects.filter(
        key__in=m.Backer.objects.filter(slug__in=["sam-altman", "openlab"])
    ).exists()
    assert "not confirmed yet: 4." in run(tmp_path / place)[0]


def test_page_that_says_the_name_puts_a_guess_right(tmp_path):
    take(pages(tmp_path))
    explicit = PAGE.replace("[openlab, ", "[{id: openlab, name: OpenLab, type: company}, ")

    report = take(pages(tmp_path / "more", explicit.replace("id: weights", "id: second"), "second"))

    assert backers()["openlab"] == ("OpenLab", "company")
    assert report.notes == []
    assert head().number == 2


def test_what_any_file_of_an_import_says_counts_from_the_beginning(tmp_path):
    explicit = PAGE.replace("[openlab, ", "[{id: openlab, name: OpenLab, type: company}, ").replace(
        "thread: open-models", "thread: open-models\nthread_title: Models with open weights"
    )
    pages(tmp_path)
    report = take(pages(tmp_path, explicit.replace("id: weights", "id: zz"), "zz"))

    assert (report.notes, head().number) == ([], 1)
    assert backers()["openlab"] == ("OpenLab", "company")
    assert head().document.head.topic.title == "Models with open weights"


def test_name_that_a_person_set_stays(tmp_path):
    take(pages(tmp_path))
    with history.act(author_name="Edith", summary="Its name."):
        m.Backer.objects.filter(slug="openlab").update(name="Open Lab of Oxford")

    report = take(actors(tmp_path, openlab=OPENLAB))

    assert report.notes == [
        "Open Lab of Oxford: Name stays “Open Lab of Oxford”, as on record; the file has “OpenLab”."
    ]
    assert backers()["openlab"] == ("Open Lab of Oxford", "company")


def test_whoever_saves_it_on_the_desk_settles_a_guess(tmp_path, client):
    take(pages(tmp_path))
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    lab = m.Backer.objects.get(slug="openlab")
    url = reverse("admin:controversies_backer_change", args=[lab.pk])
    form = client.get(url).context["adminform"].form
    sent = {name: form[name].value() or "" for name in form.fields}

    client.post(url, {**sent, "name": "Openlab", "reason": "So it is."})

    report = take(actors(tmp_path, openlab=OPENLAB))
    assert "Openlab: Name stays “Openlab”, as on record; the file has “OpenLab”." in report.notes


def test_guess_is_still_one_after_an_export(tmp_path):
    take(pages(tmp_path), publish=True)
    call_command("exportcontroversies", tmp_path / "out", stdout=io.StringIO())

    text = (tmp_path / "out" / "actors" / "openlab.yml").read_text()

    assert text == "id: openlab\nname: Openlab\ntype: organization\nguessed:\n  - name\n  - type\n"
    assert take(tmp_path / "out").notes == []
    take(actors(tmp_path / "other", openlab=OPENLAB))
    assert backers()["openlab"] == ("OpenLab", "company")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "threads/open-models.md",
            "---\nid: open-models\ntitle: Models with open weights\nowner: Ada\n---\nText.\n",
        ),
        ("topics/open-models.yml", "title: Models with open weights\n"),
        ("threads/open-models.md", "# Models with open weights\n\nText.\n"),
    ],
)
@pytest.mark.parametrize("later", [False, True])
def test_titles_of_topics_are_read_where_the_folder_has_them(tmp_path, name, text, later):
    pages(tmp_path)
    if later:
        take(tmp_path)
    file = tmp_path / name
    file.parent.mkdir()
    file.write_text(text)

    said = run(tmp_path)

    assert head().document.head.topic.title == "Models with open weights"
    assert head().number == 1 + later
    assert ("Corrected topics: Models with open weights." in said) is later
    file.write_text(text.replace("open weights", "open doors"))
    take(tmp_path)
    assert head().document.head.topic.title == "Models with open doors"


def test_title_of_a_topic_that_a_person_set_stays(tmp_path):
    take(pages(tmp_path))
    with history.act(author_name="Edith", summary="Its title."):
        m.Topic.objects.update(title="Models")
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "open-models.yml").write_text("title: Other\n")

    assert take(tmp_path).notes == ["Models: Title stays “Models”, as on record; the file has “Other”."]


def test_file_of_a_topic_without_a_title_is_told(tmp_path):
    (pages(tmp_path) / "topics").mkdir()
    (tmp_path / "topics" / "open-models.yml").write_text("description: x\n")

    with pytest.raises(Exception, match="“title” is missing"):
        take(tmp_path)


def test_jane_in_the_registry_is_no_guess(tmp_path):
    take(write(tmp_path))

    assert JANE
    assert not m.Guess.objects.filter(key=m.Backer.objects.get(slug="jane-doe").pk).exists()
