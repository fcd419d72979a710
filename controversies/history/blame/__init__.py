"""The blame of pages, who wrote what: stored with each revision, derived where it is missing, and read.

`document.blame` attributes one revision to those before it, without a database. What is stored of that, and who may see
what, is here. Faces import from here.
"""

from controversies.document.blame import ALGORITHM, BlameSpan, BlameValue, FieldBlame

from .derive import RETRY_SECONDS, BlameUnderway
from .reading import BlameEntry, EarlierWording, PageBlame, blame_of, blames_of, earlier_wordings

__all__ = [
    "ALGORITHM",
    "RETRY_SECONDS",
    "BlameEntry",
    "BlameSpan",
    "BlameUnderway",
    "BlameValue",
    "EarlierWording",
    "FieldBlame",
    "PageBlame",
    "blame_of",
    "blames_of",
    "earlier_wordings",
]
