"""Rights by topic, at every path; roles in words; and the log of who gave whom what."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client

from controversies import history, rights
from controversies.accounts import roles
from controversies.accounts.roles import RoleName
from controversies.document import rows
from controversies.document.types import BY_NAME
from controversies.history import merge
from controversies.models import (
    Backer,
    Controversy,
    MailNotice,
    Proposal,
    Publication,
    RightsChange,
    RoleScope,
    Source,
)
from controversies.rights import TopicRefused
from controversies.workflow import proposals, redaction_requests, suggestions
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    TopicFactory,
    UserFactory,
    backer_block,
    document_factory,
    group,
    new_key,
)
from tests.markup import one_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Any:
    group("editor")
    return UserFactory(username="root", is_superuser=True)


def page(**options: Any) -> Any:
    return ControversyFactory(publication="published", positions=2, **options)


def limited(role: str, *topics: Any) -> Any:
    """An account whose role reaches these topics only."""
    user = UserFactory(role=role)
    RoleScope.objects.create(user=user, topics=[topic.pk for topic in topics])
    return type(user).objects.get(pk=user.pk)


def client(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def retitled(page: Any, title: str = "Another title") -> Any:
    return replace(page.document, head=replace(page.document.head, title=title))


def edit_url(page: Any) -> str:
    return f"/admin/controversies/controversy/{page.row.pk}/change/"


@pytest.fixture
def own() -> Any:
    return page()


@pytest.fixture
def other() -> Any:
    return page()


@pytest.fixture
def editor(own: Any, other: Any) -> Any:
    assert own.row.topic_id != other.row.topic_id
    return limited("editor", own.row.topic)


@pytest.fixture
def publisher(own: Any) -> Any:
    return limited("publisher", own.row.topic)


def test_role_without_topics_reaches_all(other: Any) -> None:
    editor = UserFactory(role="editor")

    assert rights.allowed_topics(editor) is None
    assert history.save(retitled(other), author=editor, summary="Why.", base=1)


def test_save_in_a_topic_of_ones_own(own: Any, editor: Any) -> None:
    history.save(retitled(own), author=editor, summary="Why.", base=1)

    assert Controversy.objects.get(pk=own.row.pk).title == "Another title"


def test_save_elsewhere_is_refused_and_records_nothing(other: Any, editor: Any) -> None:
    with pytest.raises(TopicRefused, match=r"Your role does not reach the topic: .+\. Nothing was saved"):
        history.save(retitled(other), author=editor, summary="Why.", base=1)

    assert history.head(str(other.row.pk)).number == 1


@pytest.mark.parametrize("direction", ["in", "out"])
def test_page_is_moved_neither_in_nor_out(own: Any, other: Any, editor: Any, direction: str) -> None:
    start, target = (other, own) if direction == "in" else (own, other)
    document = replace(start.document, head=replace(start.document.head, topic=target.document.head.topic))

    with pytest.raises(TopicRefused):
        history.save(document, author=editor, summary="Why.", base=1)


def test_new_pages_and_topics_elsewhere_are_refused(other: Any, editor: Any) -> None:
    document = document_factory(positions=2)

    with pytest.raises(TopicRefused):
        history.save(document, author=editor, summary="Why.", base=0)


def test_restoring_undoing_and_withdrawing_elsewhere_are_refused(publisher: Any) -> None:
    other = page(revisions=3)
    admin = client(publisher)
    base = f"/admin/controversies/controversy/{other.row.pk}"

    for path in (f"{base}/revisions/1/revert/", f"{base}/revisions/3/undo/", f"{base}/withdraw/"):
        response = admin.post(
            path, {"summary": "Why.", "base": "3", "version": "3", "reason-summary": "Why."}
        )
        assert response.status_code in (200, 403), path
    assert history.head(str(other.row.pk)).number == 3
    assert Controversy.objects.get(pk=other.row.pk).publication == Publication.PUBLISHED


def test_edit_page_of_another_topic_leads_to_the_page_to_read(other: Any, editor: Any) -> None:
    response = client(editor).get(edit_url(other), follow=True)

    assert response.redirect_chain[0][0] == f"/controversies/{other.row.slug}/"
    assert client(editor).get(f"{edit_url(other)}?text=1").status_code == 302
    assert client(editor).post(edit_url(other), {"_save": "1"}).status_code == 403


def test_edit_page_of_ones_own_topic_opens(own: Any, editor: Any) -> None:
    assert client(editor).get(edit_url(own)).status_code == 200


def test_list_of_pages_says_nothing_less(own: Any, other: Any, editor: Any) -> None:
    html = client(editor).get("/admin/controversies/controversy/").content.decode()

    assert own.row.title in html
    assert other.row.title in html


def test_bulk_changes_elsewhere_are_refused(own: Any, other: Any, editor: Any) -> None:
    response = client(editor).post(
        "/admin/controversies/controversy/bulk/topic/",
        {"ids": str(other.row.pk), "value": str(own.row.topic_id), "summary": "Why.", "_save": "1"},
    )

    assert response.status_code in (200, 302, 403, 404)
    assert Controversy.objects.get(pk=other.row.pk).topic_id == other.row.topic_id


# -- proposals, suggestions, removals --


def test_proposing_elsewhere_is_refused(own: Any, other: Any) -> None:
    contributor = limited("contributor", own.row.topic)

    assert proposals.propose(retitled(own), author=contributor, reason="Why.", base=1)
    with pytest.raises(TopicRefused):
        proposals.propose(retitled(other), author=contributor, reason="Why.", base=1)
    with pytest.raises(TopicRefused):
        proposals.propose(
            document_factory(positions=2, publication="draft"), author=contributor, reason="Why.", base=0
        )


def test_proposals_elsewhere_are_neither_shown_nor_decided(own: Any, other: Any, editor: Any) -> None:
    author = UserFactory(role="contributor")
    mine = proposals.propose(retitled(own), author=author, reason="Why.", base=1)
    theirs = proposals.propose(retitled(other), author=author, reason="Why.", base=1)
    new = proposals.propose(
        document_factory(positions=2, publication="draft"), author=author, reason="Why.", base=0
    )

    assert list(Proposal.objects.waiting_for(editor)) == [mine]
    assert list(Proposal.objects.visible_to(editor)) == [mine]
    assert [proposals.may_decide(each, editor) for each in (mine, theirs, new)] == [True, False, False]
    for each in (theirs, new):
        assert client(editor).get(each.get_absolute_url()).status_code == 403
        with pytest.raises((proposals.ProposalRefused, PermissionDenied)):
            proposals.decline(each, reviewer=editor, reason="No.", version=1)
    html = client(editor).get("/admin/controversies/proposal/queue/").content.decode()
    assert str(mine.pk) in html
    assert str(theirs.pk) not in html
    assert str(new.pk) not in html


def suggest(page: Any) -> Any:
    return suggestions.suggest(
        page.document, key=new_key(), block=None, number=1, address="192.0.2.1", wrong="The year is."
    )


def test_suggestions_elsewhere_are_neither_shown_nor_decided(own: Any, other: Any, editor: Any) -> None:
    mine, theirs = suggest(own), suggest(other)
    admin = client(editor)

    html = admin.get("/admin/controversies/proposal/queue/").content.decode()
    assert str(mine.pk) in html
    assert str(theirs.pk) not in html
    assert admin.get(f"/admin/controversies/suggestion/{theirs.pk}/change/").status_code != 200
    with pytest.raises(TopicRefused):
        suggestions.decline(theirs, editor=editor, answer="No.")
    suggestions.decline(mine, editor=editor, answer="No.")


def test_words_elsewhere_are_not_removed(own: Any, other: Any, publisher: Any) -> None:
    claim = other.document.positions[0].claim

    with pytest.raises(TopicRefused):
        redaction_requests.new_request(other.row, author=publisher, words=claim, ground="privacy")
    with pytest.raises(TopicRefused):
        redaction_requests.new_request(
            own.row, author=publisher, words=claim, ground="privacy", everywhere=True
        )


# -- what many pages show --


def change_source(source: Source, user: Any) -> Any:
    with history.act(author=user, summary="Why."):
        source.title = "Another title of the source"
        source.save()


def test_source_of_ones_own_pages_is_changed(own: Any, editor: Any) -> None:
    source = Source.objects.get(pk=own.document.sources[0].key)

    change_source(source, editor)

    assert client(editor).get(f"/admin/controversies/source/{source.pk}/change/").status_code == 200
    assert history.head(str(own.row.pk)).number == 2


def test_source_that_pages_of_other_topics_show_is_read_only(editor: Any, own: Any, other: Any) -> None:
    source = Source.objects.get(pk=other.document.sources[0].key)

    with pytest.raises(TopicRefused), transaction.atomic():
        change_source(source, editor)
    source.refresh_from_db()
    assert source.title != "Another title of the source"
    assert history.head(str(other.row.pk)).number == 1
    html = client(editor).get(f"/admin/controversies/source/{source.pk}/change/").content.decode()
    assert 'name="_save"' not in html
    response = client(editor).post(f"/admin/controversies/source/{source.pk}/change/", {"title": "X"})
    assert response.status_code == 403


def test_topics_are_changed_by_those_whose_they_are(editor: Any, own: Any, other: Any) -> None:
    admin = client(editor)

    assert (
        'name="_save"' in admin.get(f"/admin/controversies/topic/{own.row.topic_id}/change/").content.decode()
    )
    assert (
        'name="_save"'
        not in admin.get(f"/admin/controversies/topic/{other.row.topic_id}/change/").content.decode()
    )
    for path in ("add/", "merge/", "delete-unused/"):
        assert admin.get(f"/admin/controversies/topic/{path}").status_code == 403, path


def test_question_of_a_check_elsewhere_is_not_decided(editor: Any, other: Any) -> None:
    source = other.document.sources[0].key

    for action in ("dismiss", "check", "use_address"):
        response = client(editor).post(
            "/admin/controversies/source/board/",
            {"action": action, "source": source, "about": source, "cause": "gone", "reason": "Why."},
        )
        assert response.status_code in (400, 403), action


def test_topic_that_is_gone_leaves_fewer_rights(editor: Any, own: Any, other: Any) -> None:
    empty = TopicFactory()
    user = limited("editor", empty)
    empty.delete()

    assert len(rights.allowed_topics(user) or ()) == 1
    with pytest.raises(TopicRefused):
        history.save(retitled(own), author=user, summary="Why.", base=1)


# -- giving rights --


def test_roles_are_given_and_logged(root: Any) -> None:
    user, topic = UserFactory(username="ada"), TopicFactory(title="Weights")
    roles.give(user, RoleName.EDITOR, [topic], by=root)
    roles.give(user, RoleName.PUBLISHER, None, by=root)
    roles.give(user, RoleName.PUBLISHER, None, by=root)
    roles.close(user, by=root)
    roles.reopen(user, by=root)

    rows = RightsChange.objects.order_by("id").values_list(
        "by_name", "account_name", "change", "before", "after"
    )
    assert list(rows) == [
        ("root", "ada", "role", "No role", "Editor"),
        ("root", "ada", "topics", "All topics", "Weights"),
        ("root", "ada", "role", "Editor", "Publisher"),
        ("root", "ada", "topics", "Weights", "All topics"),
        ("root", "ada", "account", "Open", "Closed"),
        ("root", "ada", "account", "Closed", "Open"),
    ]


@pytest.mark.parametrize("role", ["contributor", "editor", "publisher"])
def test_only_administrators_give_roles(role: str) -> None:
    user, target = UserFactory(role=role), UserFactory()

    with pytest.raises(PermissionDenied):
        roles.give(target, RoleName.EDITOR, None, by=user)
    with pytest.raises(PermissionDenied):
        roles.close(target, by=user)
    admin = client(user)
    for path in (f"/admin/auth/user/{target.pk}/change/", "/admin/controversies/invitation/add/"):
        assert admin.get(path).status_code == 403
        assert admin.post(path, {"role": "administrator", "email": "x@crux.example"}).status_code == 403
    assert not RightsChange.objects.exists()


def test_single_permissions_are_given_to_nobody(root: Any) -> None:
    user = UserFactory(role="editor")
    user.user_permissions.add(Permission.objects.get(codename="publish_controversy"))
    html = client(root).get(f"/admin/auth/user/{user.pk}/change/").content.decode()
    assert "Can change" not in html
    assert "user_permissions" not in html

    roles.give(user, RoleName.EDITOR, None, by=root)

    assert not type(user).objects.get(pk=user.pk).has_perm("controversies.publish_controversy")
    assert client(root).get("/admin/auth/group/").status_code == 404


def test_form_of_an_account_tells_roles_in_words_and_gives_them(root: Any) -> None:
    user, topic = UserFactory(username="ada", role="editor"), TopicFactory(title="Weights")
    admin, path = client(root), f"/admin/auth/user/{user.pk}/change/"
    html = one_line(admin.get(path).content.decode())
    assert "Proposes changes and new pages, which editors decide on." in html
    sent = {
        "username": "ada",
        "email": "ada@crux.example",
        "role": "publisher",
        "topics": [str(topic.pk)],
        "is_active": "on",
    }

    response = admin.post(path, sent)

    assert response.status_code == 302, response.context["errors"] if response.context else ""
    stored = type(user).objects.get(pk=user.pk)
    assert roles.role_of(stored) is RoleName.PUBLISHER
    assert rights.allowed_topics(stored) == {str(topic.pk)}
    session = client(stored)
    admin.post(path, {**sent, "is_active": ""})
    assert session.get("/admin/").status_code == 302
    assert [row.change for row in RightsChange.objects.order_by("id")] == ["role", "topics", "account"]


def test_administrator_does_not_lock_themselves_out(root: Any) -> None:
    client(root).post(
        f"/admin/auth/user/{root.pk}/change/", {"username": "root", "role": "", "is_active": ""}
    )

    root.refresh_from_db()
    assert root.is_active
    assert root.is_superuser


def test_log_of_rights_is_shown_and_stays(root: Any) -> None:
    roles.give(UserFactory(username="ada"), RoleName.EDITOR, None, by=root)

    html = client(root).get("/admin/controversies/rightschange/").content.decode()
    assert "ada" in html
    assert client(UserFactory(role="publisher")).get("/admin/controversies/rightschange/").status_code == 403
    for statement in (
        "UPDATE controversies_rightschange SET after = 'x'",
        "DELETE FROM controversies_rightschange",
    ):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


# -- merges --


def shared_backer(*pages: Any) -> Any:
    """A backer that these pages show, and no others."""
    backer = BackerFactory()
    for each in pages:
        block = backer_block(backer)
        positions = list(each.document.positions)
        backing = replace(positions[0].backings[0], backer=block.key)
        positions[0] = replace(positions[0], backings=(backing,))
        each.save(
            each.document.with_blocks(positions=tuple(positions), backers=(*each.document.backers, block))
        )
    return backer


def merge_both(user: Any, kept: Any, other: Any) -> Any:
    block_type = BY_NAME[kept._meta.model_name]
    block = rows.shared_blocks(block_type.part, [str(kept.pk)])[str(kept.pk)]
    return merge.merge(block_type, str(kept.pk), [str(other.pk)], block, author=user, summary="One.")


def test_merge_is_for_those_who_reach_all_pages_that_it_changes(own: Any, other: Any) -> None:
    user = limited("editor", own.row.topic)
    mine, theirs = shared_backer(own), shared_backer(other)

    with pytest.raises(TopicRefused):
        merge_both(user, mine, theirs)
    response = client(user).post(
        "/admin/controversies/backer/merge/",
        {"ids": f"{mine.pk},{theirs.pk}", "kept": str(mine.pk), "reason": "One."},
    )

    assert response.status_code in (200, 403)
    assert Backer.objects.filter(pk__in=[mine.pk, theirs.pk]).count() == 2
    merge_both(user, mine, shared_backer(own))


def test_role_reaches_the_topic_that_its_topic_was_merged_into(own: Any, other: Any) -> None:
    user, root = limited("editor", own.row.topic), UserFactory(role="editor")
    assert not rights.may_work_on_pages(user, [other.row.pk])

    merger = merge_both(root, other.row.topic, own.row.topic).merger
    again = type(user).objects.get(pk=user.pk)

    assert rights.may_work_on_pages(again, [own.row.pk, other.row.pk])
    assert again in rights.reaching(type(user).objects.all(), str(other.row.topic.pk))
    assert roles.topics_of(again) == [other.row.topic]
    merge.undo_merge(merger.pk, author=root, summary="Two.")
    again = type(user).objects.get(pk=user.pk)
    assert rights.may_work_on_pages(again, [own.row.pk])
    assert not rights.may_work_on_pages(again, [other.row.pk])


def test_suggestions_are_told_to_those_who_reach_the_page(own: Any, other: Any) -> None:
    near, far, everywhere = (
        limited("editor", own.row.topic),
        limited("editor", other.row.topic),
        UserFactory(role="editor"),
    )
    for user in (near, far, everywhere):
        user.email = f"{user.username}@a.example"
        user.save()

    suggestions.suggest(
        own.document, key=new_key(), block=None, number=1, address=new_key(), wrong="It is wrong."
    )

    told = set(MailNotice.objects.values_list("user", flat=True))
    assert (near.pk in told, far.pk in told, everywhere.pk in told) == (True, False, True)
