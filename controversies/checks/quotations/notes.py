"""Notes of the matcher: why a quotation was not simply found, each as a code and as a sentence."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Note(TextChoices):
    """One thing to know about how a quotation and its source agree."""

    # Found, and how.
    OMISSION = "omission", _("The quotation leaves words out, and says so.")
    INSERTION = "insertion", _("The quotation puts words in brackets that the source does not have.")
    REFERENCE_MARKS = "reference-marks", _("The source has reference marks between the words.")
    # Punctuation differs.
    CAPITALS = "capitals", _("Capital letters differ.")
    SIGN = "sign", _("A plus or minus sign differs.")
    NUMBER = "number", _("A number is written differently.")
    APOSTROPHE = "apostrophe", _("An apostrophe differs.")
    HYPHEN = "hyphen", _("A hyphen differs.")
    QUESTION = "question", _("A question mark or an exclamation mark differs.")
    PUNCTUATION = "punctuation", _("Punctuation differs.")
    # In doubt.
    SHORT = "short", _("The quotation is too short to tell one passage from another.")
    CONTEXT = "context", _("The words are there, but no longer where they were first seen.")
    DENIED = "denied", _("The source denies these words just before or after them.")
    DENIAL_OMITTED = "denial-omitted", _("The words left out deny something, such as “not”.")
    HEDGE_OMITTED = "hedge-omitted", _("The words left out limit what is said, such as “may”.")
    DENIAL_INSERTED = (
        "denial-inserted",
        _("The words put in brackets change what is said, such as “not” or “only”."),
    )
    REPLACEMENT = "replacement", _("Words in brackets stand where the source has others.")
    FAR_APART = "far-apart", _("The parts are too far from each other in the source.")
    SHORT_PARTS = "short-parts", _("A part between omissions is a single word.")
    REPETITIVE = "repetitive", _("The source repeats itself too often to compare every place.")
    # Not found.
    SPACE = "space", _("Words are joined or split.")
    MIDDLE_OF_WORD = "middle-of-word", _("The quotation starts or ends in the middle of a word.")
