"""“About this site”: the operator's texts with their history, and the editors who want to be named."""

import io

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from controversies.models import EditorListing, RoleScope, SiteText, SiteTextName
from controversies.workflow import redaction, site_texts
from tests.factories import ControversyFactory, UserFactory
from tests.markup import one_line
from tests.workflow.redaction.test_erase import order

pytestmark = pytest.mark.django_db
OPERATOR = SiteTextName.OPERATOR


def get(client, path: str = "/about/", **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return one_line(response.content.decode())


def write(*bodies: str, name: SiteTextName = OPERATOR, **user: object) -> None:
    """Save versions of a text, one after another."""
    author = UserFactory(role="publisher", **user)
    for number, body in enumerate(bodies):
        site_texts.save(name, body, f"Reason {number + 1}.", author=author, base=number)


def test_without_texts_about_has_words_of_its_own_that_are_marked(client):
    html = get(client)

    assert html.count("This is the standard text.") == len(SiteTextName)
    for name in SiteTextName:
        assert f'<section class="section" id="{name}"' in html
    assert "The people who run this site have not said yet who they are." in html
    assert "No editor has chosen to be named here." in html


def test_newest_version_is_shown_as_markdown_with_its_author(client):
    write(
        "Old.", "We are *Crux*. <b>Bold</b> [link](javascript:alert(1))", first_name="Paula", last_name="P."
    )

    html = get(client)

    assert "We are <em>Crux</em>. &lt;b&gt;Bold&lt;/b&gt;" in html
    assert 'href="javascript' not in html
    assert "Old." not in html
    assert "Written by <bdi>Paula P.</bdi> on" in html
    assert html.count("This is the standard text.") == len(SiteTextName) - 1


def test_about_changes_as_soon_as_a_text_does(client):
    first = client.get("/about/")
    write("We are Crux.")
    second = client.get("/about/", headers={"if-none-match": first["ETag"]})

    assert second.status_code == 200
    assert "We are Crux." in second.text
    again = client.get("/about/", headers={"if-none-match": second["ETag"]})
    assert again.status_code == 304


def test_text_that_is_taken_back_gives_way_to_the_words_of_the_site(client):
    write("We are Crux.", "")

    html = get(client)

    assert "We are Crux." not in html
    assert "have not said yet who they are" in html
    assert "The text was taken back" in get(client, "/about/texts/operator/2/")


def test_every_version_has_a_page_and_a_comparison(client):
    write(
        "We are Crux.\n\nWrite to us.",
        "We are Crux and friends.\n\nWrite to us.",
        first_name="Paula",
        last_name="P.",
    )

    history = get(client, "/about/texts/operator/")
    assert history.index("Version 2") < history.index("Version 1")
    assert "Reason 1." in history
    assert "/about/texts/operator/compare/1/2/" in history
    assert "/about/texts/operator/compare/0/1/" in history
    old = get(client, "/about/texts/operator/1/")
    assert "We are Crux." in old
    assert "This is an old version." in old
    assert "This is an old version." not in get(client, "/about/texts/operator/2/")
    compared = get(client, "/about/texts/operator/compare/1/2/")
    assert "<ins>" in compared
    assert "and friends" in compared
    assert "Paula P." in compared
    assert "All of version 1" in get(client, "/about/texts/operator/compare/0/1/")
    compare = "operator/compare"
    for path in ("operator/3/", "nothing/", f"{compare}/2/1/", f"{compare}/1/1/", f"{compare}/1/9/"):
        assert client.get(f"/about/texts/{path}").status_code == 404, path


def test_versions_are_paged_by_number(client, monkeypatch):
    monkeypatch.setattr("controversies.public.views.site_texts.PAGE", 2)
    write("One.", "Two.", "Three.")

    assert "Version 1" not in get(client, "/about/texts/operator/")
    assert 'href="?before=2"' in get(client, "/about/texts/operator/")
    assert "Version 1" in get(client, "/about/texts/operator/", before="2")
    cache.clear()
    assert "Version 3" in get(client, "/about/texts/operator/", before="x")


def test_history_of_a_text_that_nobody_wrote_says_so(client):
    assert "None yet." in get(client, "/about/texts/contact/")


@pytest.mark.parametrize("path", ["/about/", "/about/texts/operator/", "/about/texts/operator/1/"])
def test_pages_ask_as_many_queries_however_many_versions_there_are(client, django_assert_num_queries, path):
    write("One.")
    cache.clear()
    expected = {"/about/": 5, "/about/texts/operator/": 3, "/about/texts/operator/1/": 4}[path]
    with django_assert_num_queries(expected):
        client.get(path)
    for number in range(1, 6):
        site_texts.save(OPERATOR, f"More {number}.", "So.", author=UserFactory(role="publisher"), base=number)
    for name in (SiteTextName.CONTACT, SiteTextName.EDITORS):
        write("Other.", name=name)
    for _number in range(3):
        EditorListing.objects.create(user=UserFactory(role="editor"))
    cache.clear()
    with django_assert_num_queries(expected + (path == "/about/")):  # the groups of the editors who are named
        client.get(path)


# -- the database's hand --


def test_versions_are_never_changed_or_deleted():
    write("One.", "Two.")
    rows = SiteText.objects.filter(name=OPERATOR)

    for change in (
        lambda: rows.filter(number=1).update(body="Another."),
        lambda: rows.filter(number=1).update(number=9),
        lambda: rows.filter(number=1).update(time="2020-01-01T00:00Z"),
        lambda: rows.filter(number=2).delete(),
        lambda: rows.filter(number=1).update(author_name="Another"),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
    assert list(rows.order_by("number").values_list("body", flat=True)) == ["One.", "Two."]


@pytest.mark.parametrize("number", [1, 2, 4])
def test_versions_have_numbers_without_gaps(number):
    write("One.", "Two.")
    values = {"name": OPERATOR, "number": number, "author_name": "A", "summary": "S", "body": "B"}

    with pytest.raises(IntegrityError), transaction.atomic():
        SiteText.objects.create(**values, time="2030-01-01T00:00Z")
    with pytest.raises(IntegrityError, match="does not follow"), transaction.atomic():
        SiteText.objects.create(**(values | {"number": 3}), time="2020-01-01T00:00Z")


def test_words_that_must_go_go_from_every_version():
    write("Ask Zoë Qüxly.", "Ask us. Zoë Qüxly has left.", name=SiteTextName.CONTACT)

    report = redaction.find(order("Zoë Qüxly"))
    redaction.apply(order("Zoë Qüxly"))

    assert {finding.kind for finding in report.findings} == {"site"}
    bodies = SiteText.objects.order_by("number").values_list("body", flat=True)
    assert list(bodies) == ["Ask ⟦removed⟧.", "Ask us. ⟦removed⟧ has left."]


# -- who may write, and how --


def test_save_says_what_is_wrong():
    author = UserFactory(role="publisher")
    for body, summary, words in (
        ("Text.", " ", "Give a reason"),
        ("x" * 20_001, "So.", "too long"),
        ("Text.", "x" * 501, "too long"),
        ("", "So.", "as it was"),
        (" \n", "So.", "as it was"),
        ("\ud800", "So.", "cannot be saved"),
    ):
        with pytest.raises(site_texts.TextRefused, match=words):
            site_texts.save(OPERATOR, body, summary, author=author, base=0)
    site_texts.save(OPERATOR, "Text.", "So.", author=author, base=0)
    with pytest.raises(site_texts.TextOutdated):
        site_texts.save(OPERATOR, "Mine.", "So.", author=author, base=0)
    assert SiteText.objects.count() == 1


def test_publishers_of_all_topics_and_administrators_may_write():
    scoped = UserFactory(role="publisher")
    RoleScope.objects.create(user=scoped, topics=[])
    scoped.refresh_from_db()

    assert site_texts.may_edit(UserFactory(role="publisher"))
    assert site_texts.may_edit(UserFactory(is_superuser=True))
    for user in (scoped, UserFactory(role="editor"), UserFactory(role="contributor"), UserFactory(), None):
        assert not site_texts.may_edit(user)


# -- editors --


def test_only_editors_who_want_to_be_are_named_and_by_their_public_name(client):
    listed = UserFactory(role="editor", username="login-1", first_name="Nora Neumann", last_name="")
    writer = UserFactory(role="publisher", first_name="Will", last_name="Writer")
    others = [
        UserFactory(role="editor", first_name="Quiet", last_name="Editor"),
        UserFactory(role="editor", username="login-2", first_name="", last_name=""),
        UserFactory(role="contributor", first_name="Carl", last_name="Contributor"),
        UserFactory(role="editor", first_name="Closed", last_name="Account", is_active=False),
        UserFactory(first_name="No", last_name="Role"),
    ]
    for user in (listed, writer, *others[1:]):
        EditorListing.objects.create(user=user)
    ControversyFactory(authors=["Will Writer"])
    ControversyFactory(authors=["Nora Neumann"], publication="draft")

    html = get(client)

    assert "<bdi>Nora Neumann</bdi>" in html
    assert "/authors/?name=Nora" not in html  # she wrote a draft only
    assert "/authors/?name=Will+Writer" in html
    for name in ("Quiet Editor", "login-", "Carl", "Closed", "No Role", "@crux.example"):
        assert name not in html
    author = get(client, "/authors/", name="Will Writer")
    assert "Editor of this site" in author
    assert "Latest changes" in author


def test_dump_of_the_record_has_none_of_it(client):
    write("We are Crux.")
    EditorListing.objects.create(user=UserFactory(role="editor"))
    ControversyFactory()
    out = io.StringIO()
    call_command("dumpcorpus", stdout=out)

    assert "We are Crux." not in out.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM controversies_sitetext")
        assert cursor.fetchone()[0] == 1
