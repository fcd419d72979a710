"""BibTeX, for LaTeX. Written by bibtexparser, what LaTeX would take for its own escaped by pylatexenc.

Types and fields are those of the classic styles; what biblatex has besides (`date`, `urldate`, `eprint`) is
there too, and others pass over it. Letters of all scripts stay as they are, as UTF-8. Titles are in braces of
their own, so that no style changes their capitals: they are the work's own, word for word.
"""

from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.model import Entry, Field
from bibtexparser.writer import BibtexFormat
from pylatexenc.latexencode import RULE_DICT, UnicodeToLatexConversionRule, UnicodeToLatexEncoder

from controversies.models import SourceKind

from .cited_work import CASE, PAGE, STATUTE, CitedWork
from .names import Name

TYPES = {
    SourceKind.ARTICLE: "article",
    SourceKind.PREPRINT: "misc",
    SourceKind.REPORT: "techreport",
    SourceKind.BOOK: "book",
    SourceKind.NEWS: "article",
    SourceKind.BLOG: "misc",
    SourceKind.DATASET: "misc",
    SourceKind.MEDIA: "misc",
    SourceKind.OTHER: "misc",
    CASE: "misc",
    STATUTE: "misc",
    PAGE: "misc",
}
# The fields that the classic styles require, by type. Strict readers, as pybtex, refuse a whole file for one entry
# without them, so that such a work is of the type that requires none.
_REQUIRED = {
    "article": ("author", "journal", "year"),
    "book": ("author", "publisher", "year"),
    "techreport": ("author", "institution", "year"),
}
# Where each type's styles print who publishes it, and in what it is.
_PUBLISHER = {"techreport": "institution", "book": "publisher"}
_CONTAINER = {"article": "journal"}
_ELSEWHERE = "howpublished"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# In braces, so that the space after each stays; braces too, for BibTeX counts them even where LaTeX does not.
_SPECIAL = {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",
    "}": r"{\textbraceright}",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
    "<": r"{\textless}",
    ">": r"{\textgreater}",
    "|": r"{\textbar}",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
}
_ENCODER = UnicodeToLatexEncoder(
    conversion_rules=[
        UnicodeToLatexConversionRule(RULE_DICT, {ord(char): text for char, text in _SPECIAL.items()})
    ],
    unknown_char_policy="keep",
    unknown_char_warning=False,
    replacement_latex_protection="none",
)


def write(items: tuple[CitedWork, ...]) -> str:
    """A file of these items."""
    library = Library([_entry(item) for item in items])
    style = BibtexFormat()
    style.indent = "  "
    style.trailing_comma = True
    style.block_separator = "\n"
    return write_string(library, bibtex_format=style)


def _entry(item: CitedWork) -> Entry:
    by = (Name(whole=item.court),) if item.court else item.names
    names = [_name(name) for name in by] + (["others"] if item.others else [])
    # An organisation that is named as an author has issued its report itself.
    issuer = item.publisher or next((name.whole for name in by if name.whole), "")
    known = {
        "author": names,
        "year": item.date,
        "journal": item.container,
        "publisher": item.publisher,
        "institution": issuer,
    }
    kind = TYPES[item.kind]
    if not all(known[field] for field in _REQUIRED.get(kind, ())):
        kind = "misc"
    in_words = item.docket or ", ".join(filter(None, (item.container, item.publisher)))
    year, month = item.date[:4], item.date[5:7]
    fields = {
        "author": " and ".join(names),
        # Of a work that names no author: by what to sort it.
        "key": "" if names else latex(item.container or item.publisher or item.title),
        "title": f"{{{latex(item.title)}}}",
        _CONTAINER.get(kind, ""): latex(item.container),
        _PUBLISHER.get(kind, ""): latex(issuer if kind == "techreport" else item.publisher),
        _ELSEWHERE: "" if kind in _CONTAINER or kind in _PUBLISHER else latex(in_words),
        "volume": latex(item.volume),
        "number": latex(item.number),
        "pages": latex(item.page),
        "year": year,
        "month": _MONTHS[int(month) - 1] if month else "",
        "date": item.date,
        "eprint": item.arxiv,
        "archiveprefix": "arXiv" if item.arxiv else "",
        "doi": _verbatim(item.doi),
        "isbn": item.isbn,
        "url": _verbatim(item.url),
        "urldate": item.accessed,
        "version": item.version,
        "language": item.language,
        "note": latex(item.note),
    }
    entry_fields = [Field(name, value) for name, value in fields.items() if name and value]
    for field in entry_fields:
        if field.key == "month":
            field.enclosing = "no-enclosing"  # a macro of the style's, in its language
    return Entry(kind, item.key, entry_fields)


def _name(name: Name) -> str:
    if name.whole:
        return f"{{{latex(name.whole)}}}"
    return ", ".join(latex(part) for part in (name.family, name.suffix, name.given_name) if part)


def latex(text: str) -> str:
    """The text as LaTeX that prints it."""
    return _ENCODER.unicode_to_latex(text)


def _verbatim(text: str) -> str:
    """An address, which LaTeX prints as it is: only what would end the field too early is written otherwise."""
    for char, code in (("\\", "%5C"), ("{", "%7B"), ("}", "%7D")):
        text = text.replace(char, code)
    return text
