"""Whatever is edited: spans are the text, earlier answers stay, what is restored is as it was, and it is all stored."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from controversies.document.blame import (
    BlameSpan,
    BlameValue,
    MemoryArchive,
    attribute,
    block_blame,
    pack,
    replay,
    unpack,
)
from controversies.document.schema import Kind
from tests.document.edits import PAGE, edited, edits

HISTORIES = st.lists(edits, min_size=1, max_size=6)


def documents(history):
    """The different documents in a row that these edits make of the page."""
    versions = [PAGE]
    for n, each in enumerate(history):
        document = edited(versions[-1], each, f"salt {n}")
        if document != versions[-1]:
            versions.append(document)
    return versions


def replayed(versions, *, restores=False):
    return list(replay((n, document, restores) for n, document in enumerate(versions, 1)))


def fields(part, prefix=""):
    """Every field of a part and of those within it, by path."""
    for spec in part.SPECS:
        value = getattr(part, spec.name)
        if spec.kind is Kind.ITEMS:
            for item in value:
                yield from fields(item, f"{prefix}{spec.name}.{item.identity}.")
        elif spec.kind is Kind.PART:
            yield from fields(value, f"{prefix}{spec.name}.")
        else:
            yield f"{prefix}{spec.name}", spec, value


@settings(max_examples=50)
@given(HISTORIES)
def test_blame_holds_every_field_whole(history):
    for step in replayed(documents(history)):
        blame = step.blame()
        assert list(blame) == [block.key for block in step.document.blocks()]
        for block in step.document.blocks():
            answers = blame[block.key]
            expected = list(fields(block))
            assert list(answers) == [path for path, _spec, _value in expected]
            for path, spec, value in expected:
                answer = answers[path]
                if spec.is_text:
                    assert all(isinstance(span, BlameSpan) and span.text for span in answer)
                    assert "".join(span.text for span in answer) == value
                    for span in answer:
                        assert 1 <= span.revision <= span.wording <= step.number
                        assert 1 <= span.here <= step.number
                elif spec.kind is Kind.LINES:
                    assert tuple(line.value for line in answer) == value
                else:
                    assert isinstance(answer, BlameValue)
                    assert answer.value == value
                    assert 1 <= answer.revision <= step.number


@settings(max_examples=50)
@given(HISTORIES, st.data(), st.booleans())
def test_a_restored_document_is_whose_it_was(history, data, restores):
    versions = documents(history)
    at = data.draw(st.integers(0, len(versions) - 1))
    if versions[at] == versions[-1]:
        return
    number = len(versions) + 1
    steps = list(
        replay(
            [
                *((n, document, False) for n, document in enumerate(versions, 1)),
                (number, versions[at], restores),
            ]
        )
    )
    blames = [step.blame() for step in steps]
    *earlier, last, after = blames

    for key, answers in blames[at].items():
        for path, answer in answers.items():
            now = after[key][path]
            if isinstance(answer, list) and not (answer and isinstance(answer[0], BlameValue)):
                assert now == answer  # texts: words, wordings, places
            elif now != last.get(key, {}).get(path):  # what did not change is whoever's it was
                owners = [blame[key][path] for blame in (*earlier, last) if path in blame.get(key, {})]
                assert not restores or now in owners


@settings(max_examples=30)
@given(HISTORIES)
def test_the_same_history_has_the_same_bytes_and_later_revisions_change_nothing(history):
    versions = documents(history)
    whole = [step.attribution for step in replayed(versions)]
    for end in range(1, len(versions)):
        assert [step.attribution for step in replayed(versions[:end])] == whole[:end]
    archive, old = MemoryArchive(), None
    for number, document in enumerate(versions, 1):  # as saves do it, one by one
        attribution = attribute(old, document, number, archive)
        archive.add(attribution.origins, attribution.former)
        old = document
        assert attribution == whole[number - 1]


@settings(max_examples=50)
@given(HISTORIES)
def test_origins_come_back_from_their_bytes(history):
    for step in replayed(documents(history)):
        for block in step.document.blocks():
            data = step.origins[block.key]
            assert pack(block, unpack(block, data)) == data


def test_a_block_is_read_by_itself():
    [step] = replayed([PAGE])
    block = PAGE.positions[0]

    answers = block_blame(block, step.attribution.origins[block.key])

    assert answers["claim"] == [BlameSpan("Claim 0", 1, 1, 1, answers["claim"][0].statement, 0)]
    assert answers["confidence"] == BlameValue("not-rated", 1)


def test_equal_origins_are_not_stored_again():
    renamed = replace(PAGE.positions[0], claim="Claim 0, and more")
    versions = [PAGE, PAGE.with_blocks(positions=(renamed, *PAGE.positions[1:]))]
    steps = replayed(versions)

    assert list(steps[1].attribution.origins) == [PAGE.positions[0].key]
