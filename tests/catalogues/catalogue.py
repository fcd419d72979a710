"""The catalogue of one language as files: what people translate (`django.po`) and what the site reads (`django.mo`)."""

import re
from pathlib import Path

import polib

from .strings import ROOT, Message

LANGUAGES = {
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|%%")
# In the singular, the word for one may stand in place of its number.
_NUMBERS = {"n", "count", "counted", "parts", "sources", "persons", "others", "minutes", "positions", "days"}


def folder(language: str) -> Path:
    """Return the folder of a language's catalogue."""
    return ROOT / "controversies" / "locale" / language / "LC_MESSAGES"


def read(language: str) -> polib.POFile:
    """Return the catalogue that people translate."""
    return polib.pofile(str(folder(language) / "django.po"))


def update(language: str, messages: dict[Message, list[str]]) -> int:
    """Write a catalogue that has these strings and no others; return how many have no translation."""
    path = folder(language) / "django.po"
    known = {(each.msgctxt or "", each.msgid): each for each in read(language)} if path.exists() else {}
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": LANGUAGES[language],
    }
    for message, paths in sorted(messages.items(), key=lambda each: (min(each[1]), each[0].key)):
        entry = polib.POEntry(
            msgid=message.text,
            msgctxt=message.context or None,
            occurrences=[(name, "") for name in sorted(set(paths))],
            flags=["python-format"] if _PLACEHOLDER.search(message.text + message.plural) else [],
        )
        old = known.get(message.key)
        if message.plural:
            entry.msgid_plural = message.plural
            entry.msgstr_plural = {0: "", 1: ""}
        if old and old.msgid_plural == entry.msgid_plural and "fuzzy" not in old.flags:
            entry.msgstr, entry.msgstr_plural = old.msgstr, old.msgstr_plural
        catalogue.append(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    return len(catalogue.untranslated_entries())


def faults(entry: polib.POEntry) -> list[str]:
    """Return what is wrong with a translation: it is empty, marked as unsure, or has other placeholders or elements."""
    forms = entry.msgstr_plural if entry.msgid_plural else {0: entry.msgstr}
    if "fuzzy" in entry.flags:
        return ["is marked as unsure (fuzzy)"]
    problems: list[str] = []
    for index, text in forms.items():
        original = entry.msgid_plural if entry.msgid_plural and index else entry.msgid
        if not text.strip():
            problems.append("has no translation")
            continue
        asked, given = _names(original), _names(text)
        may_lack = _NUMBERS if entry.msgid_plural and not index else set()
        other = _names(entry.msgid_plural) if entry.msgid_plural else set()
        if not (given <= asked | other and asked - given <= may_lack):
            problems.append(f"has the placeholders {sorted(given)} instead of {sorted(asked)}")
        if re.findall(r"<[^>]*>", _without_values(original)) and sorted(_tags(original)) != sorted(
            _tags(text)
        ):
            problems.append("has other HTML elements")
        if (original[:1].isspace(), original[-1:].isspace()) != (text[:1].isspace(), text[-1:].isspace()):
            problems.append("begins or ends with another space")
    return problems


def _names(text: str) -> set[str]:
    return {each.group(1) or each.group() for each in _PLACEHOLDER.finditer(text)}


def _without_values(text: str) -> str:
    return _PLACEHOLDER.sub("", text)


def _tags(text: str) -> list[str]:
    return re.findall(r"</?[a-z]+[^>]*>", text)
