"""Edits made and labelled by hand, on the pages of the fixtures. Each function is one edit; its name says which."""

from collections.abc import Callable, Iterable

from controversies.document.types import Document

from .editor import PageEditor
from .labels import LabelledEdit, class_sets
from .pages import FIXTURES, fixture_pages, newest

OPEN, SCALING, COPYRIGHT = FIXTURES
type Change = Callable[[PageEditor], object]

_EDITS: list[Callable[[], LabelledEdit]] = []


def by_hand() -> list[LabelledEdit]:
    """Every edit of this module."""
    return [make() for make in [*_EDITS, *_recorded()]]


def _edit(
    kind: str,
    page: str,
    *changes: str,
    classes: str,
    readings: Iterable[Iterable[str]] = (),
    prose: dict[str, str] | None = None,
    as_typed: bool = False,
) -> Callable[[Change], Change]:
    """Register an edit of a fixture's newest page with what a person says of it."""

    def register(change: Change) -> Change:
        def make() -> LabelledEdit:
            editor = PageEditor(newest(page))
            change(editor)
            told = tuple(tuple(each) for each in readings) or (changes,)
            name = change.__name__.strip("_").replace("_", " ")  # type: ignore[attr-defined]
            return LabelledEdit(
                kind,
                name,
                editor.before,
                editor.document(as_typed=as_typed),
                told,
                class_sets(classes),
                prose or {},
            )

        _EDITS.append(make)
        return change

    return register


def _swap(kind: str, page: str, path: str, old: str, new: str, classes: str, prose: str = "") -> None:
    """Register an edit that replaces words of one text."""

    def make() -> LabelledEdit:
        editor = PageEditor(newest(page))
        editor.replace(path, old, new)
        change = f"changed {path}"
        said = {path: prose} if prose else {}
        return LabelledEdit(
            kind,
            f"{path}: {old[:30]} → {new[:30]}",
            editor.before,
            editor.document(),
            ((change,),),
            class_sets(classes),
            said,
        )

    _EDITS.append(make)


def _set(kind: str, page: str, path: str, value: str, classes: str, change: str = "") -> None:
    """Register an edit that gives one field another value."""

    def make() -> LabelledEdit:
        editor = PageEditor(newest(page))
        editor.set(path, value)
        return LabelledEdit(
            kind,
            f"{path} = {value[:30]}",
            editor.before,
            editor.document(),
            ((change or f"changed {path}",),),
            class_sets(classes),
        )

    _EDITS.append(make)


# -- sources that give others new numbers --


@_edit("renumber", COPYRIGHT, "added A/sources/a-new-study", classes="source")
def _a_source_added_first_in_a(page: PageEditor) -> None:
    page.cite("A", "a-new-study", at=0)


@_edit("renumber", COPYRIGHT, "added context/sources/a-history-of-copying", classes="source")
def _a_source_added_to_the_context(page: PageEditor) -> None:
    page.cite("context", "a-history-of-copying", relation="context")


@_edit("renumber", COPYRIGHT, "added 1/sources/on-purposes", classes="source")
def _a_source_added_to_a_point(page: PageEditor) -> None:
    page.cite("1", "on-purposes", relation="context")


@_edit("renumber", COPYRIGHT, "removed A/sources/lemley-2021-fair-learning", classes="source")
def _the_first_source_is_left_to_a_backer(page: PageEditor) -> None:
    page.remove("A/sources/lemley-2021-fair-learning")


@_edit("renumber", COPYRIGHT, "removed C/sources/bartz-v-anthropic-2025-settlement", classes="source")
def _a_source_that_no_mark_names_is_removed(page: PageEditor) -> None:
    page.remove("C/sources/bartz-v-anthropic-2025-settlement")


@_edit("renumber", COPYRIGHT, "added A/stances/1/sources/on-learning", classes="source")
def _a_source_added_to_a_stance(page: PageEditor) -> None:
    page.cite("A/stances/1", "on-learning")


@_edit(
    "renumber",
    COPYRIGHT,
    "added A/backers/anthropic/sources/a-statement",
    classes="source | attribution source",
)
def _a_source_added_to_a_backer(page: PageEditor) -> None:
    page.cite("A/backers/anthropic", "a-statement")


@_edit("renumber", SCALING, "moved C", classes="wording")
def _the_third_position_is_put_first(page: PageEditor) -> None:
    page.move("C", 0)


@_edit("renumber", SCALING, "added A/sources/a-survey-of-scaling", classes="source")
def _a_source_added_second_in_a(page: PageEditor) -> None:
    page.cite("A", "a-survey-of-scaling", at=1)


@_edit("renumber", SCALING, "moved D", classes="wording")
def _the_last_position_is_put_first(page: PageEditor) -> None:
    page.move("D", 0)


@_edit("renumber", SCALING, "removed 2/sources/schaeffer-2023-mirage", classes="source")
def _the_first_source_of_the_page_is_cited_further_down_only(page: PageEditor) -> None:
    page.remove("2/sources/schaeffer-2023-mirage")


@_edit("renumber", OPEN, "moved 3", classes="wording")
def _a_point_with_a_source_is_put_first(page: PageEditor) -> None:
    page.move("3", 0)


# -- another order --


@_edit("reorder", COPYRIGHT, "moved D", "moved A", classes="wording")
def _a_down_and_d_to_the_top(page: PageEditor) -> None:
    page.order("positions", "DBAC")


@_edit("reorder", COPYRIGHT, "moved D", "moved A", classes="wording")
def _d_first_and_a_last(page: PageEditor) -> None:
    page.order("positions", "DBCA")


@_edit("reorder", SCALING, "moved A", "moved C", classes="wording")
def _a_and_c_change_places(page: PageEditor) -> None:
    page.order("positions", "CBAD")


@_edit("reorder", OPEN, readings=[["moved A"], ["moved B"]], classes="wording")
def _neighbours_change_places(page: PageEditor) -> None:
    page.order("positions", "BACD")


@_edit("reorder", COPYRIGHT, readings=[["moved C"], ["moved D"]], classes="wording")
def _the_last_two_change_places(page: PageEditor) -> None:
    page.order("positions", "ABDC")


@_edit("reorder", COPYRIGHT, "moved A", classes="wording")
def _the_first_position_goes_to_the_end(page: PageEditor) -> None:
    page.order("positions", "BCDA")


@_edit("reorder", OPEN, "moved D", classes="wording")
def _the_last_position_comes_second(page: PageEditor) -> None:
    page.order("positions", "ADBC")


@_edit(
    "reorder",
    OPEN,
    readings=[[f"moved {each}" for each in "ABCD" if each != kept] for kept in "ABCD"],
    classes="wording",
)
def _all_positions_the_other_way_round(page: PageEditor) -> None:
    page.order("positions", "DCBA")


@_edit("reorder", COPYRIGHT, "moved 1", classes="wording")
def _the_first_point_goes_to_the_end(page: PageEditor) -> None:
    page.order("points", "231")


@_edit("reorder", COPYRIGHT, "moved 1", "moved 3", classes="wording")
def _the_outer_points_change_places(page: PageEditor) -> None:
    page.order("points", "321")


@_edit("reorder", COPYRIGHT, "moved A/sources/kadrey-v-meta-2025", classes="wording | source")
def _the_last_source_of_a_comes_first(page: PageEditor) -> None:
    page.move("A/sources/kadrey-v-meta-2025", 0)


@_edit(
    "reorder",
    COPYRIGHT,
    readings=[
        ["moved B/sources/nyt-v-microsoft-2023-complaint"],
        ["moved B/sources/thomson-reuters-v-ross-2025"],
    ],
    classes="wording | source",
)
def _two_sources_of_b_change_places(page: PageEditor) -> None:
    page.move("B/sources/nyt-v-microsoft-2023-complaint", 1)


@_edit("reorder", OPEN, "moved A/backers/academic-researchers", classes="wording | attribution")
def _the_last_backer_comes_first(page: PageEditor) -> None:
    page.move("A/backers/academic-researchers", 0)


# -- slips --

for _page, _path, _old, _new, _classes in (
    (COPYRIGHT, "A/argument", "transformative", "transfromative", "typo"),
    (COPYRIGHT, "context/text", "collections", "colections", "typo"),
    (COPYRIGHT, "B/argument", "for profit", "for for profit", "typo"),
    (COPYRIGHT, "2/body", "licences that could", "licences that coud", "typo"),
    (COPYRIGHT, "head/question", "permission", "permision", "typo"),
    (COPYRIGHT, "D/argument", "draw and compose, those", "draw and compose those", "typo"),
    (COPYRIGHT, "A/claim", "reproduce", "repoduce", "typo"),
    (COPYRIGHT, "C/argument", "Copyright Office, too,", "copyright office, too,", "typo"),
    (COPYRIGHT, "B/stances/2/text", "competes", "compets", "typo"),
    (COPYRIGHT, "B/backers/thomson-reuters/note", "headnotes", "headntoes", "typo | attribution"),
    (SCALING, "head/title", "capable", "capabel", "typo"),
    (SCALING, "A/argument", "many orders", "many many orders", "typo"),
    (SCALING, "3/title", "computation", "computaton", "typo"),
    (SCALING, "C/argument", "People and animals", "Poeple and animals", "typo"),
    (SCALING, "D/confidence_reason", "Two preprints", "Two preprint", "typo | confidence"),
    (OPEN, "context/text", "openness", "opennes", "typo"),
    (OPEN, "3/body", "geopolitical", "geopoltical", "typo"),
    (OPEN, "1/body", "debatable.", "debatable", "typo"),
):
    _swap("typo", _page, _path, _old, _new, _classes, "typo")


@_edit("typo", COPYRIGHT, "changed A/argument", classes="typo", prose={"A/argument": "typo"})
def _three_slips_in_one_argument(page: PageEditor) -> None:
    page.replace("A/argument", "language", "langauge")
    page.replace("A/argument", "readers pay for", "reders pay for")
    page.replace("A/argument", "judgment for Meta", "judgment for meta")


@_edit("typo", COPYRIGHT, "changed A/argument", "changed C/argument", "changed 3/body", classes="typo")
def _slips_in_three_places(page: PageEditor) -> None:
    page.replace("A/argument", "transformative", "trasnformative")
    page.replace("C/argument", "plaintiffs", "plantiffs")
    page.replace("3/body", "libraries", "librareis")


@_edit("typo", SCALING, "changed sources/sutton-2019-bitter-lesson/title", classes="typo | source")
def _a_slip_in_a_sources_title(page: PageEditor) -> None:
    page.set("sources/sutton-2019-bitter-lesson/title", "The Bitter Leson")


@_edit("typo", OPEN, "changed backers/yann-lecun/description", classes="typo | attribution")
def _a_slip_in_what_a_backer_is(page: PageEditor) -> None:
    page.replace("backers/yann-lecun/description", "learning", "lerning")


# -- the same said otherwise --

for _page, _path, _old, _new, _classes in (
    (COPYRIGHT, "context/text", "a defence which courts weigh", "a defence that courts weigh", "wording"),
    (
        COPYRIGHT,
        "C/argument",
        "each ruling has turned on its own",
        "each ruling has depended on its own",
        "wording",
    ),
    (COPYRIGHT, "D/argument", "without anybody having to trace", "without anyone having to trace", "wording"),
    (COPYRIGHT, "1/body", "in order to produce", "to produce", "wording"),
    (COPYRIGHT, "A/claim", "as long as the model", "so long as the model", "wording"),
    (COPYRIGHT, "B/stances/1/text", "That is no new purpose.", "This is no new purpose.", "wording"),
    (
        SCALING,
        "context/text",
        "with more of each, at growing cost",
        "at growing cost, with more of each",
        "wording",
    ),
    (SCALING, "A/argument", "falls faster still", "falls even faster", "wording"),
    (SCALING, "C/argument", "People and animals learn how", "Humans and animals learn how", "wording"),
    (
        OPEN,
        "context/text",
        "is driven by a fundamental tension",
        "is driven by one fundamental tension",
        "wording",
    ),
    (OPEN, "2/body", "This raises the question of whether", "This raises the question whether", "wording"),
):
    _swap("wording", _page, _path, _old, _new, _classes, "wording")


# -- a few words that turn the meaning --

for _page, _path, _old, _new in (
    (COPYRIGHT, "A/claim", "is fair use", "is not fair use"),
    (COPYRIGHT, "head/question", "May AI models", "Must AI models"),
    (COPYRIGHT, "context/text", "a directive of 2019", "a directive of 2009"),
    (COPYRIGHT, "context/text", "four factors", "five factors"),
    (COPYRIGHT, "context/text", "unless those who hold", "if those who hold"),
    (COPYRIGHT, "B/argument", "will often be unlawful", "will always be unlawful"),
    (COPYRIGHT, "B/argument", "often be unlawful", "often be lawful"),
    (COPYRIGHT, "C/argument", "had not shown", "had shown"),
    (COPYRIGHT, "C/argument", "some uses of works", "most uses of works"),
    (COPYRIGHT, "A/argument", "does not protect", "does protect"),
    (COPYRIGHT, "A/argument", "ought to be allowed", "has to be allowed"),
    (COPYRIGHT, "A/argument", "judgment for Meta", "judgment against Meta"),
    (COPYRIGHT, "A/argument", "training of Claude", "training of Llama"),
    (COPYRIGHT, "2/body", "lower the demand", "raise the demand"),
    (COPYRIGHT, "3/body", "pirated books", "printed books"),
    (COPYRIGHT, "D/argument", "whether or not training infringed", "because training infringed"),
    (COPYRIGHT, "C/stances/2/text", "it may decide", "it must decide"),
    (COPYRIGHT, "A/stances/1/text", "not to offer", "and to offer"),
    (SCALING, "D/argument", "fourteen times", "forty times"),
    (SCALING, "D/argument", "can sometimes answer", "can never answer"),
    (SCALING, "B/argument", "too little text", "too much text"),
    (SCALING, "A/argument", "many orders of", "two orders of"),
    (SCALING, "C/argument", "does not give a machine", "gives a machine"),
    (SCALING, "2/body", "seem to be absent", "are absent"),
    (SCALING, "1/title", "capable", "incapable"),
    (OPEN, "context/text", "cannot be resolved", "can be resolved"),
    (OPEN, "1/body", "too capable", "capable enough"),
    (OPEN, "3/body", "a Chinese company", "an American company"),
    (OPEN, "B/claim", "unacceptable", "acceptable"),
    (OPEN, "D/claim", "less important", "more important"),
):
    _swap("substantive", _page, _path, _old, _new, "substantive", "wording")


@_edit("substantive", SCALING, "changed C/argument", classes="substantive", prose={"C/argument": "wording"})
def _a_sentence_added(page: PageEditor) -> None:
    page.set(
        "C/argument", page.get("C/argument") + " Nobody has yet shown that such architectures learn faster."
    )


@_edit("substantive", COPYRIGHT, "changed A/argument", classes="substantive", prose={"A/argument": "wording"})
def _a_sentence_removed(page: PageEditor) -> None:
    page.replace(
        "A/argument", " The ruling against a developer is about a tool that is not generative [2].", ""
    )


@_edit("substantive", COPYRIGHT, "changed context/text", classes="substantive")
def _a_paragraph_added(page: PageEditor) -> None:
    page.set(
        "context/text",
        page.get("context/text")
        + "\n\nJapan has allowed the analysis of works by law since 2018, whoever holds the rights.",
    )


@_edit("substantive", SCALING, "changed context/text", classes="substantive")
def _a_paragraph_removed(page: PageEditor) -> None:
    page.set("context/text", page.get("context/text").split("\n\n")[0])


# -- written anew --


@_edit("rewrite", COPYRIGHT, "changed D/argument", classes="substantive", prose={"D/argument": "rewritten"})
def _an_argument_written_anew(page: PageEditor) -> None:
    page.set(
        "D/argument",
        "Courts decide on infringement, one work after another, and take years for it. A statute could instead oblige "
        "every provider to pay into a fund, from which guilds and collecting societies support authors.",
    )


@_edit("rewrite", SCALING, "changed context/text", classes="substantive", prose={"context/text": "rewritten"})
def _the_second_paragraph_of_the_context_written_anew(page: PageEditor) -> None:
    first = page.get("context/text").split("\n\n")[0]
    page.set(
        "context/text",
        first
        + "\n\nWhether benchmarks measure understanding, or memory of the training set, divides the field.",
    )


@_edit("rewrite", OPEN, "changed C/claim", classes="substantive", prose={"C/claim": "rewritten"})
def _a_claim_written_anew(page: PageEditor) -> None:
    page.set("C/claim", "Firms publish weights when rivals lead, and stop as soon as they catch up")


@_edit(
    "rewrite",
    COPYRIGHT,
    "changed B/stances/3/text",
    classes="substantive",
    prose={"B/stances/3/text": "rewritten"},
)
def _a_stance_written_anew(page: PageEditor) -> None:
    page.set(
        "B/stances/3/text",
        "Piracy on this scale taints the model for good, so the weights themselves should be destroyed.",
    )


@_edit("rewrite", OPEN, "changed 2/body", classes="substantive", prose={"2/body": "rewritten"})
def _a_points_text_written_anew(page: PageEditor) -> None:
    page.set(
        "2/body",
        "Can a firm give its product away and still pay for the next one? So far only those with other income have.",
    )


# -- paragraphs and positions split, and joined --


@_edit("split", COPYRIGHT, "changed A/argument", classes="wording | typo", prose={"A/argument": "split"})
def _an_argument_in_two_paragraphs(page: PageEditor) -> None:
    page.replace("A/argument", " A judge has found", "\n\nA judge has found")


@_edit("split", SCALING, "changed C/argument", classes="wording | typo", prose={"C/argument": "split"})
def _an_argument_in_two_paragraphs_at_a_sentence(page: PageEditor) -> None:
    page.replace("C/argument", " Predicting the", "\n\nPredicting the")


@_edit("join", COPYRIGHT, "changed context/text", classes="wording | typo", prose={"context/text": "joined"})
def _the_context_in_one_paragraph(page: PageEditor) -> None:
    page.set("context/text", page.get("context/text").replace("\n\n", " "))


@_edit("split", COPYRIGHT, "changed A/argument", classes="typo | wording", prose={"A/argument": "split"})
def _split_and_a_slip_put_right(page: PageEditor) -> None:
    page.replace("A/argument", " A judge has found", "\n\nA judge had found")


@_edit(
    "split position",
    COPYRIGHT,
    readings=[
        ["changed C/argument", "added +D", "moved C/sources/kadrey-v-meta-2025 -> +D/sources"],
        ["changed C/argument", "added +D", "removed C/sources/kadrey-v-meta-2025"],
    ],
    classes="substantive | substantive source",
)
def _a_part_of_c_becomes_a_position(page: PageEditor) -> None:
    part = (
        "a third case went to the developer because the plaintiffs had not shown the harm that might have "
        "decided it [4]"
    )
    page.replace("C/argument", f"; {part}", "")
    page.add_position(
        "What decides a case is the harm that plaintiffs can show",
        at=3,
        argument=f"{part[0].upper()}{part[1:]}.",
    )
    page.carry("C/sources/kadrey-v-meta-2025", "+D")


@_edit(
    "merge positions",
    OPEN,
    readings=[
        ["removed D", "moved D/backers/some-policymakers -> C/backers"],
        ["removed D", "added C/backers/some-policymakers"],
    ],
    classes="substantive attribution | substantive",
)
def _d_goes_and_one_of_its_backers_stays(page: PageEditor) -> None:
    page.carry("D/backers/some-policymakers", "C")
    page.remove("D")


# -- from one position to another --


@_edit("move between", OPEN, "moved A/sources/widder-2024-actually-closed -> B/sources", classes="source")
def _a_source_goes_from_a_to_b(page: PageEditor) -> None:
    page.carry("A/sources/widder-2024-actually-closed", "B")


@_edit(
    "move between", COPYRIGHT, "moved C/sources/copyright-office-2025-training -> B/sources", classes="source"
)
def _a_source_goes_from_c_to_b_under_a_new_key(page: PageEditor) -> None:
    page.carry("C/sources/copyright-office-2025-training", "B", at=1, anew=True)


@_edit("move between", OPEN, "moved A/backers/hugging-face -> D/backers", classes="attribution")
def _a_backer_goes_from_a_to_d(page: PageEditor) -> None:
    page.carry("A/backers/hugging-face", "D")


@_edit("move between", COPYRIGHT, "moved B/backers/authors-guild -> D/backers", classes="attribution")
def _a_backer_goes_from_b_to_d_under_a_new_key(page: PageEditor) -> None:
    page.carry("B/backers/authors-guild", "D", anew=True)


@_edit("move between", OPEN, "moved A/stances/1 -> C/stances", classes="substantive")
def _a_stance_goes_from_a_to_c(page: PageEditor) -> None:
    page.carry("A/stances/1", "C")


@_edit(
    "move between",
    COPYRIGHT,
    "changed A/argument",
    "changed D/argument",
    "? moved A/argument -> D/argument",
    classes="substantive | wording",
    prose={"D/argument": "moved"},
)
def _a_paragraph_goes_from_a_to_d(page: PageEditor) -> None:
    first, last = page.get("A/argument").split(" A judge has found")
    page.set("A/argument", first)
    page.set("D/argument", f"{page.get('D/argument')}\n\nA judge has found{last}")


# -- lines broken elsewhere, which no reader sees --


@_edit("rewrap", COPYRIGHT, "? changed A/argument", classes="- | typo | wording")
def _an_argument_in_shorter_lines(page: PageEditor) -> None:
    page.set("A/argument", page.get("A/argument").replace(". ", ".\n"))


@_edit(
    "rewrap", OPEN, "? changed context/text", "changed A/confidence", classes="confidence | confidence typo"
)
def _shorter_lines_and_a_confidence(page: PageEditor) -> None:
    page.set("context/text", page.get("context/text").replace(") ", ")\n"))
    page.set("A/confidence", "disputed")


# -- what pages share --

for _page, _path, _value, _classes in (
    (COPYRIGHT, "backers/us-copyright-office/name", "United States Copyright Office", "attribution"),
    (COPYRIGHT, "backers/meta-ai/name", "Meta", "attribution"),
    (OPEN, "backers/hugging-face/kind", "organisation", "attribution"),
    (OPEN, "backers/meta-ai/website", "https://ai.meta.com/meta-ai/", "attribution"),
    (SCALING, "sources/schaeffer-2023-mirage/title", "Are Emergent Abilities a Mirage?", "source"),
    (SCALING, "sources/lecun-2022-path/date", "2022-06", "source"),
    (OPEN, "sources/widder-2023-open-for-business/publisher", "Social Science Research Network", "source"),
    (OPEN, "sources/bommasani-2024-governing/doi", "10.1126/science.adp1849", "source"),
    (
        COPYRIGHT,
        "sources/lemley-2021-fair-learning/url",
        "https://texaslawreview.org/fair-learning-2/",
        "source",
    ),
):
    _set("shared", _page, _path, _value, _classes)


@_edit(
    "shared",
    OPEN,
    "changed head/topic",
    classes="- | wording",
)
def _the_topic_is_called_otherwise(page: PageEditor) -> None:
    page.data["topic"]["title"] = "Open and closed weights"


# -- values --

for _page, _path, _value, _classes in (
    (OPEN, "A/confidence", "medium", "confidence"),
    (COPYRIGHT, "D/confidence", "low", "confidence"),
    (COPYRIGHT, "head/status", "dormant", "status"),
    (SCALING, "head/publication", "withdrawn", "-"),
    (COPYRIGHT, "head/attribution", "Written by others.", "- | attribution"),
    (OPEN, "head/polarity", "binary", "wording | substantive | -"),
    (COPYRIGHT, "2/kind", "legal", "substantive"),
    (COPYRIGHT, "B/sources/bartz-v-anthropic-2025-fair-use/relation", "context", "source"),
    (COPYRIGHT, "A/sources/kadrey-v-meta-2025/quote", "these plaintiffs made the wrong arguments", "source"),
    (COPYRIGHT, "C/sources/copyright-office-2025-training/locator", "p. 107", "source"),
    (COPYRIGHT, "B/backers/authors-guild/since", "2023-09", "attribution"),
    (COPYRIGHT, "B/backers/thomson-reuters/until", "2025", "attribution"),
    (COPYRIGHT, "A/backers/mark-lemley/note", "In an article with Bryan Casey.", "attribution"),
):
    _set("values", _page, _path, _value, _classes)


@_edit("values", SCALING, "changed C/confidence", "changed C/confidence_reason", classes="confidence")
def _a_confidence_with_its_reason(page: PageEditor) -> None:
    page.set("C/confidence", "disputed")
    page.set("C/confidence_reason", "Other laboratories reject the premise [5].")


@_edit("values", SCALING, "changed head/reviewed_on", "? changed head/reviewed_by", classes="-")
def _a_review(page: PageEditor) -> None:
    page.set("head/reviewed_on", "2026-05-02")
    page.set("head/reviewed_by", "editor-1")


@_edit("values", COPYRIGHT, "changed head/status", "changed head/status_summary", classes="status")
def _a_status_with_its_summary(page: PageEditor) -> None:
    page.set("head/status", "resolved")
    page.set("head/status_summary", "The Supreme Court has decided it.")


# -- marks that read the same and mean another source; marks set otherwise --

_MARKS = (
    "source | source substantive | source substantive confidence | source confidence"
    " | substantive | substantive confidence"
)


@_edit(
    "mark",
    SCALING,
    "removed D/sources/deepseek-2025-r1",
    "added D/sources/another-preprint",
    "changed D/argument",
    "changed D/confidence_reason",
    classes=_MARKS,
    as_typed=True,
)
def _the_last_source_is_replaced_under_its_marks(page: PageEditor) -> None:
    page.remove("D/sources/deepseek-2025-r1")
    page.cite("D", "another-preprint")


@_edit(
    "mark",
    COPYRIGHT,
    *(f"changed {each}/{name}" for each in "ABC" for name in ("argument", "confidence_reason")),
    "changed C/stances/3/text",
    "added A/sources/a-new-study",
    classes=_MARKS,
    as_typed=True,
)
def _a_source_added_first_and_every_mark_left_as_it_was(page: PageEditor) -> None:
    page.cite("A", "a-new-study", at=0)


@_edit("mark", COPYRIGHT, "changed A/argument", classes=_MARKS)
def _a_mark_names_another_source(page: PageEditor) -> None:
    page.replace("A/argument", "record before him [4]", "record before him [3]")


@_edit("mark", SCALING, "changed C/confidence_reason", classes=_MARKS + " | confidence")
def _a_mark_in_a_reason_names_another_source(page: PageEditor) -> None:
    page.replace("C/confidence_reason", "[5]", "[4]")


@_edit("mark", COPYRIGHT, "changed D/argument", classes=_MARKS + " | wording")
def _a_mark_is_added(page: PageEditor) -> None:
    page.set("D/argument", page.get("D/argument") + " [8]")


# -- several at once --


@_edit(
    "several",
    COPYRIGHT,
    "added A/sources/a-new-study",
    "changed B/confidence",
    "removed C/backers/some-copyright-scholars",
    "changed 1/title",
    classes="substantive source confidence attribution",
)
def _a_source_a_confidence_a_backer_and_a_title(page: PageEditor) -> None:
    page.cite("A", "a-new-study", at=0)
    page.set("B/confidence", "low")
    page.remove("C/backers/some-copyright-scholars")
    page.set("1/title", "Does training have a purpose of its own?")


@_edit(
    "several",
    SCALING,
    "moved D",
    "changed A/argument",
    "added B/stances/1",
    "changed head/status",
    classes="substantive status wording | substantive status typo | substantive status wording typo"
    " | substantive status",
)
def _a_move_a_slip_a_stance_and_a_status(page: PageEditor) -> None:
    page.move("D", 0)
    page.replace("A/argument", "magnitude", "magntiude")
    page.say("B", "1", "A model is more capable when it predicts text better.")
    page.set("head/status", "dormant")


@_edit(
    "several",
    OPEN,
    "added +4",
    "added D/stances/+4",
    "removed C",
    "changed backers/meta-ai/name",
    "added B/sources/a-report",
    classes="substantive source attribution | substantive source",
)
def _a_point_a_stance_a_position_a_name_and_a_source(page: PageEditor) -> None:
    point = page.add_point("Who decides on release", body="States, firms or nobody?", kind="normative")
    page.say("D", point, "Those who answer for the harm should decide.")
    page.remove("C")
    page.set("backers/meta-ai/name", "Meta")
    page.cite("B", "a-report", at=0)


@_edit(
    "several",
    COPYRIGHT,
    "changed B/argument",
    "changed D/argument",
    "moved A/backers/mark-lemley -> C/backers",
    "removed 2",
    classes="substantive attribution | substantive attribution wording",
)
def _two_arguments_a_backer_and_a_point(page: PageEditor) -> None:
    page.replace("B/argument", "will often be unlawful", "may be unlawful")
    page.replace("D/argument", "anybody", "anyone")
    page.carry("A/backers/mark-lemley", "C")
    page.remove("2")


@_edit("several", OPEN, "removed 2", classes="substantive")
def _a_point_on_which_nobody_speaks_is_removed(page: PageEditor) -> None:
    page.remove("2")


@_edit("several", COPYRIGHT, "removed 3", classes="substantive")
def _a_point_with_three_stances_is_removed(page: PageEditor) -> None:
    page.remove("3")


@_edit("several", COPYRIGHT, "removed B", classes="substantive")
def _a_position_in_the_middle_is_removed(page: PageEditor) -> None:
    page.remove("B")


@_edit("several", SCALING, "added +A", classes="substantive | substantive source")
def _a_position_is_added_in_front(page: PageEditor) -> None:
    page.add_position("Nothing can be said before the next models are measured", at=0)


# -- what the fixtures' own history is --


def _pair(
    kind: str, page: str, old: int | None, new: int, *changes: str, classes: str
) -> Callable[[], LabelledEdit]:
    def make() -> LabelledEdit:
        pages: list[Document] = fixture_pages()[page]
        before = pages[old - 1] if old else None
        name = f"{page}: revision {new}" + (f" after {old}" if old else "")
        return LabelledEdit(kind, name, before, pages[new - 1], (changes,), class_sets(classes))

    return make


_CLAIMED = ("changed A/claim", "changed A/confidence", "changed A/confidence_reason")
_FIRST = ("first",)


def _recorded() -> list[Callable[[], LabelledEdit]]:
    """Pairs of the fixtures' revisions."""
    return [
        _pair("first", OPEN, None, 1, *_FIRST, classes="-"),
        _pair("first", SCALING, None, 1, *_FIRST, classes="-"),
        _pair("first", SCALING, None, 6, *_FIRST, classes="-"),
        _pair("first", COPYRIGHT, None, 1, *_FIRST, classes="-"),
        _pair("typo", COPYRIGHT, 3, 4, "changed A/argument", classes="typo"),
        _pair("typo", COPYRIGHT, 4, 3, "changed A/argument", classes="typo"),
        _pair("revert", COPYRIGHT, 6, 7, *_CLAIMED, classes="substantive confidence"),
        _pair("several", COPYRIGHT, 5, 6, *_CLAIMED, classes="substantive confidence"),
        _pair(
            "several",
            COPYRIGHT,
            4,
            5,
            "changed head/status_summary",
            "added C/sources/bartz-v-anthropic-2025-settlement",
            classes="status source",
        ),
        _pair(
            "several",
            COPYRIGHT,
            1,
            2,
            "changed C/argument",
            "changed C/confidence",
            "changed C/confidence_reason",
            "added C/backers/us-copyright-office",
            "added C/stances/3",
            "added C/sources/copyright-office-2025-training",
            classes="substantive attribution source confidence",
        ),
        _pair("several", SCALING, 1, 2, "added +D", classes="substantive"),
        _pair(
            "revert",
            SCALING,
            2,
            1,
            "removed D",
            classes="substantive",
        ),
        _pair(
            "several",
            SCALING,
            4,
            5,
            "added +3",
            "added C/stances/+3",
            "added D/stances/+3",
            "changed D/confidence",
            "changed D/confidence_reason",
            classes="substantive confidence",
        ),
        _pair(
            "revert",
            SCALING,
            5,
            4,
            "removed 3",
            "changed D/confidence",
            "changed D/confidence_reason",
            classes="substantive confidence",
        ),
        _pair(
            "shared", SCALING, 3, 4, "changed sources/schaeffer-2023-mirage/title", classes="source | typo"
        ),
        _pair("reorder", SCALING, 5, 6, "moved 3", classes="wording"),
        _pair("revert", SCALING, 6, 5, "moved 1", classes="wording"),
    ]
