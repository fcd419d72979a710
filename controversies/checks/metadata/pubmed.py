"""NCBI's E-utilities: works by PubMed number (`efetch.fcgi`, XML by the PubMed DTD)."""

import re
from urllib.parse import quote

from lxml import etree

from controversies.kit.identifiers import doi_address
from controversies.models import SourceKind

from .dates import earliest, parse_date
from .values import Proposals, ValueOrigin, join_names, plain, plain_title, propose, volume_of
from .xml import child_text, children, parse_xml

_TRANSLATED = re.compile(r"^\[(.*)\]\.?$")
_JOURNAL_PLACE = re.compile(r"\s*\((?:[A-Z][^()]*|Online)\)$")  # "Science (New York, N.Y.)"


def work_path(pmid: str) -> str:
    """Return the path of a work."""
    return f"/entrez/eutils/efetch.fcgi?db=pubmed&id={quote(pmid)}&retmode=xml"


def read_work(body: bytes) -> Proposals:
    """Return what PubMed says of the one work asked for. Raises ValueError if the answer is no XML."""
    root = parse_xml(body)
    if root.tag != "PubmedArticleSet":
        raise ValueError("no set of PubMed articles")
    for record in root:
        if record.tag == "PubmedArticle":
            return _article(record)
        if record.tag == "PubmedBookArticle":
            return _book(record)
    return Proposals()


def _article(record: etree._Element) -> Proposals:
    article, pmid = record.find("MedlineCitation/Article"), child_text(record, "MedlineCitation/PMID").strip()
    if article is None:
        return Proposals()
    title = _title(child_text(article, "ArticleTitle")) or plain_title(child_text(article, "VernacularTitle"))
    ids = [
        each for each in record.findall("PubmedData/ArticleIdList/ArticleId") if each.get("IdType") == "doi"
    ]
    ids += [each for each in article.findall("ELocationID") if each.get("EIdType") == "doi"]
    doi = next((plain(each.text) for each in ids if each.text), "")
    journal = _JOURNAL_PLACE.sub("", plain(child_text(article, "Journal/Title")))
    types = [plain(each.text) for each in article.findall("PublicationTypeList/PublicationType")]
    dates = [_date(article.find("Journal/JournalIssue/PubDate")), _date(article.find("ArticleDate"))]
    return propose(
        ValueOrigin.PUBMED,
        title=title,
        authors=join_names(_names(article.find("AuthorList"))),
        publisher=volume_of(
            journal,
            child_text(article, "Journal/JournalIssue/Volume"),
            child_text(article, "Journal/JournalIssue/Issue"),
        ),
        date=earliest(dates),
        kind=(SourceKind.PREPRINT if "Preprint" in types else SourceKind.ARTICLE).value,
        url=doi_address(doi) if doi else f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
        doi=doi,
    )


def _book(record: etree._Element) -> Proposals:
    book = record.find("BookDocument")
    if book is None:
        return Proposals()
    pmid = child_text(book, "PMID").strip()
    return propose(
        ValueOrigin.PUBMED,
        title=_title(child_text(book, "ArticleTitle")) or _title(child_text(book, "Book/BookTitle")),
        authors=join_names(_names(book.find("AuthorList")) or _names(book.find("Book/AuthorList"))),
        publisher=plain(child_text(book, "Book/BookTitle") if book.find("ArticleTitle") is not None else "")
        or plain(child_text(book, "Book/Publisher/PublisherName")),
        date=earliest([_date(book.find("ContributionDate")), _date(book.find("Book/PubDate"))]),
        kind=SourceKind.BOOK.value,
        url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
        isbn=plain(child_text(book, "Book/Isbn")) if book.find("ArticleTitle") is None else "",
    )


def _title(value: str) -> str:
    """The title; of a translated one, which stands in brackets, the words."""
    title = plain(value)
    translated = _TRANSLATED.match(title)
    return plain_title(translated[1] if translated else title)


def _names(people: etree._Element | None) -> list[str]:
    names = []
    for person in children(people, "Author") if people is not None else ():
        family, first = plain(child_text(person, "LastName")), plain(child_text(person, "ForeName"))
        suffix = plain(child_text(person, "Suffix"))
        names.append(
            " ".join(filter(None, (first, family, suffix))) or plain(child_text(person, "CollectiveName"))
        )
    return names


def _date(element: etree._Element | None) -> str:
    if element is None:
        return ""
    parts = [child_text(element, name).strip() for name in ("Year", "Month", "Day")]
    if not parts[0]:
        return parse_date(child_text(element, "MedlineDate")[:4])  # "1999 Jul-Aug"
    if parts[1].isdecimal():
        return parse_date("-".join(filter(None, parts)))
    return parse_date(" ".join(filter(None, reversed(parts))))
