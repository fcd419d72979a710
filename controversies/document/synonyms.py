"""Words that mean the same, so that an edit from one to another counts as wording: short forms, synonyms, articles."""

from collections import Counter

from . import spelling

_PHRASES = {
    tuple(phrase.split()): meaning.split()
    for phrase, meaning in (
        ("in order to", "to"),
        ("so as to", "to"),
        ("due to", "because of"),
        ("owing to", "because of"),
        ("in spite of", "despite"),
        ("prior to", "before"),
        ("for example", "eg"),
        ("for instance", "eg"),
        ("e g", "eg"),
        ("i e", "that is"),
        ("per cent", "percent"),
        ("as well as", "and"),
        ("as well", "also"),
        ("so long as", "as long as"),
        ("of whether", "whether"),
        ("no one", "nobody"),
        ("a few", "a_few"),  # few are fewer
        ("a little", "a_little"),
        ("the present", "the current"),
        ("a number", "a_number"),
        ("a second", "a_second"),
        ("a third", "a_third"),  # not the third
        ("a fourth", "a_fourth"),
        ("a fifth", "a_fifth"),
        ("a tenth", "a_tenth"),
        ("the most", "the_most"),
        ("can not", "cannot"),
        ("can't", "cannot"),
        ("won't", "will not"),
        ("shan't", "shall not"),
        ("it's", "it is"),
        ("that's", "that is"),
        ("there's", "there is"),
        ("let's", "let us"),
        ("i'm", "i am"),
        ("dont", "do not"),
        ("doesnt", "do not"),
        ("isnt", "is not"),
    )
}
_LONGEST_PHRASE, _BEGINNINGS = max(map(len, _PHRASES)), {phrase[0] for phrase in _PHRASES}
_ENDS = {"n't": "not", "'re": "are", "'ve": "have", "'ll": "will"}
# Words that can go or come without saying anything else.
_FREE = {"a", "an", "the", "that", "which", "also", "indeed", "moreover", "furthermore", "have", "has"}
# Words of one meaning, wherever they stand; forms of one verb that differ by who does it.
_GROUPS = """
is are am | was were | do does | have has | this these | who whom
but however | although though | while whilst | until till | among amongst | toward towards
big large | bigger larger | biggest largest | entire whole | enough sufficient | main chief principal
rapid quick fast | rapidly quickly | often frequently | seldom rarely | roughly approximately | nearly almost
use utilise utilize | uses utilises utilizes | used utilised utilized | using utilising utilizing
begin start commence | begins starts commences | began started commenced | beginning starting commencing
buy purchase | buys purchases | bought purchased | buying purchasing | help assist | helps assists | helped assisted
allow permit | allows permits | allowed permitted | allowing permitting | forbid prohibit | forbids prohibits
forbade prohibited | forbidding prohibiting | obtain get | obtains gets | obtained got | obtaining getting
choose select | chooses selects | keep retain | keeps retains | kept retained
wish want | wishes wants | wished wanted | happen occur | happens occurs | happened occurred | happening occurring
mistake error | mistakes errors | answer reply | answers replies | firm company | firms companies
consider regard | considers regards | considered regarded | think believe | thinks believes | thought believed
admit concede | admits concedes | admitted conceded | need require | needs requires | needed required
expect anticipate | expects anticipates | expected anticipated | anybody anyone | somebody someone
everybody everyone | upon on
"""
_MEANINGS = {
    word: group.split()[0]
    for line in _GROUPS.strip().splitlines()
    for group in line.split("|")
    for word in group.split()
}


# Words that `meaning_of()` may leave out, or make of others.
_CHANGING = _FREE | {*_MEANINGS, *_MEANINGS.values()}
_CHANGING |= {word for phrase, meaning in _PHRASES.items() for word in (*phrase, *meaning)}


def has_another_word(a: list[str], b: list[str]) -> bool:
    """Whether a word with a meaning of its own is in one of them more often: a quick check before `meaning_of()`."""
    x, y = Counter(a), Counter(b)
    removed, added = x - y, y - x
    if any("'" in word for word in (*removed, *added)):
        return False
    x, y = (Counter(map(spelling.variant, each.elements())) for each in (removed, added))
    return any(word not in _CHANGING for word in (*(x - y), *(y - x)))


def meaning_of(words: list[str]) -> list[str]:
    """Return the words that carry meaning: short forms written out, synonyms as one word, articles left out."""
    whole: list[str] = []
    for word in words:
        end = next((end for end in _ENDS if word.endswith(end)), "") if "'" in word else ""
        if end and (word,) not in _PHRASES:
            whole += [word[: -len(end)], _ENDS[end]]
        else:
            whole.append(spelling.variant(word))
    meaning: list[str] = []
    i = 0
    while i < len(whole):
        if whole[i] in _BEGINNINGS:
            for length in range(min(_LONGEST_PHRASE, len(whole) - i), 0, -1):
                phrase = _PHRASES.get(tuple(whole[i : i + length]))
                if phrase is not None:
                    meaning += phrase
                    i += length
                    break
            else:
                meaning.append(whole[i])
                i += 1
        else:
            meaning.append(whole[i])
            i += 1
    return [_MEANINGS.get(word, word) for word in meaning if word not in _FREE]
