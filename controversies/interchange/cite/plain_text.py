"""A citation in words, for those who need no file: who, when, what, where."""

from django.utils.translation import gettext as _

from .cited_work import CitedWork


def plain(item: CitedWork) -> str:
    """One line: "Sayash Kapoor, Rishi Bommasani and others. 2024-02-27. Title. arXiv:2403.07918. https://…"."""
    publisher = "" if item.arxiv and item.publisher == "arXiv" else item.publisher
    where = item.docket or " ".join(filter(None, (item.container or publisher, item.volume)))
    where += f"({item.number})" if item.number else ""
    where += f", p. {item.page}" if item.page else ""
    parts = [
        _names(item),
        item.date,
        item.title,
        where,
        f"arXiv:{item.arxiv}" if item.arxiv else "",
        f"doi:{item.doi}" if item.doi else "",
    ]
    sentences = " ".join(part if part[-1] in ".?!…" else f"{part}." for part in parts if part)
    return f"{sentences} {item.url}".strip()


def _names(item: CitedWork) -> str:
    names = ", ".join(
        name.whole or " ".join(filter(None, (name.given_name, name.family, name.suffix)))
        for name in item.names
    )
    return (_("%s and others") % names if item.others else names) or item.court
