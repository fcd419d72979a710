"""The corpus: everything public, history included, as JSON Lines; `dump` writes it, `load` reads it.

A file of UTF-8 text, compressed by gzip if its name ends in `.gz`. Each line is one object in canonical JSON: keys
sorted, no white space, no character escaped that need not be. The same state of the database gives the same bytes.
What a line is, its members tell. In this order:

**The header**, `{"format": "crux-corpus", "version": 1, …}`: the `site` (its `name` and `url`), the time of the
`newest` revision (null if there is none), how many `pages` and `revisions` follow, and the `rights`. A program that
does not know the version should not go on.

**What pages share**, as it is today, each sorted by its key: `{"topic": {key, slug, title, description}}`, then
`{"backer": {…}}`, then `{"source": {…}}`, with the fields of their blocks (below). Only what a public page shows.

**The public log**, where the header says `"with": ["log"]` (or `["redactions", "log"]`), in the order of its tree.
First, if the log has been signed, `{"checkpoint": …}`: the newest checkpoint with all its signatures, which may be of
fewer entries than follow. Then each entry, `{"entry": {…}}`, from index 0 on; its bytes in the log are the canonical
JSON of the inner object, and the hash of its leaf is the SHA-256 of a zero byte and these. Each public revision has
one, `{"digest": …, "number": …, "page": …}`, and a hidden one with which a page was withdrawn has one with
`"withdrawn": true`. A revision that was made again without words that had to go has two, the later one with
`"replaces"`, the digest in the former. Removed words have one with `part`, `ground`, `now` and mostly `erased`, as in
the removals below, and of a revision's text `revision_now`, the digest that follows from it since. A log that follows
another begins with `{"checkpoint": …}`, the last of the other, whose entries come next. Entries of pages that were
withdrawn for good are there as well: without them the tree would be another.

**The pages**, sorted by key. `{"page": key, "slug": …, "revisions": n}` begins one; its revisions follow, from 1 to
n, the last of them today's page. Each is one of two things:

- `{"revision": number, …}`: a public one. Its `time` (UTC, to the microsecond), `author`, `summary`, and where there
  is one the `reviewer` who accepted it and its `kind` (`import`, `restore`); the `digest` of its `document` and its
  own. `changed` lists the keys of the blocks that it changed or added, `removed` of those that it removed, sorted.
  `earlier`, after revisions that are hidden, those that had come to read so meanwhile. `order` lists the keys of all
  its blocks in the document's order, where it is not that of the last public revision. A block that `order` does not
  name is on the page no more. The lines of the blocks in `earlier` and in `changed` follow, in the order of `order`.
- `{"hidden": number, …}`: one that readers could not see, because the page was a `draft` or `withdrawn`
  (`publication`). They were told no more than its `time` (to the second); its `digest` keeps the chain whole.

**A block**, `{"block": type, "key": …, …}`, is what a document is made of: its `head`, its `context`, each contested
`point`, each `position`, each `backer` and `source` that these refer to by key. A field that is missing has its
default: empty text, an empty list, the confidence `not-rated`, a source's kind `other`. The head lists the points and
positions in order. Where a block was lost, `{"erased": key, "digest": …}` stands instead.

**Removed words**, where the `"with"` of the header names `redactions`. A block from which words were removed has a
marker in their place, ⟦removed⟧. A line comes before its own, `{"redacted": key, "digest": …, "removals": […]}`: the
digest of the block as it was, which counts in the document's; and of each removal the `time`, the `ground`, the
`reason` in words, the `office` that decided, and `now`, the SHA-256 of the block's line after it. A revision whose
`summary`, `author` or `reviewer` was removed has `removals` in its line, each with its `part`; `now` is then the
SHA-256 of the text that is there, and the revision's own digest, which was that of the text before, cannot be computed
any more.

**The footer**, `{"end": {…}, "sha256": …}`: how many `lines` there were before it, of each sort how many, and the
SHA-256 of all of them, each with its line feed. A file without it was cut off.

So a page at a revision is read by keeping, per page, the newest line of each block, in the order of `order`. To check
it: a block's digest is the SHA-256 of its line without the line feed. A document's is that of the canonical JSON of
`[[key, digest], …]` of its blocks in order. A revision's is that of the canonical JSON of `{"author": …, "document":
…, "parent": …, "summary": …, "time": …}`, with `"reviewer"` only where there is one; `parent` is the digest of the
revision or hidden one before it, null for the first. All digests are hexadecimal.

Never in it: drafts, withdrawn pages (but for the digests that the log has), proposals, suggestions, accounts, e-mail
addresses.
"""
