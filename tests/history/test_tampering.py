"""Whoever holds the database changes something past its triggers: `checkhistory` says on which page, and what.

Each case is done to a small site by its owner, with triggers and foreign keys off. What agrees with itself afterwards
(a page cut or rewritten with everything that follows from it) is found against an anchor that was written before.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from controversies import history
from controversies import models as m
from controversies.document.redact import RemovedWords
from controversies.history.revisions import revision_digest
from controversies.workflow import redaction
from tests.factories import ControversyFactory, Recorded, UserFactory, document_factory, topic_block
from tests.history.test_verify import check, without_guards

pytestmark = pytest.mark.django_db


@dataclass
class Site:
    """Three pages: “alpha” with all that there can be, “beta” withdrawn and published again, “gamma” a draft."""

    alpha: Recorded
    beta: Recorded
    gamma: Recorded
    author: Any
    names: dict[str, Any]

    def run(self, *statements: str) -> None:
        """Do this to the database; `{names}` stand for keys."""
        connection.check_constraints()
        with without_guards(), connection.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql.format(**self.names))
                if sql.startswith(("UPDATE", "DELETE", "INSERT")):
                    assert cursor.rowcount > 0, sql


@pytest.fixture
def site() -> Site:
    topic = topic_block()
    author, other = UserFactory(role="contributor"), UserFactory(role="editor")
    alpha = ControversyFactory(
        document=document_factory(slug="alpha", topic=topic, positions=3, points=2, citations=8),
        author=author,
    )
    alpha.edit(title="Alpha, corrected", author=author)
    first, second, *rest = alpha.document.positions
    document = alpha.document.with_blocks(positions=(first, *rest))
    alpha.save(document, author=author, reviewer=other, summary="One position fewer.")
    alpha.edit(status="resolved", author=other)
    alpha.edit(title="Alpha, restored", author=other, kind=m.ChangeClass.RESTORE)
    beta = ControversyFactory(slug="beta", topic=topic, revisions=2)
    beta.edit(publication="withdrawn")
    beta.edit(publication="published")
    gamma = ControversyFactory(slug="gamma", revisions=2, publication="draft")
    m.Proposal.objects.create(
        controversy_id=alpha.key,
        base=2,
        document={},
        reason="One position fewer.",
        author=author,
        author_name=history.public_name(author),
        created=alpha.head.entry.time,
        changed=alpha.head.entry.time,
        decided_at=alpha.head.entry.time,
        state=m.ProposalState.ACCEPTED,
        reviewer=other,
        reviewer_name=history.public_name(other),
        revision=3,
    )
    m.GitImportCursor.objects.create(key=beta.key, commit="0" * 40, number=4)
    connection.check_constraints()  # as COMMIT would
    names = {
        "alpha": f"'{alpha.key}'",
        "beta": f"'{beta.key}'",
        "gamma": f"'{gamma.key}'",
        "number": str(m.SearchIndex.objects.get(controversy=alpha.key).pk),
        "author": author.pk,
        "other": other.pk,
        "position": f"'{first.key}'",
        "gone": f"'{second.key}'",
        "last": f"'{rest[0].key}'",
        "outline": f"'{m.Block.OUTLINE}'",
        "topic": f"'{topic.key}'",
        "backer": f"'{alpha.document.backers[0].key}'",
        "source": f"'{alpha.document.sources[0].key}'",
    }
    return Site(alpha, beta, gamma, author, names)


def test_site_is_whole_before(site: Site) -> None:
    assert check() == ("3 controversies, 11 revisions: the record is whole.\n", None)


REVISION = "UPDATE controversies_revision SET {change} WHERE controversy_id = {{alpha}} AND number = {number}"
DIGEST = (
    r"alpha: Revision {}: its digest does not follow from the revision before, its author, time and reason\."
)
SEAL = r"alpha: Revision {}: its seal is broken: .*"
# What lists of past days show of revision 5, taken away as well.
PERIODS_CUT = (
    "DELETE FROM controversies_listedperiod WHERE controversy_id = {alpha} AND since = 5",
    "UPDATE controversies_listedperiod SET ends = NULL WHERE controversy_id = {alpha} AND key = {alpha} AND since = 4",
)
ERASED = "withheld = 'draft', author_name = '', author_id = NULL, reviewer_name = '', reviewer_id = NULL"
BLANK = f"{ERASED}, summary = '', added = 0, removed = 0"


def revision(number: int, change: str) -> str:
    return REVISION.format(number=number, change=change)


# What is done, and what is said of it.
CASES: dict[str, tuple[list[str], str]] = {
    # -- revisions --
    "another author": ([revision(2, "author_name = 'Mallory'")], DIGEST.format(2)),
    "another reason": ([revision(2, "summary = 'No reason'")], DIGEST.format(2)),
    "another time": ([revision(2, "time = time - interval '1 day'")], DIGEST.format(2)),
    "another reviewer": ([revision(3, "reviewer_name = 'Mallory'")], DIGEST.format(3)),
    "no reviewer": ([revision(3, "reviewer_name = '', reviewer_id = NULL")], DIGEST.format(3)),
    "reviewer made up": ([revision(2, "reviewer_name = 'Mallory'")], DIGEST.format(2)),
    "another digest": ([revision(2, "digest = sha256('x')")], DIGEST.format(2)),
    "another document": (
        [revision(2, "document = sha256('x')")],
        r"alpha: Revision 2: its document's digest is not that of its blocks\.",
    ),
    "author's account is another's": ([revision(2, "author_id = {other}")], SEAL.format(2)),
    "author's account is nobody's": ([revision(2, "author_id = 999999")], SEAL.format(2)),
    "author's account is gone": ([revision(2, "author_id = NULL")], SEAL.format(2)),
    "reviewer's account is another's": ([revision(3, "reviewer_id = {author}")], SEAL.format(3)),
    "other kinds": (
        [revision(2, "classes = '{{typo}}'")],
        r'alpha: Revision 2: its kinds of change are \["typo"\], but should be .*',
    ),
    "no kinds": ([revision(4, "classes = '{{}}'")], r"alpha: Revision 4: its kinds of change are \[\], .*"),
    "one kind more": (
        [revision(3, "classes = array_append(classes, 'typo')")],
        r"alpha: Revision 3: its kinds of change are .*",
    ),
    "said to be an import": ([revision(2, "classes = array_prepend('import', classes)")], SEAL.format(2)),
    "said to be no restoration": ([revision(5, "classes = classes[2:]")], SEAL.format(5)),
    "no changes": ([revision(2, "changes = '[]'")], r"alpha: Revision 2: its changes are \[\], .*"),
    "other changes": (
        [revision(4, """changes = '[["head", "", "status", "active", "dormant"]]'""")],
        r"alpha: Revision 4: its changes are .*dormant.*resolved.*",
    ),
    "publication made up": (
        [revision(2, """changes = changes || '[["head", "", "publication", "draft", "published"]]'""")],
        r"alpha: Revision 2: its changes are .*publication.*",
    ),
    "more characters": (
        [revision(3, "added = added + 1")],
        r"alpha: Revision 3: its counts of characters are .*",
    ),
    "fewer characters": (
        [revision(3, "removed = 0")],
        r"alpha: Revision 3: its counts of characters are .*",
    ),
    "withheld": (
        [revision(2, f"{BLANK}, document = '', classes = '{{{{}}}}', changes = '[]'")],
        SEAL.format(2),
    ),
    "withheld, with the rest left": (
        [revision(2, BLANK)],
        r"alpha: Revision 2 came without its content, but says more than such a revision can\.",
    ),
    "written by another role": ([revision(2, "recorded_by = 'somebody'")], SEAL.format(2)),
    "written at another time": (
        [revision(2, "recorded_at = recorded_at - interval '1 day'")],
        SEAL.format(2),
    ),
    "seal broken": ([revision(2, "seal = '\\x0102030405060708'")], SEAL.format(2)),
    "revision lost": (
        ["DELETE FROM controversies_revision WHERE controversy_id = {alpha} AND number = 2"],
        r"alpha: Revision 3 follows revision 1\.",
    ),
    "first revision lost": (
        ["DELETE FROM controversies_revision WHERE controversy_id = {alpha} AND number = 1"],
        r"alpha: Revision 2 follows revision 0\.",
    ),
    "newest revision lost": (
        ["DELETE FROM controversies_revision WHERE controversy_id = {alpha} AND number = 5"],
        r"alpha: There are blocks of revision 5, which does not exist\.",
    ),
    "newest revision and its blocks lost": (
        [
            "DELETE FROM controversies_revision WHERE controversy_id = {alpha} AND number = 5",
            "DELETE FROM controversies_block WHERE controversy_id = {alpha} AND since = 5",
        ],
        r"alpha: Its rows are not what revision 4 recorded: .*",
    ),
    "newest revision cut, rows put back": (
        [
            "DELETE FROM controversies_revision WHERE controversy_id = {alpha} AND number = 5",
            "DELETE FROM controversies_block WHERE controversy_id = {alpha} AND since = 5",
            "UPDATE controversies_controversy SET title = 'Alpha, corrected' WHERE id = {alpha}",
            "SELECT controversies_index_words({alpha}, NULL)",
            *PERIODS_CUT,
        ],
        r"alpha: Arrival \d+ tells followers that revision 5 became public; expected: nothing\.",
    ),
    "two revisions change places": (
        [
            revision(2, "number = 100"),
            revision(4, "number = 2"),
            revision(100, "number = 4"),
        ],
        DIGEST.format(2),
    ),
    "revision made up with a wrong digest": (
        [
            "INSERT INTO controversies_revision (controversy_id, number, time, author_name, summary, document, digest,"
            " classes, changes, added, removed) SELECT controversy_id, 6, time, 'Mallory', '', document, digest,"
            " '{{}}', '[]', 0, 0 FROM controversies_revision WHERE controversy_id = {alpha} AND number = 5"
        ],
        DIGEST.format(6),
    ),
    "history lost": (
        [
            "DELETE FROM controversies_block WHERE controversy_id = {alpha}",
            "DELETE FROM controversies_revision WHERE controversy_id = {alpha}",
        ],
        r"alpha: There is no revision of it\.",
    ),
    # -- lists of past days --
    "title of a past day changed": (
        [
            "UPDATE controversies_listedperiod SET title = 'Alpha, as was' WHERE controversy_id = {alpha} AND since = 2"
        ],
        r"alpha: Lists of past days do not show it as its revisions do\. Delete .*",
    ),
    "past day lost": (
        ["DELETE FROM controversies_listedperiod WHERE controversy_id = {alpha} AND key = {backer}"],
        r"alpha: Lists of past days do not show it as its revisions do\. Delete .*",
    ),
    "draft shown to past days": (
        [
            "UPDATE controversies_listedperiod SET controversy_id = {gamma} WHERE controversy_id = {alpha}"
            " AND key = {source}"
        ],
        r"gamma: Lists of past days do not show it as its revisions do\. Delete .*",
    ),
    # -- blocks --
    "body damaged": (
        ["UPDATE controversies_block SET body = '\\x0142' WHERE key = {position} AND since = 1"],
        r"alpha: Revision 1: block [-0-9a-f]{36} is not what its digest says\.",
    ),
    "body is another's": (
        [
            "UPDATE controversies_block SET body = (SELECT body FROM controversies_block WHERE key = {last}"
            " AND since = 1) WHERE key = {position} AND since = 1"
        ],
        r"alpha: Revision 1: block [-0-9a-f]{36} is not what its digest says\.",
    ),
    "body erased": (
        ["UPDATE controversies_block SET body = NULL WHERE key = {gone} AND since = 1"],
        r"alpha: Revision 1: block [-0-9a-f]{36} has no body, and nothing says why\.",
    ),
    "digest of a block": (
        ["UPDATE controversies_block SET digest = sha256('x') WHERE key = {position} AND since = 1"],
        r"alpha: Revision 1: block [-0-9a-f]{36} is not what its digest says\.",
    ),
    "block lost": (
        ["DELETE FROM controversies_block WHERE key = {position}"],
        r"alpha: Revision 1: the list of its blocks does not name the blocks that it has\.",
    ),
    "version of a block lost": (
        ["DELETE FROM controversies_block WHERE key = {alpha} AND controversy_id = {alpha} AND since = 4"],
        r"alpha: Revision 4: its document's digest is not that of its blocks\.",
    ),
    "version of a block made up": (
        [
            "INSERT INTO controversies_block (controversy_id, key, since, digest, body) SELECT controversy_id, key, 2,"
            " digest, body FROM controversies_block WHERE key = {position} AND since = 1"
        ],
        r"alpha: Revision 2: block [-0-9a-f]{36} is recorded as changed, but is as before\.",
    ),
    "removal lost": (
        ["DELETE FROM controversies_block WHERE key = {gone} AND digest IS NULL"],
        r"alpha: Revision 3: the list of its blocks does not name the blocks that it has\.",
    ),
    "removal made up": (
        [
            "INSERT INTO controversies_block (controversy_id, key, since)"
            " VALUES ({alpha}, '5d1c3a8e-7f0e-4d47-9f4a-2f6a1b0c9d8e', 2)"
        ],
        r"alpha: Revision 2: block [-0-9a-f]{36} is removed, but was not there\.",
    ),
    "change moved to another revision": (
        ["UPDATE controversies_block SET since = 4 WHERE key = {gone} AND digest IS NULL"],
        r"alpha: Revision 3: the list of its blocks does not name the blocks that it has\.",
    ),
    "packed against another": (
        [
            "UPDATE controversies_block SET basis = 4 WHERE key = {alpha} AND controversy_id = {alpha} AND since = 5"
        ],
        r"alpha: Revision 5: block [-0-9a-f]{36} is .*",
    ),
    "blocks in another order": (
        [
            "UPDATE controversies_block SET outline = array_append(outline[2:], outline[1])"
            " WHERE controversy_id = {alpha} AND key = {outline} AND since = 1"
        ],
        r"alpha: Revision 1: its document's digest is not that of its blocks\.",
    ),
    "block not listed": (
        [
            "UPDATE controversies_block SET outline = array_remove(outline, {position}::uuid)"
            " WHERE controversy_id = {alpha} AND key = {outline} AND since = 1"
        ],
        r"alpha: Revision 1: the list of its blocks does not name the blocks that it has\.",
    ),
    "order noted again": (
        [
            "INSERT INTO controversies_block (controversy_id, key, since, outline) SELECT controversy_id, key, 2,"
            " outline FROM controversies_block WHERE controversy_id = {alpha} AND key = {outline} AND since = 1"
        ],
        r"alpha: Revision 2: the list of its blocks is stored again, but is as before\.",
    ),
    "said to be renumbered": (
        ["UPDATE controversies_block SET renumbered = true WHERE key = {alpha} AND since = 2"],
        r"alpha: Revision 2: block [-0-9a-f]{36} is marked as if only numbers of sources differed, and more does\.",
    ),
    "block of a revision to come": (
        [
            "INSERT INTO controversies_block (controversy_id, key, since, digest, body) SELECT controversy_id, key, 9,"
            " digest, body FROM controversies_block WHERE key = {position} AND since = 1"
        ],
        r"alpha: There are blocks of revision 9, which does not exist\.",
    ),
    "block of no page": (
        [
            "INSERT INTO controversies_block (controversy_id, key, since, digest, body) SELECT"
            " '5d1c3a8e-7f0e-4d47-9f4a-2f6a1b0c9d8e', key, 1, digest, body FROM controversies_block"
            " WHERE key = {position} AND since = 1"
        ],
        r"5d1c3a8e-7f0e-4d47-9f4a-2f6a1b0c9d8e: The page is missing, but its blocks to revision 1 are there\.",
    ),
    # -- rows --
    "claim": (
        ["UPDATE controversies_position SET claim = 'x' WHERE id = {position}"],
        r"alpha: Its rows are not what revision 5 recorded: [-0-9a-f]{36}\.",
    ),
    "confidence": (
        ["UPDATE controversies_position SET confidence = 'disputed' WHERE id = {position}"],
        r"alpha: Its rows are not what revision 5 recorded: [-0-9a-f]{36}\.",
    ),
    "stance": (
        ["UPDATE controversies_stance SET text = 'x' WHERE position_id = {position}"],
        r"alpha: Its rows are not what revision 5 recorded: [-0-9a-f]{36}\.",
    ),
    "backer's name": (
        ["UPDATE controversies_backer SET name = 'x' WHERE id = {backer}"],
        r"alpha: Its rows are not what revision 5 recorded: [-0-9a-f]{36}\.",
    ),
    "backer's description": (
        ["UPDATE controversies_backer SET description = 'x' WHERE id = {backer}"],
        r"alpha: Its rows are not what revision 5 recorded: [-0-9a-f]{36}\.",
    ),
    "source's link": (
        ["UPDATE controversies_source SET url = 'https://x.example/' WHERE id = {source}"],
        r"alpha: Its rows are not what revision 5 recorded: [-0-9a-f]{36}\.",
    ),
    "topic's title": (
        ["UPDATE controversies_topic SET title = 'x' WHERE id = {topic}"],
        r"alpha: Its rows are not what revision 5 recorded: [-0-9a-f]{36}\.",
    ),
    "topic's description": (
        ["UPDATE controversies_topic SET description = 'x' WHERE id = {topic}"],
        r"beta: Its rows are not what revision 4 recorded: [-0-9a-f]{36}\.",
    ),
    "draft published": (
        ["UPDATE controversies_controversy SET publication = 'published' WHERE id = {gamma}"],
        r"gamma: Its rows are not what revision 2 recorded: [-0-9a-f]{36}\.",
    ),
    "page withdrawn": (
        ["UPDATE controversies_controversy SET publication = 'withdrawn' WHERE id = {alpha}"],
        r"alpha: Its rows are not what revision 5 recorded: [-0-9a-f]{36}\.",
    ),
    "citation lost": (
        ["DELETE FROM controversies_citation WHERE source_id = {source}"],
        r"alpha: Its rows are not what revision 5 recorded: .*",
    ),
    "positions change places": (
        ['UPDATE controversies_position SET "order" = 100 - "order" WHERE controversy_id = {alpha}'],
        r"alpha: Its rows are not what revision 5 recorded: .*",
    ),
    # -- what follows from rows and revisions --
    "words altered": (
        [
            "UPDATE controversies_searchblock SET vector = to_tsvector('english', 'nonsense') WHERE page = {number}"
        ],
        r"alpha: Search finds it by other words than the page has\.",
    ),
    "words added": (
        ["UPDATE controversies_searchblock SET vector = vector || to_tsvector('scam') WHERE page = {number}"],
        r"alpha: Search finds it by other words than the page has\.",
    ),
    "words lost": (
        ["DELETE FROM controversies_searchblock WHERE page = {number}"],
        r"alpha: Search cannot find it: the words of the page are missing\.",
    ),
    "number of a page lost": (
        ["DELETE FROM controversies_searchindex WHERE controversy_id = {alpha}"],
        r"alpha: Search cannot find it: the words of the page are missing\.",
    ),
    "place in lists altered": (
        ["UPDATE controversies_listedpage SET changed = '2031-01-01' WHERE controversy_id = {alpha}"],
        r"alpha: Lists do not show it as its newest revision is\.",
    ),
    "hidden from lists": (
        ["UPDATE controversies_listedpage SET publication = 'draft' WHERE controversy_id = {alpha}"],
        r"alpha: Lists do not show it as its newest revision is\.",
    ),
    "place in lists lost": (
        ["DELETE FROM controversies_listedpage WHERE controversy_id = {alpha}"],
        r"alpha: Lists do not show it as its newest revision is\.",
    ),
    "change lost from lists": (
        [
            "DELETE FROM controversies_publicchange WHERE controversy_id = {alpha} AND number = 3 AND kind <> ''"
        ],
        r"alpha: Lists of changes do not show its public revisions and no others\.",
    ),
    "change in a list of another kind": (
        [
            "INSERT INTO controversies_publicchange (subject, kind, time, controversy_id, number)"
            " SELECT '00000000-0000-0000-0000-000000000000', 'restore', time, controversy_id, number"
            " FROM controversies_revision WHERE controversy_id = {alpha} AND number = 4"
        ],
        r"alpha: Lists of changes show its revision 4 where it does not belong\.",
    ),
    "change in another topic's list": (
        [
            "INSERT INTO controversies_publicchange (subject, kind, time, controversy_id, number)"
            " SELECT gen_random_uuid(), '', time, controversy_id, number"
            " FROM controversies_revision WHERE controversy_id = {alpha} AND number = 4"
        ],
        r"alpha: Lists of changes show its revision 4 where it does not belong\.",
    ),
    "word put on the list of a page": (
        [
            "INSERT INTO controversies_searchword (page, blocks, is_title, word) SELECT {number}, 1, false, 'scam'"
        ],
        r"alpha: Search finds it by other words than the page has\.",
    ),
    "word taken from the list of a page": (
        ["DELETE FROM controversies_searchword WHERE page = {number} AND word = 'alpha' AND is_title"],
        r"alpha: Search finds it by other words than the page has\.",
    ),
    "words of no page": (
        [
            "INSERT INTO controversies_searchindex (controversy_id) VALUES ('5d1c3a8e-7f0e-4d47-9f4a-2f6a1b0c9d8e')"
        ],
        r"5d1c3a8e-7f0e-4d47-9f4a-2f6a1b0c9d8e: The page is missing, but search has its words \(1\)\.",
    ),
    "words without a number": (
        ["INSERT INTO controversies_searchword (page, blocks, is_title, word) VALUES (-1, 1, false, 'scam')"],
        r"-1: The page is missing, but search has its words \(1\)\.",
    ),
    "arrival lost": (
        ["DELETE FROM controversies_arrival WHERE controversy_id = {alpha} AND number = 2"],
        r"alpha: Arrival \d+ tells followers that revision 3 became public; expected: that .*",
    ),
    "newest arrival lost": (
        ["DELETE FROM controversies_arrival WHERE controversy_id = {alpha} AND number = 5"],
        r"alpha: No arrival tells followers that revision 5 became public\.",
    ),
    "all arrivals lost": (
        ["DELETE FROM controversies_arrival WHERE controversy_id = {alpha}"],
        r"alpha: No arrival tells followers that revision 1 became public\.",
    ),
    "withdrawal not told": (
        ["DELETE FROM controversies_arrival WHERE withdrawn"],
        r"beta: Arrival \d+ tells .*; expected: that the page was withdrawn with revision 3\.",
    ),
    "withdrawal made up": (
        ["INSERT INTO controversies_arrival (controversy_id, number, withdrawn) VALUES ({alpha}, 5, true)"],
        r"alpha: Arrival \d+ tells followers that the page was withdrawn with revision 5; expected: nothing\.",
    ),
    "draft told": (
        ["INSERT INTO controversies_arrival (controversy_id, number, withdrawn) VALUES ({gamma}, 1, false)"],
        r"gamma: Arrival \d+ tells followers that revision 1 became public; expected: nothing\.",
    ),
    "arrival of another revision": (
        ["UPDATE controversies_arrival SET number = 4 WHERE controversy_id = {alpha} AND number = 2"],
        r"alpha: Arrival \d+ tells followers that revision 4 became public; expected: that revision 2 .*",
    ),
    "arrivals of a page change places": (
        [
            "UPDATE controversies_arrival SET number = 5 - number + 1 WHERE controversy_id = {alpha}",
        ],
        r"alpha: Arrival \d+ tells followers that revision 5 became public; expected: that revision 1 .*",
    ),
    "arrivals of two pages change places": (
        [
            "UPDATE controversies_arrival SET position = -position WHERE controversy_id = {alpha} AND number = 5",
            "UPDATE controversies_arrival SET position = position + 100 WHERE controversy_id = {beta}",
            "UPDATE controversies_arrival SET position = 1000000000 WHERE controversy_id = {alpha} AND number = 5",
        ],
        r"beta: Arrival \d+ is sealed for another place in the list: .*",
    ),
    "arrival of no page": (
        [
            "INSERT INTO controversies_arrival (controversy_id, number, withdrawn)"
            " VALUES ('5d1c3a8e-7f0e-4d47-9f4a-2f6a1b0c9d8e', 3, false)"
        ],
        r"5d1c3a8e-7f0e-4d47-9f4a-2f6a1b0c9d8e: The page is missing, but followers are told of it to revision 3\.",
    ),
    # -- pages --
    "page lost, history left": (
        ["DELETE FROM controversies_controversy WHERE id = {gamma}"],
        r"[-0-9a-f]{36}: The page is missing, but its history to revision 2 is there\.",
    ),
    "page and history lost, arrivals left": (
        [
            "DELETE FROM controversies_controversy WHERE id = {beta}",
            "DELETE FROM controversies_block WHERE controversy_id = {beta}",
            "DELETE FROM controversies_revision WHERE controversy_id = {beta}",
        ],
        r"[-0-9a-f]{36}: The page is missing, but followers are told of it to revision 4\.",
    ),
    # -- what refers to the record --
    "proposal of another revision": (
        ["UPDATE controversies_proposal SET revision = 1"],
        r"alpha: Revision 1 does not name the person who accepted its proposal\.",
    ),
    "proposal of no revision": (
        ["UPDATE controversies_proposal SET revision = 7"],
        r"alpha: A proposal is for revision 7, which does not exist\.",
    ),
    "proposal accepted by another": (
        ["UPDATE controversies_proposal SET reviewer_name = 'Mallory'"],
        r"alpha: Revision 3 does not name the person who accepted its proposal\.",
    ),
    "import of a revision to come": (
        ["UPDATE controversies_gitimportcursor SET number = 7"],
        r"beta: An import saw it at revision 7, which does not exist\.",
    ),
    # -- guards --
    "trigger switched off": (
        ["ALTER TABLE controversies_position DISABLE TRIGGER touch_by_change"],
        r"Database: Trigger touch_by_change of table controversies_position is switched off\.",
    ),
    "trigger lost": (
        ["DROP TRIGGER append_only ON controversies_revision"],
        r"Database: Trigger append_only of table controversies_revision is missing\.",
    ),
    "trigger that never fires": (
        [
            "DROP TRIGGER append_only ON controversies_block",
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON controversies_block FOR EACH ROW WHEN (false)"
            " EXECUTE FUNCTION controversies_refuse_change()",
        ],
        r"Database: Trigger append_only of table controversies_block is not what the migrations make\.",
    ),
    "trigger added": (
        [
            "CREATE TRIGGER zzz BEFORE INSERT ON controversies_revision FOR EACH ROW"
            " EXECUTE FUNCTION controversies_refuse_change()"
        ],
        r"Database: Table controversies_revision has a trigger that no migration makes: zzz\.",
    ),
    "function altered": (
        [
            "CREATE OR REPLACE FUNCTION controversies_refuse_change() RETURNS trigger LANGUAGE plpgsql"
            " SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN NEW; END $$"
        ],
        r"Database: The database's function controversies_refuse_change\(\) is not what the migrations make\.",
    ),
    "function's search path reset": (
        ["ALTER FUNCTION controversies_append_revision() RESET search_path"],
        r"Database: The database's function controversies_append_revision\(\) is not what the migrations make\.",
    ),
    "function added": (
        ["CREATE FUNCTION controversies_x() RETURNS integer LANGUAGE sql AS 'SELECT 1'"],
        r"Database: The database has a function that no migration makes: controversies_x\(\)\.",
    ),
    "constraint lost": (
        ["ALTER TABLE controversies_revision DROP CONSTRAINT controversies_revision_withheld_says_nothing"],
        r"Database: Constraint controversies_revision_withheld_says_nothing is missing\.",
    ),
    "blocks may be of no revision": (
        ["ALTER TABLE controversies_block DROP CONSTRAINT controversies_block_is_of_a_revision"],
        r"Database: Constraint controversies_block_is_of_a_revision is missing\.",
    ),
    "constraint not valid": (
        [
            "ALTER TABLE controversies_block DROP CONSTRAINT controversies_block_is_of_a_revision",
            "ALTER TABLE controversies_block ADD CONSTRAINT controversies_block_is_of_a_revision FOREIGN KEY"
            " (controversy_id, since) REFERENCES controversies_revision (controversy_id, number) NOT VALID",
        ],
        r"Database: Constraint controversies_block_is_of_a_revision of table controversies_block is not valid .*",
    ),
    "rule added": (
        ["CREATE RULE nothing AS ON DELETE TO controversies_arrival DO INSTEAD NOTHING"],
        r"Database: Table controversies_arrival has a rule that no migration makes: nothing\.",
    ),
    "triggers off for good": (
        ["ALTER ROLE CURRENT_USER SET session_replication_role = replica"],
        r"Database: Triggers are switched off for \w+ by a setting of the database: session_replication_role=replica\.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_tampering_is_named(site: Site, name: str) -> None:
    statements, expected = CASES[name]

    site.run(*statements)
    printed, error = check()

    assert error is not None
    assert [line for line in printed.splitlines() if re.fullmatch(expected, line)], printed


# -- redactions --


@pytest.fixture
def redacted(site: Site) -> Site:
    """The same site after words were removed from a reason, a name and the first words of a position."""
    claim = site.alpha.document.positions[0].claim
    for text in (claim, "One position fewer.", history.public_name(site.author)):
        order = redaction.RedactionOrder(
            RemovedWords(text), ground="privacy", by_name="Olga Operator", pages=(site.alpha.key,)
        )
        redaction.apply(order)
    connection.check_constraints()
    return site


def test_removed_words_are_listed_and_no_fault(redacted: Site) -> None:
    printed, error = check()

    assert error is None
    *listed, whole = printed.splitlines()
    role = connection.settings_dict["USER"]
    assert whole == "3 controversies, 12 revisions: the record is whole."
    assert len(listed) == 3
    for line in listed:
        assert re.match(r"alpha: Words were removed on \S+ \S+ \(privacy\), by Olga Operator as ", line)
        assert f" as {role}: revision " in line
    assert "revision 3, reason for a change" in listed[1]
    assert "revision 3, author’s name" in listed[2]


REDACTED: dict[str, tuple[list[str], str]] = {
    "redaction of a block lost": (
        ["DELETE FROM controversies_redaction WHERE part = 'block' AND since = 1"],
        r"alpha: Revision 1: block [-0-9a-f]{36} is not what its digest says\.",
    ),
    "redaction of a reason lost": (
        ["DELETE FROM controversies_redaction WHERE part = 'summary'"],
        r"alpha: Revision 3: what stands for a redacted text is not what a redaction says\.",
    ),
    "another text for a redacted one": (
        [revision(3, "summary = 'Because.'")],
        r"alpha: Revision 3: what stands for a redacted text is not what a redaction says\.",
    ),
    "redaction made up": (
        [
            "INSERT INTO controversies_redaction (controversy_id, key, since, part, digest, now, time, ground, by_name,"
            " office, role) VALUES ({alpha}, NULL, 2, 'summary', sha256('x'), sha256('y'), now(), 'law', 'A',"
            " 'operator', 'a')"
        ],
        r"alpha: A redaction is of the reason for a change of revision 2, which is another or not there\.",
    ),
    "words put in as if others were removed": (
        [
            "UPDATE controversies_block SET basis = NULL, body = '\\x03'::bytea || convert_to('{{}}', 'UTF8')"
            " WHERE key = {last} AND since = 1",
            "INSERT INTO controversies_redaction (controversy_id, key, since, part, digest, now, time, ground, by_name,"
            " office, role) SELECT controversy_id, key, since, 'block', digest, sha256('{{}}'), now(),"
            " 'law', 'A', 'operator', 'a' FROM controversies_block WHERE key = {last} AND since = 1",
        ],
        r"alpha: Revision 1: block [-0-9a-f]{36} is redacted, but has no marker where words were\.",
    ),
    "redaction of no page": (
        ["UPDATE controversies_redaction SET controversy_id = '5d1c3a8e-7f0e-4d47-9f4a-2f6a1b0c9d8e'"],
        r"5d1c3a8e-7f0e-4d47-9f4a-2f6a1b0c9d8e: The page is missing, but words were removed from its revision \d\.",
    ),
}


@pytest.mark.parametrize("name", REDACTED)
def test_tampering_with_redactions_is_named(redacted: Site, name: str) -> None:
    statements, expected = REDACTED[name]

    redacted.run(*statements)
    printed, error = check()

    assert error is not None
    assert [line for line in printed.splitlines() if re.fullmatch(expected, line)], printed


def test_list_of_redactions_rewritten_is_found_against_an_anchor(redacted: Site, tmp_path: Path) -> None:
    path = tmp_path / "anchor"
    check(write_anchor=path)

    redacted.run("UPDATE controversies_redaction SET by_name = 'Somebody else'")

    assert check()[1] is None
    printed, _error = check(anchor=path)
    assert printed.splitlines()[0] == (
        f"All pages: Of the {m.Redaction.objects.count()} redactions at the anchor, some were cut or rewritten."
    )


# -- what agrees with itself afterwards --

RESEAL = """
DO $$
DECLARE
    a controversies_arrival;
    last bytea;
BEGIN
    UPDATE controversies_revision r SET seal = controversies_seal_of_revision(r);
    FOR a IN SELECT * FROM controversies_arrival ORDER BY position LOOP
        last := controversies_seal_of_arrival(a, last);
        UPDATE controversies_arrival SET seal = last WHERE position = a.position;
    END LOOP;
END $$
"""
INDEX_AGAIN = "SELECT controversies_index_words({alpha}, NULL)"


LIST_AGAIN = (
    "UPDATE controversies_listedpage l SET publication = c.publication, number = r.number, changed = r.time"
    " FROM controversies_controversy c CROSS JOIN LATERAL (SELECT n.number, n.time FROM controversies_revision n"
    " WHERE n.controversy_id = c.id ORDER BY n.number DESC LIMIT 1) r WHERE l.controversy_id = c.id"
)


def cut(site: Site) -> None:
    site.run(
        "DELETE FROM controversies_arrival WHERE controversy_id = {alpha} AND number = 5",
        "DELETE FROM controversies_leaf WHERE controversy_id = {alpha} AND number = 5",
        "DELETE FROM controversies_revision WHERE controversy_id = {alpha} AND number = 5",
        "DELETE FROM controversies_block WHERE controversy_id = {alpha} AND since = 5",
        "UPDATE controversies_controversy SET title = 'Alpha, corrected' WHERE id = {alpha}",
        "SELECT controversies_forget_blame({alpha})",
        INDEX_AGAIN,
        LIST_AGAIN,
        *PERIODS_CUT,
    )


def cut_and_written_over(site: Site) -> None:
    """A newest revision cut off, and another one recorded in its place."""
    cut(site)
    head = history.head(site.alpha.key)
    assert head is not None
    Recorded(head).edit(title="Alpha, as Mallory has it", author_name="Mallory")


def delete(site: Site) -> None:
    number = "(SELECT id FROM controversies_searchindex WHERE controversy_id = {gamma})"
    site.run(
        *(
            f"DELETE FROM controversies_{table} WHERE page = {number}"  # noqa: S608 - a constant
            for table in ("searchblock", "searchword")
        ),
        *(
            f"DELETE FROM controversies_{table} WHERE controversy_id = {{gamma}}"  # noqa: S608 - a constant
            for table in ("block", "revision", "searchindex", "listedpage")
        ),
        "DELETE FROM controversies_controversy WHERE id = {gamma}",
    )


def rewrite(site: Site) -> None:
    """Another reason for revision 2, with all digests that follow from it made anew."""
    parent: bytes | None = None
    for row in m.Revision.objects.filter(controversy=site.alpha.key).order_by("number"):
        summary = "Nobody asked for it." if row.number == 2 else row.summary
        digest = revision_digest(
            parent=parent,
            document=bytes(row.document),
            author=row.author_name,
            time=row.time,
            summary=summary,
            reviewer=row.reviewer_name,
        )
        site.run(
            f"UPDATE controversies_revision SET summary = '{summary}', digest = '\\x{digest.hex()}'"  # noqa: S608
            f" WHERE controversy_id = {{alpha}} AND number = {row.number}"
        )
        parent = digest


def give_to_another(site: Site) -> None:
    site.run(revision(2, "author_id = {other}"))


def withdraw_a_withdrawal(site: Site) -> None:
    """The end of the list of arrivals cut off, with the revisions that it tells of."""
    site.run(
        "DELETE FROM controversies_arrival WHERE controversy_id = {beta} AND position > ("
        "SELECT position FROM controversies_arrival WHERE withdrawn)",
        "DELETE FROM controversies_revision WHERE controversy_id = {beta} AND number = 4",
        "DELETE FROM controversies_block WHERE controversy_id = {beta} AND since = 4",
        "SELECT controversies_forget_blame({beta})",
        "UPDATE controversies_controversy SET publication = 'withdrawn' WHERE id = {beta}",
        "DELETE FROM controversies_gitimportcursor",
        "DELETE FROM controversies_listedperiod WHERE controversy_id = {beta} AND since = 4",
        "DELETE FROM controversies_publicchange WHERE controversy_id = {beta}",
        LIST_AGAIN,
        "SELECT controversies_rebuild_search()",
    )


ARRIVALS = "All pages: Of the 11 arrivals at the anchor, some were cut or rewritten."
ANCHORED: dict[str, tuple[Callable[[Site], None], list[str]]] = {
    "cut": (
        cut,
        [
            "alpha: It was cut: it has 4 revisions, and had 5 at the anchor.",
            ARRIVALS,
        ],
    ),
    "cut and written over": (
        cut_and_written_over,
        [
            "alpha: It was rewritten: revision 5 is not the one at the anchor.",
            ARRIVALS,
        ],
    ),
    "deleted": (
        delete,
        ["{gamma}: It is lost: at the anchor it had 2 revisions, and now neither page nor history."],
    ),
    "rewritten": (rewrite, ["alpha: It was rewritten: revision 5 is not the one at the anchor."]),
    "accounts rewritten": (
        give_to_another,
        ["alpha: The authors or the origin of its revisions up to 5 are not those of the anchor."],
    ),
    "list of arrivals cut": (
        withdraw_a_withdrawal,
        [
            "beta: It was cut: it has 3 revisions, and had 4 at the anchor.",
            ARRIVALS,
        ],
    ),
}


@pytest.mark.parametrize("name", ANCHORED)
def test_what_agrees_with_itself_is_found_against_an_anchor(site: Site, tmp_path: Path, name: str) -> None:
    tampering, expected = ANCHORED[name]
    path = tmp_path / "anchor"
    check(write_anchor=path)

    tampering(site)
    connection.check_constraints()
    with without_guards(), connection.cursor() as cursor:
        cursor.execute(RESEAL)
        cursor.execute("SELECT controversies_rebuild_listing()")

    assert check()[1] is None
    printed, error = check(anchor=path)
    assert sorted(printed.splitlines()) == sorted(line.format(gamma=site.gamma.key) for line in expected)
    assert error == f"{len(expected)} fault{'s' if len(expected) > 1 else ''} in the record. (1)"
