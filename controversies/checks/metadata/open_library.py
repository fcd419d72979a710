"""Open Library's Books API: books by ISBN (https://openlibrary.org/dev/docs/api/books, JSON, `jscmd=data`)."""

from controversies.models import SourceKind

from .dates import parse_date
from .values import Proposals, ValueOrigin, items, join_names, mapping, plain, plain_title, propose


def book_path(isbn: str) -> str:
    """Return the path of a book."""
    return f"/api/books?bibkeys=ISBN:{isbn}&format=json&jscmd=data"


def read_book(data: object, isbn: str) -> Proposals:
    """Return what Open Library says of the book; nothing if it does not know it."""
    book = mapping(mapping(data).get(f"ISBN:{isbn}"))
    title = plain_title(book.get("title"), book.get("subtitle"))
    if not title:
        return Proposals()
    names = [plain(mapping(each).get("name")) for each in items(book.get("authors"))]
    publishers = [plain(mapping(each).get("name")) for each in items(book.get("publishers"))]
    return propose(
        ValueOrigin.OPEN_LIBRARY,
        title=title,
        authors=join_names(names) or plain(book.get("by_statement")).rstrip("."),
        publisher=next(filter(None, publishers), ""),
        date=parse_date(book.get("publish_date")),
        kind=SourceKind.BOOK.value,
        url=plain(book.get("url")),
        isbn=isbn,
    )
