"""A small record with its log, made by hand from what the chapters say of the formats, and keys to sign it.

It shares no line with the site or the verifier, so that each can be held against it. Attackers change its pages, its
entries or its checkpoints, and write everything else again, as somebody who owns the database could.
"""

import base64
import copy
import datetime
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from . import rfc6962

START = datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)
LOG, WITNESS = 1, 4  # kinds of keys
ORIGIN = "crux.example"


def dumps(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def key_of(name: str) -> str:
    """A key that is always the same for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


class Signer:
    """A test key of a log or a witness; always the same for the same name and seed."""

    def __init__(self, name: str, kind: int = LOG, seed: str = "") -> None:
        self.name, self.kind = name, kind
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{name}{seed}".encode()).digest())
        self.public = bytes([kind]) + self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(name.encode() + b"\n" + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64(self.public)}"

    def line(self, text: str, time: datetime.datetime | None = None) -> str:
        """The signature's line of a note's text; of a witness with its time."""
        if self.kind == LOG:
            signature = self.private.sign(text.encode())
        else:
            seconds = int((time or START).timestamp())
            signature = seconds.to_bytes(8, "big") + self.private.sign(
                f"cosignature/v1\ntime {seconds}\n{text}".encode()
            )
        return f"— {self.name} {b64(self.id + signature)}\n"


KEY = Signer(ORIGIN)
WITNESSES = [Signer(f"{name}.example/witness", WITNESS) for name in ("news", "library", "school")]


def policy(*logs: Signer, quorum: int = 2) -> bytes:
    """A policy that trusts these logs, and needs this many of the three witnesses."""
    lines = [f"log {each.vkey}" for each in logs or (KEY,)]
    lines += [f"witness w{i} {each.vkey}" for i, each in enumerate(WITNESSES)]
    lines += [f"group all-witnesses {quorum} w0 w1 w2", "quorum all-witnesses"] if quorum else ["quorum none"]
    return ("\n".join(lines) + "\n").encode()


@dataclass
class ToyRevision:
    """A revision: None for blocks where readers could not see it."""

    number: int
    author: str
    summary: str
    time: datetime.datetime
    blocks: dict[str, dict[str, Any]] | None
    kind: str = ""
    reviewer: str = ""
    removals: list[dict[str, Any]] = field(default_factory=list)  # of author, reviewer or summary
    digest: str = ""

    def stamp(self) -> str:
        return self.time.isoformat(timespec="microseconds")


@dataclass
class ToyPage:
    """A page: its revisions, and of blocks from which words were removed, the digest before and the removals."""

    key: str
    slug: str
    revisions: list[ToyRevision]
    removed: dict[str, tuple[str, list[dict[str, Any]]]] = field(
        default_factory=dict
    )  # by digest of the text now

    def block_digest(self, block: dict[str, Any]) -> str:
        digest = sha(dumps(block))
        return self.removed[digest][0] if digest in self.removed else digest

    def document(self, revision: ToyRevision) -> str:
        assert revision.blocks is not None
        return sha(dumps([[key, self.block_digest(block)] for key, block in revision.blocks.items()]))

    def parent(self, number: int) -> str | None:
        return next((each.digest for each in self.revisions if each.number == number - 1), None)

    def seal(self, *, start: int = 1) -> None:
        """Compute the digests from this revision on, as the site does when it records; keep those of hidden ones."""
        for revision in self.revisions:
            if revision.number < start or (revision.removals and revision.digest):
                continue
            if revision.blocks is None:
                revision.digest = revision.digest or sha(f"hidden {self.key} {revision.number}".encode())
                continue
            revision.digest = self.digest(revision)

    def digest(self, revision: ToyRevision) -> str:
        """The digest that follows from a revision as it reads now."""
        values = {
            "author": revision.author,
            "document": self.document(revision),
            "parent": self.parent(revision.number),
            "summary": revision.summary,
            "time": revision.stamp(),
        }
        return sha(dumps({**values, "reviewer": revision.reviewer} if revision.reviewer else values))

    def at(self, number: int) -> ToyRevision:
        return next(each for each in self.revisions if each.number == number)


def blocks_of(page: str, version: int) -> dict[str, dict[str, Any]]:
    """The blocks of a page in canonical form: a head, a context, a point, two positions, a backer, a source."""
    names = ("context", "point", "first", "second", "backer", "source")
    keys = {name: key_of(f"{page} {name}") for name in names}
    citation = {"key": key_of(f"{page} citation"), "relation": "supports", "source": keys["source"]}
    return {
        key_of(page): {
            "block": "head",
            "key": key_of(page),
            "slug": page,
            "title": f"The question of {page}",
            "question": "Is it so?",
            "topic": {"key": key_of("topic"), "slug": "topic", "title": "A topic"},
            "status": "active",
            "polarity": "binary",
            "publication": "published",
            "points": [keys["point"]],
            "positions": [keys["first"], keys["second"]],
        },
        keys["context"]: {
            "block": "context",
            "key": keys["context"],
            "text": f"What came before, {version}.",
        },
        keys["point"]: {"block": "point", "key": keys["point"], "title": "What counts", "kind": "empirical"},
        keys["first"]: {
            "block": "position",
            "key": keys["first"],
            "claim": "It is so.",
            "confidence": "high",
            "argument": f"Argument no. {version} — “with quotes”, ünïcödé.",
            "citations": [citation],
            "stances": [{"point": keys["point"], "text": "It counts."}],
            "backings": [{"backer": keys["backer"], "key": key_of(f"{page} backing")}],
        },
        keys["second"]: {"block": "position", "key": keys["second"], "claim": "It is not so."},
        keys["backer"]: {
            "block": "backer",
            "key": keys["backer"],
            "slug": f"{page}-backer",
            "name": "An institute",
            "kind": "organisation",
            "aliases": ["The institute"],
        },
        keys["source"]: {
            "block": "source",
            "key": keys["source"],
            "slug": f"{page}-source",
            "title": "A study",
            "url": "https://example.org/study",
        },
    }


@dataclass
class ToySite:
    """A site: its pages, and the entries of its log in order."""

    pages: list[ToyPage] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    key: Signer = KEY

    @classmethod
    def build(cls, pages: int = 3, revisions: int = 4) -> "ToySite":
        """Pages that grow in turn; the second revision of the last page is hidden."""
        site = cls()
        for i in range(pages):
            slug = f"page-{i}"
            history = [
                ToyRevision(
                    number,
                    "Ada Editor",
                    f"Change {number}",
                    START + datetime.timedelta(hours=number * pages + i),
                    blocks_of(slug, number),
                    reviewer="Rex Reviewer" if number == 2 else "",
                )
                for number in range(1, revisions + 1)
            ]
            site.pages.append(ToyPage(key_of(slug), slug, history))
        site.pages[-1].at(2).blocks = None
        for page in site.pages:
            page.seal()
        shown = [(each.time, page, each) for page in site.pages for each in page.revisions if each.blocks]
        for _time, page, each in sorted(shown, key=lambda each: each[0]):
            site.log(page, each.number)
        site.pages.sort(key=lambda page: page.key)
        return site

    def copy(self) -> "ToySite":
        return copy.deepcopy(self)

    def page(self, slug: str) -> ToyPage:
        return next(page for page in self.pages if page.slug == slug)

    # -- the log --

    def log(self, page: ToyPage, number: int) -> None:
        """Append the entry of a revision that became public."""
        self.entries.append({"digest": page.at(number).digest, "number": number, "page": page.key})

    def index(self, page: ToyPage, number: int) -> int:
        """The index of a revision's newest entry."""
        wanted = (number, page.key)
        return max(
            i
            for i, each in enumerate(self.entries)
            if "digest" in each and (each.get("number"), each.get("page")) == wanted
        )

    @property
    def leaves(self) -> list[bytes]:
        return [rfc6962.leaf(dumps(each)) for each in self.entries]

    def head(self, size: int | None = None) -> str:
        """The text of a checkpoint."""
        size = len(self.entries) if size is None else size
        return f"{self.key.name}\n{size}\n{b64(rfc6962.root(self.leaves[:size]))}\n"

    def checkpoint(
        self,
        size: int | None = None,
        *,
        witnesses: int = 2,
        time: datetime.datetime | None = None,
        key: Signer | None = None,
    ) -> bytes:
        """A checkpoint signed by the log, and by this many witnesses, once its last entry was written."""
        text = self.head(size)
        lines = [(key or self.key).line(text)]
        when = time or START + datetime.timedelta(hours=3 + (len(self.entries) if size is None else size))
        lines += [each.line(text, when) for each in WITNESSES[:witnesses]]
        return f"{text}\n{''.join(lines)}".encode()

    def write_log(self, folder: Any, size: int | None = None, note: bytes | None = None) -> None:
        """Write the log's files as a site serves them: the checkpoint, and the bundles of entries."""
        size = len(self.entries) if size is None else size
        (folder / "tile" / "entries").mkdir(parents=True)
        (folder / "checkpoint").write_bytes(note or self.checkpoint(size))
        for start in range(0, size, 256):
            texts = [dumps(each) for each in self.entries[start : min(size, start + 256)]]
            path = folder / "tile" / "entries" / f"{start // 256:03}"
            if len(texts) < 256:
                path = path.with_name(f"{path.name}.p") / str(len(texts))
                path.parent.mkdir()
            path.write_bytes(b"".join(len(text).to_bytes(2, "big") + text for text in texts))

    # -- words that are removed --

    def remove_words(self, slug: str, words: str, *, declare: bool = True) -> None:
        """Remove words from all blocks of a page, and declare each removal in the log."""
        page = self.page(slug)
        done: set[str] = set()
        for revision in page.revisions:
            for key, block in (revision.blocks or {}).items():
                before, text = sha(dumps(block)), dumps(block).decode()
                if words not in text:
                    continue
                after = text.replace(words, "⟦removed⟧")
                assert revision.blocks is not None
                revision.blocks[key] = json.loads(after)
                now = sha(after.encode())
                if now in done:
                    continue
                done.add(now)
                erased = page.removed.pop(before, (before, []))
                removal = {
                    "time": (START + datetime.timedelta(days=2)).isoformat(timespec="microseconds"),
                    "ground": "privacy",
                    "reason": "A private person.",
                    "office": "publisher",
                    "now": now,
                }
                page.removed[now] = (erased[0], [*erased[1], removal])
                if declare:
                    self.entries.append(
                        {
                            "erased": erased[0],
                            "ground": "privacy",
                            "key": key,
                            "now": now,
                            "number": revision.number,
                            "page": page.key,
                            "part": "block",
                        }
                    )

    def remove_author(self, slug: str, number: int, *, declare: bool = True) -> None:
        """Remove the author's name of a revision."""
        page = self.page(slug)
        revision = page.at(number)
        revision.author = "⟦name removed⟧"
        now = sha(revision.author.encode())
        revision.removals.append(
            {
                "part": "author",
                "time": (START + datetime.timedelta(days=2)).isoformat(timespec="microseconds"),
                "ground": "privacy",
                "reason": "",
                "office": "publisher",
                "now": now,
            }
        )
        if declare:
            self.entries.append(
                {
                    "erased": revision.digest,
                    "ground": "privacy",
                    "now": now,
                    "number": number,
                    "page": page.key,
                    "part": "author",
                    "revision_now": page.digest(revision),
                }
            )

    # -- files --

    def corpus(self, *checkpoints: bytes, notes: bool = True) -> bytes:
        """The corpus with its log; with the newest checkpoint, if none is given."""
        lines: list[bytes] = []
        revisions = sum(len(page.revisions) for page in self.pages)
        header = {
            "format": "crux-corpus",
            "version": 1,
            "site": {"name": "Crux", "url": "https://crux.example"},
            "newest": None,
            "pages": len(self.pages),
            "revisions": revisions,
            "rights": "",
            **({"with": ["log"]} if notes else {}),
        }
        lines.append(dumps(header))
        if notes:
            for note in checkpoints or (self.checkpoint(),):
                lines.append(dumps({"checkpoint": note.decode()}))
            lines += [dumps({"entry": each}) for each in self.entries]
        lines.append(dumps({"topic": {"key": key_of("topic"), "slug": "topic", "title": "A topic"}}))
        for page in self.pages:
            lines += self._page_lines(page)
        text = b"".join(line + b"\n" for line in lines)
        return text + dumps({"end": {"lines": len(lines)}, "sha256": sha(text)}) + b"\n"

    def _page_lines(self, page: ToyPage) -> list[bytes]:
        lines = [dumps({"page": page.key, "slug": page.slug, "revisions": len(page.revisions)})]
        shown: dict[str, str] = {}
        for revision in page.revisions:
            if revision.blocks is None:
                lines.append(
                    dumps(
                        {
                            "hidden": revision.number,
                            "time": revision.time.isoformat(timespec="seconds"),
                            "publication": "withdrawn",
                            "digest": revision.digest,
                        }
                    )
                )
                continue
            digests = {key: page.block_digest(block) for key, block in revision.blocks.items()}
            changed = [key for key, digest in digests.items() if shown.get(key) != digest]
            values: dict[str, Any] = {
                "revision": revision.number,
                "time": revision.stamp(),
                "author": revision.author,
                "summary": revision.summary,
                "document": page.document(revision),
                "digest": revision.digest,
                "changed": changed,
            }
            if revision.reviewer:
                values["reviewer"] = revision.reviewer
            if revision.kind:
                values["kind"] = revision.kind
            if list(shown) != list(digests):
                values["order"] = list(digests)
            if revision.removals:
                values["removals"] = revision.removals
            lines.append(dumps(values))
            for key in changed:
                block = revision.blocks[key]
                now = sha(dumps(block))
                if now in page.removed:
                    erased, removals = page.removed[now]
                    lines.append(dumps({"redacted": key, "digest": erased, "removals": removals}))
                lines.append(dumps(block))
            shown = digests
        return lines

    def page_json(self, slug: str, number: int) -> bytes:
        """The JSON of a page at a revision, with all defaults, as readers download it."""
        page = self.page(slug)
        revision = page.at(number)
        assert revision.blocks is not None
        values: dict[str, Any] = {
            "revision": {
                "number": number,
                "time": revision.time.isoformat(),
                "author": revision.author,
                **({"reviewer": revision.reviewer} if revision.reviewer else {}),
                "summary": revision.summary,
                "digest": revision.digest,
                "document_digest": page.document(revision),
            }
        }
        for block in map(dict, revision.blocks.values()):
            kind = block.pop("block")
            if kind == "head":
                del block["points"], block["positions"]
                values |= {"status_summary": "", "attribution": "", **block}
            elif kind == "context":
                values["context"] = {"citations": [], **block}
            else:
                defaults = {
                    "position": {
                        "argument": "",
                        "confidence": "not-rated",
                        "stances": [],
                        "backings": [],
                        "citations": [],
                    },
                    "source": {"authors": "", "kind": "other", "doi": ""},
                    "backer": {"aliases": [], "description": ""},
                    "point": {"body": "", "citations": []},
                }
                values.setdefault(f"{kind}s", []).append({**defaults[kind], **block})
        return json.dumps(values, ensure_ascii=False, indent=1).encode() + b"\n"

    def proof(self, slug: str, number: int, note: bytes | None = None, *, size: int | None = None) -> bytes:
        """The proof of a revision, with what its JSON lacks beside it."""
        page = self.page(slug)
        revision = page.at(number)
        assert revision.blocks is not None
        leaves = self.leaves[: len(self.entries) if size is None else size]
        index = self.index(page, number)
        extra: dict[str, Any] = {
            "blocks": [[key, page.block_digest(block)] for key, block in revision.blocks.items()],
            "parent": page.parent(number),
        }
        if "replaces" in self.entries[index]:
            extra["replaces"] = self.entries[index]["replaces"]
        standing = {sha(dumps(block)) for block in revision.blocks.values()}
        removals = [
            {"entry": each, "index": i, "proof": [b64(line) for line in rfc6962.inclusion(i, leaves)]}
            for i, each in enumerate(self.entries[: len(leaves)])
            if each.get("page") == page.key
            and "erased" in each
            and (each["now"] in standing or (each["part"] != "block" and each["number"] == number))
        ]
        if removals:
            extra["removals"] = removals
        lines = ["c2sp.org/tlog-proof@v1", f"extra {b64(dumps(extra))}", f"index {index}"]
        lines += [b64(each) for each in rfc6962.inclusion(index, leaves)]
        return "\n".join(lines).encode() + b"\n\n" + (note or self.checkpoint(len(leaves)))
