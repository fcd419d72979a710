"""Whatever page hypothesis can make: exported, it is imported as it was, here and into an empty database."""

import pytest
from hypothesis import given

from controversies import history
from controversies import models as m
from controversies.document import canonical
from controversies.interchange import files
from controversies.interchange.folder import FileOutcome, ImportFile, ImportOptions, Role, import_files
from tests import strategies
from tests.document.test_roundtrip import rolled_back

pytestmark = pytest.mark.django_db

OPTIONS = ImportOptions("Ida Importer")


def exported(document, entry=None):
    """The files of a page, as exportcontroversies writes them."""
    revision = files.mark(entry.number, entry.document) if entry else ""
    known = files.Catalogue(backers=document.backers)
    text = files.write(document, revision=revision, known=known)
    return [
        ImportFile("controversies/page.md", text.encode(), Role.PAGE),
        *(
            ImportFile(f"actors/{backer.slug}.yml", files.write_actor(backer).encode(), Role.ACTOR)
            for backer in document.backers
        ),
    ]


@given(strategies.documents(most=2))
def test_an_export_is_imported_as_it_was(document):
    with rolled_back():
        history.record(document, author_name="Edith Editor", base=None)
        head = history.head(document.key)

        report = import_files(exported(head.document, head.entry), OPTIONS)

        assert [page.outcome for page in report.pages] == [FileOutcome.UNCHANGED]
        assert {backer.outcome for backer in report.backers} <= {FileOutcome.UNCHANGED}
        assert (m.Revision.objects.count(), report.notes) == (1, [])


@given(strategies.documents(most=2))
def test_an_export_is_imported_into_an_empty_database_as_it_was(document):
    with rolled_back():
        report = import_files(exported(document), OPTIONS)

        head = history.head(document.key)
        assert head.document == document
        assert head.entry.document == canonical.digest(document)
        assert [page.outcome for page in report.pages] == [FileOutcome.NEW]
