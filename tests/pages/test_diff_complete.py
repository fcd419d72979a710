"""Whatever two documents differ in, it is told, counted and drawn; nothing is told that does not differ."""

import re
from dataclasses import replace
from html import unescape

from django.template.loader import render_to_string
from hypothesis import given, settings

from controversies.document import say
from controversies.document.compare import compare, outline
from controversies.document.words import Op
from controversies.pages.diff import NumberedChange, diff_view
from controversies.pages.diff.pieces import ListPiece
from tests import factories, strategies


def drawn(view):
    """The HTML of all that is told."""
    return "".join(
        render_to_string("compare/piece.html", {"piece": piece})
        for entry in view.entries
        if isinstance(entry, NumberedChange)
        for piece in entry.pieces
    )


def pieces(entry):
    """All pieces of a change, those of members of lists included."""
    todo = list(entry.pieces)
    while todo:
        piece = todo.pop()
        yield piece
        if isinstance(piece, ListPiece):
            todo += [inner for member in piece.members for inner in member.pieces]


@given(strategies.pairs())
@settings(max_examples=25, deadline=None)
def test_any_two_documents_are_told(pair):
    old, new = pair
    for comparison in (compare(old, new), compare(new, old), compare(None, new)):
        view = diff_view(comparison)
        changes = [entry for entry in view.entries if isinstance(entry, NumberedChange)]

        assert [change.number for change in changes] == list(range(1, view.changes + 1))
        empty = not (new.context.text or new.context.citations) and comparison.old is None
        assert view.blocks == len(comparison.reported_changes) - empty
        assert all(change.path and all(change.path) and change.sign and change.word for change in changes)
        assert all(change.pieces for change in changes)
        assert drawn(view) or not changes
        assert say.summary(comparison).endswith(".")
        assert len(say.reason(comparison)) <= 4000
        if comparison.reported_changes:
            assert say.changes(outline(comparison))
            assert say.reason(comparison)


@given(strategies.documents())
@settings(max_examples=10, deadline=None)
def test_a_document_compared_with_itself_is_told_as_unchanged(document):
    view = diff_view(compare(document, document))

    assert (view.changes, view.blocks) == (0, 0)
    assert say.summary(compare(document, document)) == "Readers see no difference."
    assert say.reason(compare(document, document)) == ""


@given(strategies.pairs())
@settings(max_examples=25, deadline=None)
def test_every_text_of_a_block_that_came_is_in_what_is_drawn(pair):
    old, new = pair
    comparison = compare(old, new)
    html = re.sub(r'<span class="hidden-text">[^<]*</span>', "", drawn(diff_view(comparison)))
    html = unescape(re.sub(r"<[^>]+>", "", html))
    letters = "".join(html.split())
    for change in comparison.blocks:
        if change.action == "added" and change.kind == "position":
            assert "".join(change.new.claim.split()) in letters
            assert "".join(change.new.argument.split()) in letters


def test_runs_that_are_drawn_are_marked_once_and_without_the_white_space_around():
    old = factories.document_factory(context="One two three.\n\nFour five.")
    new = replace(old, context=replace(old.context, text="One three.\n\nFour and a half, five.\n\nSix."))

    view = diff_view(compare(old, new))

    [change] = [entry for entry in view.entries if isinstance(entry, NumberedChange)]
    runs = [run for piece in pieces(change) for paragraph in piece.paragraphs for run in paragraph.runs]
    marked = [run for run in runs if run.op is not Op.KEPT]
    assert [(run.op.value, run.text) for run in marked] == [
        ("removed", "two"),
        ("added", "and a half,"),
        ("added", "Six."),
    ]
