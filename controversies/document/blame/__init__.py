"""Attribution of words and values to revisions, one revision from the one before it, without a database.

`attribute()` is the step at save, `block_blame()` the reading of one stored block, `replay()` a whole history in
memory. Tables, queries and faces belong elsewhere: `history/blame` stores what these return.

Terms. A **statement** is a sentence, heading or list item of a text field, a **token** a word, mark or punctuation
mark with the white space after it. Each token has for good the number of the revision that first wrote it and its
ordinal among the tokens that were new there. Each statement has its first revision, that of its wording, and the one
since which it stands in this field.
"""

from .archive import Archive, FormerText, MemoryArchive
from .attribution import ALGORITHM, Attribution, attribute
from .origins import PartOrigins, StatementOrigin, TokenRun, pack, token_id, token_revision, unpack
from .reading import BlameSpan, BlameValue, FieldBlame, block_blame
from .replay import ReplayedRevision, replay

__all__ = [
    "ALGORITHM",
    "Archive",
    "Attribution",
    "BlameSpan",
    "BlameValue",
    "FieldBlame",
    "FormerText",
    "MemoryArchive",
    "PartOrigins",
    "ReplayedRevision",
    "StatementOrigin",
    "TokenRun",
    "attribute",
    "block_blame",
    "pack",
    "replay",
    "token_id",
    "token_revision",
    "unpack",
]
