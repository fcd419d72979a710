"""The template tags of pages that tell who wrote what (`{% load blame %}`): who, when and why, passage by passage.

A page has hundreds of these pieces. Made by templates, they would take ten times as long.
"""

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies.document import labels, text
from controversies.pages.tags import author_link, time_element

from .origins import AGES, OriginView
from .view import (
    BlamedField,
    BlamedMember,
    BlamedText,
    BlamedValue,
    BlameRow,
    DrawnPassage,
    Statement,
    StatementOriginView,
)

register = template.Library()


def _sentence(words: str, **parts: str) -> SafeString:
    """Return a sentence with HTML in its places, as `%(day)s`."""
    html = escape(words) % {name: conditional_escape(part) for name, part in parts.items()}
    return mark_safe(html)  # noqa: S308 - all of it is escaped


def _name(name: str) -> SafeString:
    return format_html("<bdi>{}</bdi>", name)


@register.simple_tag
def blame_since(origin: OriginView, with_reason: bool = True) -> SafeString:
    """Draw since when a value stands, by whom and why; the value itself stands before it."""
    return _since(origin, with_reason, get_language())


@lru_cache(maxsize=512)
def _since(origin: OriginView, with_reason: bool, _language: str | None) -> SafeString:
    entry = origin.entry
    day = time_element(entry.time)
    if entry.before_publication:
        words = _sentence(_("from before this page was public, shown since %(day)s"), day=day)
    elif entry.is_origin_unknown:
        words = _sentence(_("imported on %(day)s, origin not recorded"), day=day)
    elif entry.reviewer_name:
        words = _sentence(
            _("since %(day)s, by %(who)s, accepted by %(reviewer)s"),
            day=day,
            who=author_link(entry.author_name),
            reviewer=_name(entry.reviewer_name),
        )
    else:
        words = _sentence(_("since %(day)s, by %(who)s"), day=day, who=author_link(entry.author_name))
    if with_reason and entry.summary:
        reason = format_html('<span class="blame-reason" dir="auto">{}</span>', text.headline(entry.summary))
        words = format_html("{}: {}", words, _in_quotation_marks(reason))
    link = format_html('<a href="{}">{}</a>', origin.change, _("revision %d") % entry.number)
    return format_html("{} {}", words, link)


def _in_quotation_marks(text: SafeString) -> SafeString:
    """Return words between the quotation marks of the site's language."""
    return mark_safe(labels.quote(text))  # noqa: S308 - the marks are the catalogue's


@register.simple_tag
def blame_column(statement: StatementOriginView) -> SafeString:
    """Draw what stands beside a passage: author, day, reason, and links to the change and to what was before."""
    return _column(statement, get_language())


@lru_cache(maxsize=512)
def _column(statement: StatementOriginView, _language: str | None) -> SafeString:
    origin, entry = statement.origin, statement.origin.entry
    day = time_element(entry.time)
    if entry.before_publication:
        lines = [_sentence(_("Written before this page was public. Shown since %(day)s."), day=day)]
    elif entry.is_origin_unknown:
        lines = [_sentence(_("Imported on %(day)s. Origin not recorded."), day=day)]
    elif entry.reviewer_name:
        reviewer = _name(entry.reviewer_name)
        lines = [_sentence(_("%(day)s, accepted by %(reviewer)s"), day=day, reviewer=reviewer)]
    else:
        lines = [day]
    if origin.age is not None:
        lines[0] = format_html("{} · {}", lines[0], AGES[origin.age][1])
    if entry.summary:
        lines.append(
            format_html('<span class="blame-reason" dir="auto">{}</span>', text.headline(entry.summary))
        )
    if statement.other_names:
        names = format_html_join(", ", "{}", ((_name(name),) for name in statement.other_names))
        lines.append(_sentence(_("With words by %(names)s."), names=names))
    if statement.wording:
        day = time_element(statement.wording.entry.time)
        lines.append(_sentence(_("In these words since %(day)s."), day=day))
    if statement.here:
        day = time_element(statement.here.entry.time)
        lines.append(_sentence(_("In this place since %(day)s."), day=day))
    links = format_html('<a href="{}">{}</a>', origin.change, _("Revision %d") % entry.number)
    if origin.before:
        links = format_html('{} · <a href="{}">{}</a>', links, origin.before, _("Before this"))
    author = format_html('<p class="blame-author">{}</p>', author_link(entry.author_name))
    return format_html(
        '{}{}<p class="blame-links">{}</p>\n',
        author if entry.author_name else "",
        format_html_join("", "<p>{}</p>", ((line,) for line in lines)),
        links,
    )


@register.simple_tag
def blame_field(field: BlamedField, language: str = "") -> SafeString:
    """Draw a field of a part: a value, a text with its authors, or a list of parts.

    `language` is the attribute `lang` of its text, "" where that is in the language of the site's words.
    """
    if isinstance(field, BlamedValue):
        words = format_html("<bdi>{}</bdi>", field.words)
        if not field.is_folded:
            words = format_html("<strong>{}</strong> {}", words, blame_since(field.origin, field.has_reason))
        return format_html(
            '<p class="blame-value" id="{}"><span class="label">{}</span> <span>{}</span></p>\n',
            field.anchor,
            field.label,
            words,
        )
    if isinstance(field, BlamedText):
        css, tag = "blame-field folded-text" if field.is_folded else "blame-field", "div"
        parts = [_row(row, field.css, language, is_folded=field.is_folded) for row in field.rows]
    else:
        css, tag = "blame-list", "ul"
        parts = [_member(member, language) for member in field.members]
    return format_html(
        '<div class="{}" id="{}">\n<p class="label">{}</p>\n<{}>{}</{}></div>\n',
        css,
        field.anchor,
        field.label,
        tag,
        format_html_join("", "{}", ((part,) for part in parts)),
        tag,
    )


def _member(member: BlamedMember, language: str) -> SafeString:
    name = member.name
    words = [
        format_html('<span class="muted">{}</span>', name.before) if name.before else "",
        format_html("<strong><bdi>{}</bdi></strong>", name.name),
        format_html('<span class="muted">{}</span>', name.after) if name.after else "",
        blame_since(member.origin, member.has_reason) if member.origin else "",
    ]
    return format_html(
        '<li class="blame-member" id="{}"><p>{}</p>\n{}</li>\n',
        member.anchor,
        format_html_join(" ", "{}", ((each,) for each in words if each)),
        format_html_join("", "{}", ((blame_field(each, language),) for each in member.fields)),
    )


def _row(row: BlameRow, css: str, language: str, *, is_folded: bool) -> SafeString:
    """Draw a row: its passages, with their authors beside them unless that is told elsewhere."""
    column: str = ""
    if not is_folded:
        origins = format_html_join("", "{}", ((blame_column(each),) for each in row.origins))
        column = format_html('<div class="blame-by {}">{}</div>', row.age, origins)
    return format_html(
        '<div class="blame-row">\n{}<div class="blame-text"><div class="{}"{}>{}</div>{}</div>\n</div>\n',
        column,
        css,
        language,
        format_html_join("", "{}", ((_passage(each),) for each in row.passages)),
        format_html_join("", "{}", ((_changes(each),) for each in row.statements if each.was_changed)),
    )


def _passage(passage: DrawnPassage) -> SafeString:
    """Draw a passage, with the number of each statement where it begins, as a link to itself."""
    if not passage.tag:
        [piece] = passage.pieces
        numbers = _numbers(piece.begins)
        return format_html('<div class="whole"><span>{}</span><div>{}</div></div>', numbers, piece.html)
    words = format_html_join(
        "",
        "{}{}",
        (
            (
                _numbers(piece.begins),
                format_html('<span class="by-other">{}</span>', piece.html) if piece.by_other else piece.html,
            )
            for piece in passage.pieces
        ),
    )
    css = mark_safe(' class="goes-on"') if passage.goes_on else ""
    return format_html('<{} dir="auto"{}>{}</{}>\n', passage.tag, css, words, passage.tag)


def _numbers(statements: Iterable[Statement]) -> SafeString:
    words = _("Link to sentence %d")
    return format_html_join(
        "",
        '<a class="verse" id="{}" href="{}" aria-label="{}">{}</a>',
        ((each.anchor, each.address, words % each.number, each.number) for each in statements),
    )


def _changes(statement: Statement) -> SafeString:
    """Draw the fold below a statement that has changed: who wrote which words, and a link to its earlier wordings."""
    lines = [
        format_html(
            "{} {}", _in_quotation_marks(format_html("<bdi>{}</bdi>", each.text)), blame_since(each.origin)
        )
        for each in statement.words
    ]
    wording = statement.origin.wording
    if wording is not None and wording not in statement.origin.others:  # words were dropped
        lines.append(_sentence(_("In these words %(since)s"), since=blame_since(wording)))
    return format_html(
        '<details class="blame-more"><summary>{}</summary><ul>{}</ul><p><a href="{}">{}</a></p></details>\n',
        _("Sentence %d has changed") % statement.number,
        format_html_join("", "<li>{}</li>", ((line,) for line in lines)),
        statement.wordings,
        _("Earlier wordings of sentence %d") % statement.number,
    )
