"""Exports give files back as they came: whole where nothing changed, and fields that we lack in any case."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from controversies import history
from controversies import models as m
from controversies.document import canonical

from .pages import META, WEIGHTS, head, take, write

pytestmark = pytest.mark.django_db

OTHERS = WEIGHTS.replace(
    "status: active\n", "status: active\ntags: [ai, 'open weights']  # ours\nowner:\n  name: Ada\n"
)
FULL_META = META.replace("founded: 2013\n", 'founded: "2013"\nhq: Menlo Park\n')


def exported(folder, **options):
    call_command("exportcontroversies", folder, stdout=io.StringIO(), all=True, **options)
    return {
        str(path.relative_to(folder)): path.read_bytes().decode()
        for path in sorted(folder.rglob("*.*"))
        if path.suffix in (".md", ".yml")
    }


def written(tmp_path, page=OTHERS):
    root = write(tmp_path / "in", weights=page)
    (root / "actors" / "meta-ai.yml").write_text(FULL_META)
    return root


def test_what_nothing_changed_comes_back_byte_by_byte(tmp_path):
    root = written(tmp_path)
    report = take(root)

    made = exported(tmp_path / "out")

    assert made["controversies/weights.md"] == OTHERS
    assert made["actors/meta-ai.yml"] == FULL_META
    assert report.unknown_fields == {"tags", "owner", "hq"}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_published_page_says_so_in_one_line_more(tmp_path, ending):
    root = written(tmp_path)
    (root / "controversies" / "weights.md").write_bytes(OTHERS.replace("\n", ending).encode())
    take(root, publish=True)

    made = exported(tmp_path / "out")["controversies/weights.md"]

    front = f"{ending}---{ending}{ending}## Context"
    assert made == OTHERS.replace("\n", ending).replace(front, f"{ending}publication: published{front}")


def test_of_what_was_edited_since_the_fields_that_we_lack_are_kept(tmp_path):
    take(written(tmp_path))
    with history.act(author_name="Edith", summary="Here."):
        m.Backer.objects.filter(slug="meta-ai").update(name="Meta", aliases=[])
        m.Controversy.objects.update(title="Anew")

    made = exported(tmp_path / "out")

    page = made["controversies/weights.md"]
    assert (
        "\nstatus: active\ntags: [ai, 'open weights']  # ours\nowner:\n  name: Ada\npolarity: multi-axis\n"
        in page
    )
    assert made["actors/meta-ai.yml"] == (
        'id: meta-ai\nname: Meta\ntype: company\nfounded: "2013"\nhq: Menlo Park\nwebsite: https://crux.example/meta\n'
    )


def test_export_is_imported_anywhere_with_the_same_digest(tmp_path):
    take(written(tmp_path), publish=True)
    before = head().document
    exported(tmp_path / "out")
    with history.act(author_name="x", summary="x"):
        pass
    text = (tmp_path / "out" / "controversies" / "weights.md").read_text()
    assert "publication: published" in text

    report = take(tmp_path / "out")

    assert [page.outcome for page in report.pages] == ["unchanged"]
    assert canonical.digest(head().document) == canonical.digest(before)


def test_misspelled_field_is_still_a_fault(tmp_path):
    with pytest.raises(Exception, match=re.escape("Unknown field “publicaton”. Did you mean “publication”?")):
        take(written(tmp_path, WEIGHTS.replace("status: active", "status: active\npublicaton: published")))


def test_fields_that_are_kept_are_named_once(tmp_path):
    out = io.StringIO()
    root = written(tmp_path)
    write(root, other=OTHERS.replace("id: weights", "id: other").replace("Open Weights", "Other"))
    call_command("importcontroversies", str(root), stdout=out)

    assert out.getvalue().count("Unknown fields, kept but not shown: owner, tags.\n") == 1


def test_unknown_field_of_a_position_is_a_fault(tmp_path):
    with pytest.raises(CommandError):
        call_command(
            "importcontroversies",
            str(
                written(
                    tmp_path, WEIGHTS.replace("    confidence: high", "    confidence: high\n    votes: 7")
                )
            ),
            stdout=io.StringIO(),
            stderr=io.StringIO(),
        )
