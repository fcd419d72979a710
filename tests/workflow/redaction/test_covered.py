"""Every column that could hold words is looked through, or is named here with the reason why not."""

import pytest
from django.apps import apps
from django.db import models

from controversies import models as m
from controversies.workflow import redaction
from tests.factories import UserFactory

from .test_erase import order, said

TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField)

# By a page's document, or by the block that a shared row is.
BY_DOCUMENT = {
    "controversy": "slug title question context status_summary attribution reviewed_by",
    "contestedpoint": "title body",
    "position": "claim argument confidence_reason",
    "stance": "text",
    "backing": "note",
    "citation": "quote locator",
    "topic": "slug title description",
    "backer": "slug name description website aliases",
    "source": "slug title authors publisher url doi archive_url origin",
    "block": "body",
    "listedperiod": "slug title labels words",  # derived again with the page's record
    "gonetext": "grams body",  # hashes of words: the database empties it with a redaction, as it does the next
    "origin": "runs",
    "earliertext": "hashes",  # of passages: the database empties them with a redaction, as it does the words
    "earlierword": "word",
    "listedname": "slug title label labels words names",  # follows the listed periods
    "pageuse": "title",  # written with the page's next revision
    "publicuse": "slug title words",
    "searchblock": "vector",  # written with the page's next revision
    "searchword": "word",
    "searchterm": "word",
}
BY_ROW = {
    "revision": "summary author_name reviewer_name changes",
    "proposal": "document reason author_name reviewer_name decision",
    "suggestion": "wrong instead answer block_name source email name editor_name",
    "importedfile": "content file text",
    "merger": "author_name before after",
    "formeraddress": "slug",
    "redactionrequest": "words reason answer author_name second_name",
    "logentry": "object_repr change_message",
    "citationtask": "reason",
    "sitetext": "body summary author_name",
}
LEFT_TO_PEOPLE = {
    "user": "username first_name last_name email",  # accounts are told of
    "redaction": "by_name second_name reason",  # never changed; told of
    "group": "name",
    "emailaddress": "email",
    "knowndevice": "agent",
    "usersession": "user_agent",
    "invitation": "email",
    "rightschange": "by_name account_name before after",  # names of accounts, roles and topics
    "session": "session_data",  # holds an account's number, and goes with the session
}
# The database empties what was seen of a source or quotation, as it removes their words.
OBSERVED = {
    "sourcecheck": "address hops title authors etag",
    "sourcecopy": "snapshot_url text",
    "sourcestate": "moved_to",
    "quotecheck": "selector nearest",
    "sourcelookup": "text proposals failure",  # deleted
    "oxtask": "errors",
}
# Recorded before words are looked for, so that they are found in the revision.
RECORDED_FIRST = {"putoffrevision": "summary author_name"}
NO_WORDS = {
    "emailconfirmation": "key",
    "authenticator": "data",  # encrypted secrets and public keys
    "knowndevice": "digest",
    "usersession": "session_key data",
    "invitation": "role digest topics",
    "rightschange": "change",
    "rolescope": "topics",
    "loginthrottle": "key",
    "subscription": "address digest handle secret language asked_language",  # encrypted, or ours
    "purgestate": "release",  # a digest
    "putoffrevision": "type image",
    "backing": "since until",  # dates
    "controversy": "language",
    "source": "date isbn",
    "arrival": "seal",
    "block": "digest outline",
    "checkpoint": "root note",  # hashes and signatures
    "sourcecheck": "strike last_modified body_sha256 text_sha256 title_origin",
    "sourcecopy": "media_type body_sha256 warc_sha256",
    "sourcestate": "strike accepted_title",
    "quotecheck": "quote_sha256 notes",
    "citationtask": "subject",
    "worknotice": "doi notice_doi date origin",  # as the registry has it
    "fetchhost": "name robots",
    "oxtask": "task_path args kwargs return_value queue_name backend_name worker_ids locked_by",  # keys of rows only
    "oxscheduletick": "schedule_name",
    "oxschedule": "name task_key cron boundary_for arguments",  # unused: schedules stand in the settings
    "digestreplacement": "digest now",
    "guess": "field digest",
    "importedfile": "digest",
    "leaf": "entry hash",  # hashes and numbers only
    "log": "origin vkey policy",
    "listedpage": "publication status",
    "pageupkeep": "status",
    "earliertext": "kind place_kind",
    "earliertextprogress": "config",
    "publicchange": "kind",
    "listedperiod": "type",
    "listedname": "type",
    "usechange": "type",
    "pageuse": "type",
    "publicuse": "type label verdict",
    "searchindex": "config",
    "merger": "type pages",
    "formeraddress": "type",
    "logentry": "object_id",
    "redaction": "digest now role",
    "revision": "document digest classes recorded_by seal",
    "toldchecks": "page_sha256 corpus_sha256",
    "treehash": "hash",
    "suggestion": "sender sender_site sender_provider language",  # keyed digests, for a day
    "gitimportcursor": "commit",
    "permission": "name codename",
    "user": "password",
    "contenttype": "app_label model",
    "session": "session_key",
}


def test_every_column_of_text_is_looked_through_or_named():
    known = {
        (model, column)
        for table in (BY_DOCUMENT, BY_ROW, OBSERVED, RECORDED_FIRST, LEFT_TO_PEOPLE, NO_WORDS)
        for model, columns in table.items()
        for column in columns.split()
    }
    found = {
        (model._meta.model_name, field.attname)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if not field.choices and not field.is_relation
        if isinstance(field, TEXT) or type(field).__name__ in ("ArrayField", "SearchVectorField")
    }

    assert found == known


def test_every_table_that_may_have_held_words_is_rewritten():
    names = {*BY_DOCUMENT, *BY_ROW} - {"logentry"}
    held = {apps.get_model("controversies", name)._meta.db_table for name in names}

    assert {*held, "django_admin_log"} <= {model._meta.db_table for model in redaction.storage._TABLES}


@pytest.mark.django_db
def test_request_that_waits_for_the_same_words_keeps_them_no_longer():
    page = said()
    waiting = m.RedactionRequest.objects.create(
        controversy=m.Controversy.objects.get(pk=page.key),
        words="Zoë Qüxly",
        ground="privacy",
        author=UserFactory(),
        author_name="Paula Publisher",
        created="2026-11-26T12:00Z",
    )

    redaction.apply(order("Zoë Qüxly"))

    waiting.refresh_from_db()
    assert (waiting.state, waiting.words, waiting.second_name) == ("done", "", "Olga Operator")
