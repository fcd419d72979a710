"""Each string that readers can meet has a translation in each language; what is read is what people translated."""

import ast
import gettext
from collections import defaultdict

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import trans_real

from controversies.document import labels
from controversies.models import BackerKind, Confidence
from tests.test_permissions import _public, things

from . import strings
from .catalogue import LANGUAGES, faults, folder, read
from .glossary import COLUMNS, other_words, slips, terms

every_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def messages():
    return strings.public_messages()


def test_each_language_of_the_site_has_a_catalogue():
    assert [code for code, _name in settings.LANGUAGES] == [settings.LANGUAGE_CODE, *LANGUAGES]


@every_language
def test_each_string_that_readers_can_meet_is_translated(language, messages):
    """After a change of strings: `.venv/bin/python -m tests.catalogues`, and translate what it names."""
    known = {(each.msgctxt or "", each.msgid, each.msgid_plural or ""): each for each in read(language)}
    needed = {(each.context, each.text, each.plural): paths for each, paths in messages.items()}

    assert {key: needed[key] for key in needed.keys() - known.keys()} == {}, "not in the catalogue"
    assert known.keys() - needed.keys() == set(), "in the catalogue, but no longer in use"
    assert {entry.msgid: faults(entry) for entry in known.values() if faults(entry)} == {}
    assert len(messages) > 1_000


@every_language
def test_the_site_reads_what_people_translated(language):
    with (folder(language) / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in read(language):
        if entry.msgid_plural:
            for count, text in ((1, entry.msgstr_plural[0]), (2, entry.msgstr_plural[1])):
                if entry.msgctxt:
                    shown = compiled.npgettext(entry.msgctxt, entry.msgid, entry.msgid_plural, count)
                else:
                    shown = compiled.ngettext(entry.msgid, entry.msgid_plural, count)
                assert shown == text
        elif entry.msgctxt:
            assert compiled.pgettext(entry.msgctxt, entry.msgid) == entry.msgstr
        else:
            assert compiled.gettext(entry.msgid) == entry.msgstr


def test_strings_with_the_same_words_are_told_apart_by_a_context():
    """A catalogue finds a string by its singular: of two with different plurals, one would be lost."""
    plurals = defaultdict(set)
    for message in strings.all_messages():
        plurals[message.key].add(message.plural)

    public = {message.key for message in strings.public_messages()}
    assert {key for key in public if len(plurals[key] - {""}) > 1} == set()


def test_what_is_translated_is_written_out_where_it_is_translated():
    """Else no catalogue could have it."""
    hidden = []
    for path in strings.code_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
            is_ours = is_call and node.func.id in ("_", "gettext", "gettext_lazy")
            if is_ours and not isinstance(node.args[0], ast.Constant):
                hidden.append(f"{path.relative_to(strings.ROOT)}:{node.lineno}")

    assert hidden == []


@pytest.mark.parametrize(
    ("translated", "problem"),
    [
        ("%(n)s Quellen", ""),
        ("", "has no translation"),
        ("%(m)s Quellen", "placeholders"),
        ("Quellen", "placeholders"),
        ("<b>%(n)s</b> Quellen", ""),
        (" %(n)s Quellen", "space"),
    ],
)
def test_a_bad_translation_is_noticed(translated, problem):
    entry = polib.POEntry(msgid="%(n)s sources", msgstr=translated)

    assert [each for each in faults(entry) if problem in each] if problem else not faults(entry)
    entry.flags.append("fuzzy")
    assert faults(entry) == ["is marked as unsure (fuzzy)"]


def test_lost_elements_are_noticed():
    entry = polib.POEntry(msgid='See <a href="%(url)s">this</a>.', msgstr="Siehe dies: %(url)s.")

    assert faults(entry) == ["has other HTML elements"]


@every_language
def test_one_word_for_one_thing(language):
    """The glossary is in the chapter on languages, `controversies/locale/README.md`."""
    glossary = terms()

    kept = {entry.msgid: list(other_words(entry, language, glossary)) for entry in read(language)}

    assert {text: words for text, words in kept.items() if words} == {}
    assert len(glossary) > 40
    assert set(COLUMNS.values()) == set(LANGUAGES)


@every_language
def test_marks_and_words_are_the_languages_own(language):
    texts = [text for each in read(language) for text in (each.msgstr, *each.msgstr_plural.values())]

    assert {text: slips(text, language) for text in texts if slips(text, language)} == {}


@pytest.mark.parametrize(
    ("original", "language", "translated", "terms_lost"),
    [
        ("Two revisions", "de", "Zwei Fassungen", []),
        ("Two revisions", "de", "Zwei Stände", ["revision"]),
        ("Reviewed on %(day)s", "es", "Revisada el %(day)s", []),
        ("This revision", "es", "Esta revisión", ["revision"]),
        ("A contested point", "es", "Dos puntos controvertidos", []),
        ("A contested point", "es", "Un punto", ["contested point"]),
    ],
)
def test_another_word_than_the_glossary_has_is_noticed(original, language, translated, terms_lost):
    entry = polib.POEntry(msgid=original, msgstr=translated)

    assert list(other_words(entry, language, terms())) == terms_lost


@pytest.mark.parametrize(
    ("language", "text", "slip"),
    [
        ("de", "Eine „neue“ Fassung", ""),
        ("de", 'Eine "neue" Fassung', '"'),
        ("de", "Eine «neue» Fassung", "«"),
        ("de", "Eine neue Version", "Version"),
        ("de", "Die Versionsgeschichte", ""),
        ("de", "Wörter entfernen\N{NO-BREAK SPACE}…", ""),
        ("de", "Wörter entfernen …", "n …"),
        ("es", "Una versión «nueva»", ""),
        ("es", "Una versión “nueva”", "“"),
        ("es", "¿ Quién?", "¿ "),
    ],
)
def test_a_slip_is_noticed(language, text, slip):
    assert slip in slips(text, language) if slip else not slips(text, language)


class _Recorder(gettext.NullTranslations):
    """Remembers what a language was asked for and did not have."""

    def __init__(self) -> None:
        super().__init__()
        self.missing: set[str] = set()

    def gettext(self, message):
        self.missing.add(message)
        return message

    def ngettext(self, msgid1, msgid2, n):
        self.missing.add(msgid1)
        return super().ngettext(msgid1, msgid2, n)


@pytest.mark.django_db
@every_language
def test_no_public_page_asks_for_a_string_that_is_not_translated(client, monkeypatch, language):
    """Proves the rule of which strings are public: all of the site's pages, drawn in the language."""
    recorder = _Recorder()
    monkeypatch.setattr(trans_real.translation(language), "_fallback", recorder)
    addresses = [each for each in _public(things()).values() if not each.startswith(("/admin/", "/api/"))]

    statuses = {client.get(f"/{language}{address}").status_code for address in addresses}

    assert 200 in statuses
    assert not any(status >= 500 for status in statuses)
    assert recorder.missing - {""} == set()
    with translation.override(language):
        translation.gettext("Nobody has translated this")
    assert recorder.missing - {""} == {"Nobody has translated this"}


def test_words_follow_the_language():
    with translation.override("de"):
        assert labels.day("2026-03-08") == "8. März 2026"
        assert labels.conjunction(["A", "B", "C"]) == "A, B und C"
        assert labels.lower("Streitpunkt") == "Streitpunkt"
        assert labels.quote("x") == "„x“"
        assert labels.in_small_letters("Unternehmen", BackerKind) == "Unternehmen"
        assert labels.in_small_letters("Nicht bewertet", Confidence) == "nicht bewertet"
    with translation.override("es"):
        assert labels.day("2026-03-08") == "8 de marzo de 2026"
        assert labels.conjunction(["A", "B", "C"]) == "A, B y C"
        assert labels.lower("Posición") == "posición"
        assert labels.quote("x") == "«x»"
