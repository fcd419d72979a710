#!/usr/bin/env python3
"""crux_verify: check that nobody rewrote what a site published. One file, nothing to install.

    python3 crux_verify.py page.json --proof 12.tlog-proof --policy policy     # one page, as you read it
    python3 crux_verify.py corpus.jsonl.gz --policy policy                     # the whole record of a site
    python3 crux_verify.py --site https://example.org --policy policy          # the log of a site, online
    python3 crux_verify.py https://example.org/controversies/x/ --policy policy    # one page, online

Add `--checkpoint FILE` for each checkpoint that you, or somebody you trust, saved earlier: what was rewritten since
shows. It needs Python 3.9 or newer, imports nothing of Crux, and uses no network unless you name an address.
Exit status: 0 verified, 1 not verified, 2 wrong usage.

Formats: signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy, tlog-proof, tlog-tiles (https://c2sp.org); Merkle
trees of RFC 6962, section 2.1; Ed25519 of RFC 8032. The site's page for auditors has the rest.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import bisect
import datetime
import gzip
import hashlib
import http.client
import io
import itertools
import json
import os
import re
import struct
import sys
import urllib.request
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

VERSION = "1"
LONGEST_LINE = 16 * 2**20  # bytes of a line of a corpus
LARGEST_PAGE = 64 * 2**20  # bytes of the JSON of a page, and of its proof
LARGEST_NOTE = 2**20  # bytes of a checkpoint or a policy
MOST_SIGNATURES = 100  # in a note
MOST_SHOWN = 100  # findings of one run that are described; more are counted
SKEW = datetime.timedelta(minutes=10)  # by which the clocks of a site and of a witness may differ

# Blocks of a page besides its head, in order: name, member of the JSON, are there many, does the head list their keys.
BLOCKS = (
    ("context", "context", False, False),
    ("point", "points", True, True),
    ("position", "positions", True, True),
    ("backer", "backers", True, False),
    ("source", "sources", True, False),
)
# A value that equals its field's default is not in canonical JSON. All other defaults are empty.
DEFAULTS = {("position", "confidence"): "not-rated", ("source", "kind"): "other"}
NOT_RECORDED = frozenset({"revision", "redactions"})  # members of a page's JSON that belong to no block

# Everything that can be wrong, by kind.
FAULTS = {
    "unreadable": "{reason}",
    # Who signed the log
    "unsigned": "Nobody has signed this: nothing shows that it was not rewritten. {advice}",
    "forged-signature": "The log’s signature is wrong: this was altered, or somebody else signed it.",
    "forged-cosignature": "The cosignature of the witness {name} is wrong: this was altered, or somebody else "
    "signed it.",
    "unknown-signer": "No log of the policy has signed this checkpoint of {origin}. If the site has a new key, "
    "get the new policy from somebody you trust.",
    "no-quorum": "Too few witnesses have confirmed this ({names}): the site may show others another log.",
    "old-checkpoint": "This may be old: {age}. Ask for a newer one.",
    # The log
    "forged-entry": "{reason}",
    "cut-log": "{size} entries were signed, and only {here} are here: the log was cut off, or this copy is too old.",
    "rewritten-log": "The first {size} entries are not those that were signed: one was changed, inserted, "
    "removed or moved since. Keep this checkpoint and this copy: together they prove it.",
    "split-view": "Two signed checkpoints of {size} entries contradict each other: this and {other}. The site "
    "showed different logs. Keep both: together they prove it.",
    "stale-checkpoint": "It has {size} entries; {other}, which was signed earlier, has {more}: you were shown "
    "an old state.",
    "other-log": "This is of the log {origin}. The log {newest} does not say that it follows that one, so it "
    "can hide what that one had.",
    # The record
    "altered-file": "{reason}",
    "altered-part": "This does not read as it was published: it was altered.",
    "added-part": "This part was added: it was not published with this revision.",
    "missing-part": "The part with the key {key} is missing.",
    "moved-parts": "The parts of the page were put in another order.",
    "altered-parts": "The parts of revision {number} are not those that were recorded. One was altered, added, "
    "removed or moved: {where}.",
    "altered-revision": "The author, reviewer, time, reason or text of revision {number}, or the revision "
    "before it, was altered: its digest does not follow from them.",
    "other-page": "Entry {index} of the log is not revision {number} of this page: the proof is of another page"
    " or revision, or the page was altered together with its digest.",
    "missing-revision": "Revision {number} is missing: {why}.",
    "unlogged-revision": "The log has no entry of revision {number}: it was inserted, or never shown.",
    "rewritten-revision": "Revision {number} is not the one that entry {index} of the log has: it was rewritten.",
    "backdated": "Revision {number} is backdated. It says {claimed}; at {seen}, witnesses saw the log without it.",
    "missing-page": "The page with the key {key} is missing: the log has it up to revision {number}, and does "
    "not say that it was withdrawn.",
    "withdrawn-page": "This page is here, and entry {index} of the log says that it was withdrawn.",
    # Words that were removed
    "altered-removal": "This is not the text that was left when words were removed: it was altered since.",
    "unlogged-removal": "Words were removed {times} times here, and the log declares {logged} of these removals.",
    "undone-removal": "Entry {index} of the log says that words were removed here, and they are here: this copy"
    " is older, or they were put back.",
}


class Unreadable(ValueError):
    """Input that cannot be read on, with the place and the reason."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place, self.reason = place, reason


class WrongUsage(Exception):
    """Options that do not go together, with what to write instead."""


class ReportLine(NamedTuple):
    """One result: its kind in a word, the place, and a sentence."""

    kind: str
    place: str
    message: str


class Report:
    """Everything a run has to say: faults, notes, facts by name. Only the first of each are kept; all are counted."""

    def __init__(self) -> None:
        self.faults: list[ReportLine] = []
        self.notes: list[ReportLine] = []
        self.counts: Counter[str] = Counter()  # faults by kind
        self.noted: Counter[str] = Counter()  # notes by kind
        self.facts: dict[str, Any] = {}

    def fault(self, kind: str, place: str, **values: object) -> None:
        self.counts[kind] += 1
        if len(self.faults) < MOST_SHOWN:
            self.faults.append(ReportLine(kind, place, FAULTS[kind].format(**values)))

    def note(self, kind: str, place: str, message: str) -> None:
        self.noted[kind] += 1
        if len(self.notes) < MOST_SHOWN:
            self.notes.append(ReportLine(kind, place, message))

    @property
    def is_verified(self) -> bool:
        return not self.counts


# ---- Ed25519 (RFC 8032, section 5.1), verification only ----

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493  # order of the base point
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)  # of -1
_Point = tuple[int, int, int, int]  # x, y, z, t with x = X/Z, y = Y/Z, xy = T/Z
_ZERO: _Point = (0, 1, 1, 0)


def _add(p: _Point, q: _Point) -> _Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c = 2 * p[3] * q[3] * _D % _P
    d = 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(p: _Point) -> _Point:
    a, b, c = p[0] * p[0] % _P, p[1] * p[1] % _P, 2 * p[2] * p[2] % _P
    h = a + b
    e, g = h - (p[0] + p[1]) * (p[0] + p[1]) % _P, a - b
    f = c + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _decode_point(encoded: bytes) -> _Point | None:
    """Return the point, None for what encodes none, for a second encoding of one, and for points of small order."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P == -u % _P:
        x = x * _ROOT % _P
    if v * x * x % _P != u or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    point = (x, y, 1, x * y % _P)
    times_eight = _double(_double(_double(point)))
    if times_eight[0] == 0 and times_eight[1] == times_eight[2]:
        return None
    return point


_BASE = _decode_point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little")) or _ZERO


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is a signature of the message by the key: strict, without cofactor.

    Small orders, encodings that are not canonical and an S that is not reduced are refused.
    """
    if len(public) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    key, r = _decode_point(public), _decode_point(signature[:32])
    if s >= _L or key is None or r is None:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    minus = (_P - key[0], key[1], 1, _P - key[3])
    steps = (None, _BASE, minus, _add(_BASE, minus))
    total = _ZERO  # becomes s·B - k·A
    for bit in range(252, -1, -1):
        total = _double(total)
        step = steps[(s >> bit & 1) | (k >> bit & 1) << 1]
        if step is not None:
            total = _add(total, step)
    return (total[0] - r[0] * total[2]) % _P == 0 and (total[1] - r[1] * total[2]) % _P == 0


# ---- Merkle trees (RFC 6962, section 2.1) ----


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def hash_leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def hash_node(first: bytes, second: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + first + second).digest()


class GrowingTree:
    """A tree that grows leaf by leaf. It keeps the roots of its complete subtrees, and its own at the given sizes."""

    def __init__(self, sizes: set[int]) -> None:
        self.size = 0
        self.sizes = sizes
        self.roots: dict[int, bytes] = {0: sha256(b"")}
        self._subtrees: list[bytes] = []  # largest first

    def append(self, leaf: bytes) -> None:
        bits, subtrees = self.size, self._subtrees
        while bits & 1:
            leaf = hash_node(subtrees.pop(), leaf)
            bits >>= 1
        subtrees.append(leaf)
        self.size += 1
        if self.size in self.sizes:
            self.roots[self.size] = self._root()

    def _root(self) -> bytes:
        root = self._subtrees[-1]
        for each in reversed(self._subtrees[:-1]):
            root = hash_node(each, root)
        return root


def root_of_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to; None if its length does not fit the tree."""
    if index >= size:
        return None
    node, last, root = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = hash_node(each, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = hash_node(root, each)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


# ---- Keys, notes, checkpoints, policies (C2SP) ----

ED25519, COSIGNATURE = 1, 4  # signature types of logs and of witnesses


def _base64(text: str, place: str) -> bytes:
    """Decode standard base64, in the one form that encodes it."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeError):
        data = b""
    if not data or base64.b64encode(data).decode() != text:
        raise Unreadable(place, f"This is not base64: {quote(text)}.")
    return data


def _hash(text: str, place: str) -> bytes:
    data = _base64(text, place)
    if len(data) != 32:
        raise Unreadable(place, f"A hash has 32 bytes: {quote(text)} has {len(data)}.")
    return data


def _decimal(text: str, place: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]{0,18}", text) or int(text) >= 2**63:
        raise Unreadable(place, f"This is not a whole number without leading zeros: {quote(text)}.")
    return int(text)


def quote(text: object) -> str:
    """Return the beginning of a text from outside in quotation marks, fit for a terminal."""
    start = str(text)[:81]
    clean = "".join(each if each.isprintable() else "�" for each in start)
    return f"“{clean[:80]}{'…' if len(start) > 80 else ''}”"


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(each.isspace() for each in name)


class TrustedKey(NamedTuple):
    """A key that a policy names (a vkey of signed-note): of a log or of a witness."""

    name: str
    id: bytes
    type: int
    public: bytes

    @classmethod
    def parse(cls, text: str, place: str) -> TrustedKey:
        name, _, rest = text.partition("+")
        digits, _, encoded = rest.partition("+")
        if not _is_key_name(name) or not re.fullmatch("[0-9a-f]{8}", digits):
            raise Unreadable(place, f"A key reads name+8 hexadecimal digits+base64, not {quote(text)}.")
        data = _base64(encoded, place)
        key = cls(name, bytes.fromhex(digits), data[0], data[1:])
        if key.type in (ED25519, COSIGNATURE):
            named = name.encode("utf-8", "surrogateescape") + b"\n" + data
            if len(key.public) != 32 or key.id != sha256(named)[:4]:
                raise Unreadable(place, f"The ID of this key is not that of its name and key: {quote(text)}.")
        return key


class ParsedNote:
    """A text with signature lines (signed-note), unverified: its text, and name, key ID and signature of each line."""

    def __init__(self, data: bytes, place: str) -> None:
        if len(data) > LARGEST_NOTE:
            raise Unreadable(place, "This is too large to be a signed note.")
        try:
            text = data.decode()
        except UnicodeError:
            raise Unreadable(place, "This is not UTF-8, so it is no signed note.") from None
        if any(each < " " and each != "\n" for each in text):
            raise Unreadable(place, "This has control characters, so it is no signed note.")
        end = text.rfind("\n\n")
        lines = text[end + 2 :].split("\n")
        if end < 0 or len(lines) < 2 or lines.pop():
            raise Unreadable(place, "A signed note is a text, an empty line, and lines with signatures.")
        if len(lines) > MOST_SIGNATURES:
            raise Unreadable(place, "This note has too many signatures.")
        self.place, self.text = place, text[: end + 1]
        self.signatures: list[tuple[str, bytes, bytes]] = []
        for line in lines:
            dash, _, rest = line.partition(" ")
            name, _, encoded = rest.partition(" ")
            if dash != "—" or not _is_key_name(name):
                raise Unreadable(place, f"This is not the line of a signature: {quote(line)}.")
            signature = _base64(encoded, place)
            if len(signature) < 5:
                raise Unreadable(place, f"This signature is too short: {quote(line)}.")
            self.signatures.append((name, signature[:4], signature[4:]))

    def signatures_by(self, key: TrustedKey) -> list[bytes]:
        return [signature for name, id, signature in self.signatures if (name, id) == (key.name, key.id)]


class CheckpointNote(NamedTuple):
    """The size and root of a log, as a signed note says them (tlog-checkpoint)."""

    note: ParsedNote
    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, data: bytes, place: str) -> CheckpointNote:
        note = ParsedNote(data, place)
        lines = note.text.split("\n")[:-1]
        if len(lines) < 3 or not all(lines):
            raise Unreadable(place, "A checkpoint has an origin, a size and a root, each in a line.")
        return cls(note, lines[0], _decimal(lines[1], place), _hash(lines[2], place))

    @property
    def place(self) -> str:
        return self.note.place


class PolicyFile:
    """The logs and witnesses that a reader trusts, and how many of them a checkpoint needs (tlog-policy)."""

    def __init__(self, data: bytes, place: str) -> None:
        if len(data) > LARGEST_NOTE or re.search(rb"[^\t\n\x20-\x7e\x80-\xff]", data):
            raise Unreadable(place, "A policy is a text without control characters.")
        self.logs: list[TrustedKey] = []
        self.witnesses: dict[str, TrustedKey] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum = ""
        self._members: set[str] = set()
        for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
            words = [word for word in re.split("[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                self._take(words, f"{place}, line {number}")
        if not self.quorum:
            raise Unreadable(place, "A policy has a line “quorum …”; without witnesses, “quorum none”.")

    def _take(self, words: list[str], place: str) -> None:
        sort, *rest = words
        if sort == "log" and len(rest) in (1, 2):
            self._add_key(self.logs, rest[0], place)
        elif sort == "witness" and len(rest) in (2, 3):
            self._define(rest[0], place)
            self.witnesses[rest[0]] = self._add_key(list(self.witnesses.values()), rest[1], place)
        elif sort == "group" and len(rest) >= 3:
            name, least, *names = rest
            self._define(name, place)
            for each in names:
                self._check_defined(each, place)
                if each in self._members:
                    raise Unreadable(place, f"{quote(each)} is a member of a group already.")
                self._members.add(each)
            needed = {"all": len(names), "any": 1}.get(least) or _decimal(least, place)
            if not 1 <= needed <= len(names):
                raise Unreadable(place, f"A group of {len(names)} cannot need {needed}.")
            self.groups[name] = (needed, names)
        elif sort == "quorum" and len(rest) == 1 and not self.quorum:
            if rest[0] != "none":
                self._check_defined(rest[0], place)
            self.quorum = rest[0]
        else:
            raise Unreadable(
                place, f"This is not a line of a policy, or is there twice: {quote(' '.join(words))}."
            )

    def _add_key(self, known: list[TrustedKey], text: str, place: str) -> TrustedKey:
        key = TrustedKey.parse(text, place)
        if any(key.public == each.public for each in known):
            raise Unreadable(place, "This key is there twice.")
        known.append(key)
        return key

    def _define(self, name: str, place: str) -> None:
        if name == "none" or name in self.witnesses or name in self.groups:
            raise Unreadable(place, f"The name {quote(name)} is taken.")

    def _check_defined(self, name: str, place: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise Unreadable(place, f"{quote(name)} is not defined above this line.")

    def is_met(self, name: str, cosigned: Iterable[str]) -> bool:
        """Whether these witnesses are enough for this witness, group or quorum."""
        if name in self.groups:
            needed, names = self.groups[name]
            return sum(self.is_met(each, cosigned) for each in names) >= needed
        return name == "none" or name in cosigned

    def check(self, head: CheckpointNote, report: Report) -> dict[str, int] | None:
        """Return who cosigned a checkpoint, with times in seconds since 1970; None if its log did not sign it."""
        text = head.note.text.encode()
        keys = [key for key in self.logs if key.name == head.origin and key.type == ED25519]
        signatures = [(key, each) for key in keys for each in head.note.signatures_by(key)]
        if not signatures:
            report.fault("unknown-signer", head.place, origin=quote(head.origin))
            return None
        if not all(ed25519_verify(key.public, text, each) for key, each in signatures):
            report.fault("forged-signature", head.place)
            return None
        times = {}
        for name, key in self.witnesses.items():
            if key.type != COSIGNATURE:
                report.note(
                    "unknown-key",
                    head.place,
                    f"this verifier does not know the kind of key of {quote(name)}.",
                )
                continue
            for each in head.note.signatures_by(key):
                time = int.from_bytes(each[:8], "big")
                cosigned = b"cosignature/v1\ntime %d\n%s" % (time, text)
                if len(each) != 72 or time >= 2**63 or not ed25519_verify(key.public, cosigned, each[8:]):
                    report.fault("forged-cosignature", head.place, name=quote(name))
                    return None
                times[name] = time
        return times


# ---- JSON ----


def dumps(value: object) -> bytes:
    """Return canonical JSON: keys sorted, no white space, UTF-8, no character escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("an object has the same name twice")
    return members


def _refuse_number(digits: str) -> Any:
    raise ValueError("numbers such as " + quote(digits) + " are not part of the format")


def _whole_number(digits: str) -> int:
    return int(digits) if len(digits) <= 18 else _refuse_number(digits)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_int=_whole_number,
    parse_float=_refuse_number,
    parse_constant=_refuse_number,
)


def parse_object(data: bytes, place: str, *, is_canonical: bool = True) -> dict[str, Any]:
    """Return the members of a JSON object. Raises Unreadable."""
    try:
        value = _DECODER.decode(data.decode())
        same = not is_canonical or dumps(value) == data
        dumps(value)  # a lone surrogate cannot be encoded
    except RecursionError:
        raise Unreadable(place, "this is nested too deeply.") from None
    except ValueError as error:
        raise Unreadable(place, f"this is not the JSON of the format: {_plain(error)}.") from None
    if not isinstance(value, dict):
        raise Unreadable(place, "this must be a JSON object.")
    if not same:
        raise Unreadable(place, "this is not canonical JSON: it was written by another program, or altered.")
    return value


def _plain(error: BaseException) -> str:
    return str(error).split("\n")[0][:200].rstrip(".")


def member(values: dict[str, Any], name: str, kind: type, place: str, default: object = None) -> Any:
    """Return a member of exactly this type. Raises Unreadable."""
    value = values.get(name, default)
    if type(value) is not kind:
        names = {str: "a text", int: "a whole number", list: "a list", dict: "an object"}
        raise Unreadable(place, f"“{name}” must be {names[kind]}.")
    return value


def _digest(values: dict[str, Any], name: str, place: str) -> bytes:
    digits = member(values, name, str, place)
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise Unreadable(place, f"“{name}” must be a digest of 64 hexadecimal digits.")
    return bytes.fromhex(digits)


def _key(values: dict[str, Any], name: str, place: str) -> str:
    key: str = member(values, name, str, place)
    if not _KEY.fullmatch(key):
        raise Unreadable(place, f"“{name}” must be a key, as in 6f9619ff-8b86-4d01-b42d-00cf4fc964ff.")
    return key


def _time(values: dict[str, Any], place: str) -> datetime.datetime:
    """Return the time of a revision, in UTC."""
    text = member(values, "time", str, place)
    if _TIME.fullmatch(text):
        try:
            return datetime.datetime.fromisoformat(text)
        except ValueError:
            pass
    raise Unreadable(place, "“time” must be a time in UTC, as in 2026-03-08T09:30:00.000000+00:00.")


_KEY = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?\+00:00", re.ASCII)


def revision_digest(values: dict[str, Any], document: str, parent: str | None, place: str) -> bytes:
    """Return the digest of a revision: of the one before it, the document, who, when and why. Raises Unreadable."""
    reviewer = member(values, "reviewer", str, place, "")
    data = {
        "author": member(values, "author", str, place),
        "document": document,
        "parent": parent,
        "summary": member(values, "summary", str, place),
        "time": _time(values, place).isoformat(timespec="microseconds"),
        **({"reviewer": reviewer} if reviewer else {}),
    }
    return sha256(dumps(data))


def document_digest(blocks: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the digest of a document of these blocks, by key and digest, in order."""
    return sha256(dumps([[key, digest.hex()] for key, digest in blocks]))


# ---- The log: its entries, and what they say of each page ----

_REVISION_ENTRY = re.compile(
    rb'\{"digest":"([0-9a-f]{64})","number":([1-9][0-9]{0,8}),"page":"'
    rb'([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"\}'
)
_REVISION = struct.Struct(">IQ32s")  # number, index of the entry, digest: 44 bytes of memory for each


@dataclass(frozen=True)
class RemovalEntry:
    """An entry that says that words were removed: from what, and the digests of what it was and of what it is now."""

    index: int
    number: int
    part: str
    block: str  # key; "" of a text of a revision
    erased: bytes  # the same as `now` where all digests since were replaced
    now: bytes
    ground: str
    revision_now: bytes  # of a text of a revision: the digest that follows from the revision since

    @classmethod
    def parse(cls, index: int, values: dict[str, Any], place: str) -> RemovalEntry:
        block = _key(values, "key", place) if "key" in values else ""
        part = member(values, "part", str, place)
        if (part == "block") != bool(block):
            raise Unreadable(place, "A removal is of a part of the page, or of a text of a revision.")
        return cls(
            index,
            member(values, "number", int, place),
            part,
            block,
            _digest(values, "erased" if "erased" in values else "now", place),
            _digest(values, "now", place),
            member(values, "ground", str, place),
            b"" if block else _digest(values, "revision_now", place),
        )

    @property
    def sentence(self) -> str:
        return f"words were removed; entry {self.index} of the log says so (ground: {quote(self.ground)})."


class PageEntries:
    """All entries of one page."""

    def __init__(self) -> None:
        self.packed = bytearray()  # revisions, in order
        self.last = 0  # number of the newest revision or withdrawal
        self.withdrawals: dict[int, tuple[int, bytes]] = {}  # index and digest, by number
        self.removals: list[RemovalEntry] = []
        self.replacements: dict[
            int, list[tuple[int, bytes, bytes]]
        ] = {}  # index, digest, digest before, by number

    @property
    def is_withdrawn(self) -> bool:
        return self.last in self.withdrawals

    def revisions(self, report: Report) -> dict[int, tuple[int, bytes]]:
        """Return index and digest of each public revision by number: the newest digest, where it was made again."""
        entries = {number: (index, digest) for number, index, digest in _REVISION.iter_unpack(self.packed)}
        for number, replacements in self.replacements.items():
            known = self.withdrawals if number in self.withdrawals else entries
            first, digest = known.get(number, (-1, b""))
            for index, again, before in replacements:
                if digest != before:
                    reason = f"It replaces a revision {number} that the log does not have."
                    report.fault("forged-entry", f"entry {index}", reason=reason)
                digest = again
            known[number] = (first, digest)
        return entries


class FormerLog:
    """A log that this one follows: its last checkpoint, and its tree, which the entries here make without the first."""

    def __init__(self, head: CheckpointNote) -> None:
        self.head, self.tree = head, GrowingTree({head.size})


class LogEntries:
    """All entries of a log in order: the tree that they make, and what they say of each page."""

    def __init__(self, report: Report, sizes: set[int]) -> None:
        self.report, self.sizes = report, sizes
        self.tree = GrowingTree(sizes)
        self.pages: dict[str, PageEntries] = {}
        self.formers: list[FormerLog] = []  # newest first

    def append(self, entry: bytes) -> None:
        """Take the next entry; name it in the report if it is none that a site writes."""
        index, leaf = self.tree.size, hash_leaf(entry)
        self.tree.append(leaf)
        for former in self.formers:
            former.tree.append(leaf)
        match = _REVISION_ENTRY.fullmatch(entry)
        try:
            if match is None:
                self._append_other(index, entry)
            else:
                number = int(match[2])
                page = self._next(index, number, match[3].decode())
                page.packed += _REVISION.pack(number, index, bytes.fromhex(match[1].decode()))
        except Unreadable as error:
            self.report.fault("forged-entry", error.place, reason=error.reason)

    def _next(self, index: int, number: int, key: str) -> PageEntries:
        """Return the page of an entry of a revision, which is its newest. Raises Unreadable."""
        page = self.pages.get(key)
        if page is None:
            page = self.pages[key] = PageEntries()
        if number <= page.last:
            raise Unreadable(
                f"entry {index}",
                f"It names revision {number} of page {key}, and an entry before names revision {page.last}: they "
                "contradict each other, or one was moved.",
            )
        page.last = number
        return page

    def _append_other(self, index: int, entry: bytes) -> None:
        place = f"entry {index}"
        values = parse_object(entry, place)
        if set(values) == {"checkpoint"} and index == len(self.formers):
            note = member(values, "checkpoint", str, place).encode()
            former = FormerLog(CheckpointNote.parse(note, f"the earlier log’s checkpoint in {place}"))
            former.tree.sizes |= self.sizes
            self.formers.append(former)
            return
        number, key = member(values, "number", int, place), _key(values, "page", place)
        names = set(values) - {"number", "page"}
        if names == {"digest", "withdrawn"} and values["withdrawn"] is True:
            digest = _digest(values, "digest", place)
            self._next(index, number, key).withdrawals[number] = (index, digest)
        elif names - {"withdrawn"} == {"digest", "replaces"} and values.get("withdrawn", True) is True:
            again, before = _digest(values, "digest", place), _digest(values, "replaces", place)
            page = self.pages.setdefault(key, PageEntries())
            page.replacements.setdefault(number, []).append((index, again, before))
        elif names - {"erased", "key", "revision_now"} == {"now", "part", "ground"}:
            page = self.pages.setdefault(key, PageEntries())
            page.removals.append(RemovalEntry.parse(index, values, place))
        else:
            raise Unreadable(place, "This is none of the kinds of entries that there are: no site writes it.")

    def check_head(self, head: CheckpointNote, newest: CheckpointNote) -> None:
        """Hold the entries against a checkpoint of this log, or of one that it follows."""
        former = next((each for each in self.formers if each.head.origin == head.origin), None)
        if head.origin == newest.origin:
            self._check_root(head, self.tree)
        elif former is not None:
            self._check_root(head, former.tree)
        else:
            self.report.fault("other-log", head.place, origin=quote(head.origin), newest=quote(newest.origin))

    def check_formers(self, policy: PolicyFile | None) -> None:
        """Hold the entries against the last checkpoints of the logs that this one follows."""
        for former in self.formers:
            head = former.head
            if policy is not None and any(key.name == head.origin for key in policy.logs):
                policy.check(head, self.report)
            self._check_root(head, former.tree)
            self.report.note(
                "earlier-log",
                head.place,
                f"the site began a new log; the earlier one, {quote(head.origin)}, ended with {head.size} entries.",
            )

    def _check_root(self, head: CheckpointNote, tree: GrowingTree) -> None:
        if head.size > tree.size:
            self.report.fault("cut-log", head.place, size=head.size, here=tree.size)
        elif tree.roots[head.size] != head.root:
            self.report.fault("rewritten-log", head.place, size=head.size)


# ---- Checkpoints: those that the site shows, and those that were saved earlier ----


class HeadCheck:
    """All checkpoints at hand, and who signed them."""

    def __init__(self, policy: PolicyFile | None, report: Report, max_age: int | None = None) -> None:
        self.policy, self.report, self.max_age = policy, report, max_age
        self.current: list[CheckpointNote] = []  # as the site shows them now
        self.saved: list[CheckpointNote] = []
        self.sizes: set[int] = set()  # at which the root is needed
        self._times: dict[str, dict[str, int] | None] = {}  # by place: of each witness
        self._seen: list[tuple[CheckpointNote, datetime.datetime]] = []  # those that witnesses saw, and when

    def add(self, head: CheckpointNote, *, is_saved: bool) -> None:
        """Take a checkpoint, and check who signed it."""
        (self.saved if is_saved else self.current).append(head)
        self.sizes.add(head.size)
        if self.policy is None:
            return
        times = self._times[head.place] = self.policy.check(head, self.report)
        if times:
            self._seen.append((head, _moment(max(times.values()))))

    @property
    def newest(self) -> CheckpointNote | None:
        """The newest checkpoint that the site shows; without one, the newest that was saved."""
        return max(self.current or self.saved, key=lambda each: each.size, default=None)

    def seen_sizes(self, entries: LogEntries) -> tuple[list[int], list[datetime.datetime]]:
        """Return the sizes that witnesses saw, ascending, and when they last saw that there were no more entries."""
        before = {
            each.head.origin: i for i, each in enumerate(entries.formers, 1)
        }  # first entries that it lacks
        newest = self.newest.origin if self.newest else ""
        sizes = [
            (head.size + before.get(head.origin, 0), time)
            for head, time in self._seen
            if head.origin in before or head.origin == newest
        ]
        sizes.sort()
        return [size for size, _time in sizes], list(
            itertools.accumulate((time for _size, time in sizes), max)
        )

    def check(self, entries: LogEntries | None) -> None:
        """Hold checkpoints against one another, against the policy's quorum, and against the entries, if there are."""
        newest = self.newest
        if newest is None:
            self.report.fault("unsigned", "", advice="Name a checkpoint with --checkpoint FILE.")
            return
        self._check_newest(newest)
        heads = [*self.current, *self.saved]
        for i, head in enumerate(heads):
            for other in heads[:i]:
                if (head.origin, head.size) == (other.origin, other.size) and head.root != other.root:
                    self.report.fault("split-view", head.place, size=head.size, other=other.place)
            if head.origin == newest.origin and head.size > newest.size:
                values = {"size": newest.size, "other": head.place, "more": head.size}
                self.report.fault("stale-checkpoint", newest.place, **values)
            if entries is not None:
                entries.check_head(head, newest)
        if entries is None:
            return
        entries.check_formers(self.policy)
        if entries.tree.size > newest.size:
            self.report.note(
                "unsigned",
                newest.place,
                f"the last {entries.tree.size - newest.size} of {entries.tree.size} entries are not signed yet: "
                "nothing protects them before the next checkpoint.",
            )

    def _check_newest(self, newest: CheckpointNote) -> None:
        """Check the quorum and the age of the newest checkpoint, and state its facts."""
        times = self._times.get(newest.place)
        self.report.facts["log"] = {
            "origin": newest.origin,
            "size": newest.size,
            "root": base64.b64encode(newest.root).decode(),
            "is_signed": times is not None,
            "witnesses": {
                self.policy.witnesses[name].name: f"{_moment(time):%Y-%m-%dT%H:%M:%SZ}"
                for name, time in sorted((times or {}).items())
                if self.policy
            },
        }
        if self.policy is None or times is None:
            return
        if not self.policy.is_met(self.policy.quorum, times):
            names = ", ".join(map(quote, sorted(times))) or "none"
            self.report.fault("no-quorum", newest.place, names=names)
        if self.max_age is not None:
            days = (
                datetime.datetime.now(datetime.timezone.utc) - _moment(max(times.values(), default=0))
            ).days
            if not times:
                self.report.fault("old-checkpoint", newest.place, age="no witness says when it was signed")
            elif days >= self.max_age:
                self.report.fault(
                    "old-checkpoint", newest.place, age=f"witnesses last saw it {days} days ago"
                )


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_LAST_MOMENT = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)


def _moment(seconds: int) -> datetime.datetime:
    """Return the time, at most the last one that can be written."""
    return min(
        _LAST_MOMENT,
        _EPOCH + datetime.timedelta(days=min(seconds // 86400, 2_900_000), seconds=seconds % 86400),
    )


# ---- A page: its JSON and its proof ----


@dataclass(frozen=True)
class LogProof:
    """The proof that an entry is in a log (tlog-proof): its index, the hashes beside its way to the root, a checkpoint.

    `extra` is the line of this name, which only what it leads to can prove: canonical JSON of an object with the
    `parent`, the digest of the revision before (null of the first); `blocks`, the list of [key, digest] of the page's
    parts; and where there are any, `removals`, of each the `entry`, its `index` and its `proof`; and `replaces`.
    """

    extra: dict[str, Any]
    index: int
    hashes: list[bytes]
    head: CheckpointNote

    @classmethod
    def parse(cls, data: bytes, place: str) -> LogProof:
        body, _, note = data.partition(b"\n\n")
        try:
            first, *lines = body.decode("ascii").split("\n")
        except UnicodeError:
            first, lines = "", []
        if first != "c2sp.org/tlog-proof@v1":
            raise Unreadable(place, "This is no proof: its first line must be “c2sp.org/tlog-proof@v1”.")
        extra: dict[str, Any] = {}
        if lines and lines[0].startswith("extra "):
            extra = parse_object(_base64(lines.pop(0)[6:], place), f"{place}, “extra”")
        if not lines or not lines[0].startswith("index "):
            raise Unreadable(place, "The line “index …” is missing.")
        index = _decimal(lines.pop(0)[6:], place)
        return cls(extra, index, [_hash(line, place) for line in lines], CheckpointNote.parse(note, place))

    def has(self, entry: bytes) -> bool:
        """Whether this is the entry at the proof’s index."""
        return root_of_inclusion(self.index, self.head.size, hash_leaf(entry), self.hashes) == self.head.root


class PageBlock(NamedTuple):
    """A part of a page: its key, its name for people, and the digest of what it says."""

    key: str
    label: str
    digest: bytes


def without_defaults(values: dict[str, Any], block: str = "") -> dict[str, Any]:
    """Return the members without those that equal their default, as canonical JSON has them."""
    kept = {}
    for name, value in values.items():
        canonical = value
        if isinstance(value, dict):
            canonical = without_defaults(value)
        elif isinstance(value, list):
            canonical = [without_defaults(each) if isinstance(each, dict) else each for each in value]
        default = DEFAULTS.get((block, name))
        if value != default if default else value not in ("", []):
            kept[name] = canonical
    return kept


def page_blocks(values: dict[str, Any], place: str) -> list[PageBlock]:
    """Return the parts of a page's JSON, in the order in which its document has them."""
    attributes = {attribute for _name, attribute, _many, _listed in BLOCKS}
    head = {name: value for name, value in values.items() if name not in attributes | NOT_RECORDED}
    listed, rest = {}, []
    for name, attribute, is_many, is_listed in BLOCKS:
        parts = (
            member(values, attribute, list, place, [])
            if is_many
            else [member(values, attribute, dict, place)]
        )
        keys = []
        for number, part in enumerate(parts, 1):
            label = _label(name, number, part)
            if not isinstance(part, dict):
                raise Unreadable(f"{place}, {label}", "This must be an object.")
            keys.append(_key(part, "key", f"{place}, {label}"))
            rest.append(
                PageBlock(keys[-1], label, sha256(dumps({**without_defaults(part, name), "block": name})))
            )
        if is_listed:
            listed[attribute] = keys
    text = dumps({**without_defaults(head), **listed, "block": "head"})
    label = "the head (title, question, status, topic, review, attribution, order of points and positions)"
    return [PageBlock(_key(head, "key", place), label, sha256(text)), *rest]


def _label(name: str, number: int, part: object) -> str:
    """Return the name of a part for people, as “position B, “Open weights …””; without its place, if `number` is 0."""
    place = str(number) if number else ""
    if name == "position":
        place = ""
        while number:
            number, letter = divmod(number - 1, 26)
            place = chr(ord("A") + letter) + place
    label = "the context" if name == "context" else f"{name} {place}".strip()
    texts = [part.get(each) for each in ("claim", "title", "name")] if isinstance(part, dict) else []
    return next((f"{label}, {quote(text)}" for text in texts if isinstance(text, str)), label)


class PageCheck:
    """One page's JSON, held against its proof."""

    def __init__(self, data: bytes, place: str, proof: LogProof, report: Report) -> None:
        self.place, self.proof, self.report = place, proof, report
        self.values = parse_object(data, place, is_canonical=False)
        self.revision = member(self.values, "revision", dict, place)
        self.blocks = page_blocks(self.values, place)
        self.key = self.blocks[0].key
        self.number: int = member(self.revision, "number", int, place)
        self.stated = _digest(self.revision, "digest", place)
        self.listed: dict[str, bytes] = {}  # digests of the parts by key, as the proof lists them
        beside = f"{proof.head.place}, “extra”"
        for pair in member(proof.extra, "blocks", list, beside, []):
            if not isinstance(pair, list) or len(pair) != 2:
                raise Unreadable(beside, "“blocks” must list keys with digests.")
            named = {"key": pair[0], "digest": pair[1]}
            self.listed[_key(named, "key", beside)] = _digest(named, "digest", beside)
        self.parent = (
            _digest(proof.extra, "parent", beside).hex() if proof.extra.get("parent") is not None else None
        )
        self.replaced = _digest(proof.extra, "replaces", beside).hex() if "replaces" in proof.extra else ""
        self.removals = self._removals(beside)

    def _removals(self, place: str) -> dict[tuple[str, str], RemovalEntry]:
        """Return the removals that the proof proves to be in the log, by part and block: the newest of each."""
        removals: dict[tuple[str, str], RemovalEntry] = {}
        for each in member(self.proof.extra, "removals", list, place, []):
            if not isinstance(each, dict):
                raise Unreadable(place, "“removals” must list objects.")
            values, index = member(each, "entry", dict, place), member(each, "index", int, place)
            hashes = [_hash(str(line), place) for line in member(each, "proof", list, place)]
            removal = RemovalEntry.parse(index, values, place)
            proof = replace(self.proof, index=index, hashes=hashes)
            is_logged = index >= 0 and values.get("page") == self.key and proof.has(dumps(values))
            if is_logged and (removal.block or removal.number == self.number):
                removals[removal.part, removal.block] = removal
        return removals

    def _is_logged(self, digest: bytes) -> bool:
        """Whether the log has this revision with this digest, where the proof says."""
        values = {"digest": digest.hex(), "number": self.number, "page": self.key}
        return self.proof.has(dumps({**values, "replaces": self.replaced} if self.replaced else values))

    def _digest_with(self, document: bytes) -> bytes:
        """Return the digest of the revision, were this its document's."""
        return revision_digest(self.revision, document.hex(), self.parent, self.place)

    def run(self) -> None:
        """Name everything that differs from what the log has."""
        place, report = self.place, self.report
        digests = {block.key: block.digest for block in self.blocks}  # as they were published
        for block in self.blocks:
            removal = self.removals.get(("block", block.key))
            if removal and (removal.erased, removal.now) == (self.listed.get(block.key), block.digest):
                digests[block.key] = removal.erased
                report.note("removal", f"{place}, {block.label}", removal.sentence)
        document = document_digest(digests.items())
        texts = [
            each
            for (part, _block), each in self.removals.items()
            if part != "block" and each.erased == self.stated
        ]
        is_document_stated = member(self.revision, "document_digest", str, place) == document.hex()
        if self._is_logged(self._digest_with(document)):
            if self.stated != self._digest_with(document) or not is_document_stated:
                report.fault("altered-part", f"{place}, “revision”")
            elif self.replaced:
                report.note("replacement", place, _made_again(self.number, self.proof.index))
        elif texts:
            self._check_texts(texts, document)
        else:
            self._explain(digests)
        proven = {"number", "time", "author", "reviewer", "summary", "digest", "document_digest"}
        if member(self.revision, "replaces", list, place, [])[-1:] == [self.replaced]:
            proven.add("replaces")
        if more := sorted(self.revision.keys() - proven):
            report.note(
                "not-proven", f"{place}, “revision”", f"the proof is not of: {', '.join(map(quote, more))}."
            )

    def _explain(self, digests: dict[str, bytes]) -> None:
        """Name what was altered, as the log has another revision than this."""
        place, report = self.place, self.report
        if self.listed and self._is_logged(self._digest_with(document_digest(self.listed.items()))):
            for block in self.blocks:
                if block.key not in self.listed:
                    report.fault("added-part", f"{place}, {block.label}")
                elif digests[block.key] != self.listed[block.key]:
                    report.fault("altered-part", f"{place}, {block.label}")
            for key in self.listed.keys() - digests.keys():
                report.fault("missing-part", place, key=key)
            if digests.keys() == self.listed.keys() and list(digests) != list(self.listed):
                report.fault("moved-parts", place)
        elif self._is_logged(self.stated):
            report.fault("altered-revision", place, number=self.number)
        else:
            report.fault("other-page", place, index=self.proof.index, number=self.number)

    def _check_texts(self, removals: list[RemovalEntry], document: bytes) -> None:
        """Check a revision whose author, reviewer or reason was removed: its digest does not follow any more."""
        place, report = self.place, self.report
        if not self._is_logged(self.stated):
            report.fault("other-page", place, index=self.proof.index, number=self.number)
        for removal in removals:
            text = member(self.revision, removal.part, str, place, "")
            if removal.now != sha256(text.encode()):
                report.fault("altered-removal", f"{place}, {quote(removal.part)}")
            report.note("removal", f"{place}, {quote(removal.part)}", removal.sentence)
        newest = max(removals, key=lambda each: each.index)
        if newest.revision_now != self._digest_with(document):
            report.fault("altered-revision", place, number=self.number)


def _made_again(number: int, index: int) -> str:
    """Say that a revision has another digest than it once had, and where the log declares it."""
    return f"revision {number} was made again, without words that had to go; entry {index} says so."


# ---- The whole record: a corpus ----


def read_lines(raw: io.BufferedReader, place: str) -> Iterator[tuple[int, bytes]]:
    """Every line of a file, compressed by gzip or not, with its number and without its line feed. Raises Unreadable."""
    stream: Any = gzip.GzipFile(fileobj=raw) if raw.peek(2)[:2] == b"\x1f\x8b" else raw
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(LONGEST_LINE + 2)
        except (EOFError, OSError, zlib.error) as error:
            raise Unreadable(
                f"{place}, line {number}", f"The file is damaged or cut off: {_plain(error)}."
            ) from None
        if not line:
            return
        if not line.endswith(b"\n"):
            is_long = len(line) > LONGEST_LINE
            reason = (
                "This line is longer than any may be." if is_long else "The file is cut off in this line."
            )
            raise Unreadable(f"{place}, line {number}", reason)
        yield number, line[:-1]


class RemovalText(NamedTuple):
    """A removal as a corpus has it: the digest of the text since, and the ground."""

    now: bytes
    ground: str


class OpenRevision:
    """A revision of a corpus, whose parts follow in lines of their own."""

    def __init__(self, values: dict[str, Any], place: str, number: int, keys: list[str]) -> None:
        self.values, self.place, self.number = values, place, number
        self.keys = keys  # of the parts that are still to come
        self.parts: list[str] = []  # the lines of those that came, for people
        # Of the next part: its key, its digest before words were removed from it, and the removals.
        self.removed: tuple[str, bytes, list[RemovalText]] | None = None


class CorpusPage:
    """A page of a corpus while its lines are read."""

    def __init__(self, slug: str, count: int, entries: PageEntries, report: Report) -> None:
        self.slug, self.count, self.entries = slug, count, entries
        self.logged = entries.revisions(report)  # less those that were here
        self.number = 0
        self.parent: str | None = None
        self.order: list[str] = []
        self.digests: dict[str, bytes] = {}  # of the parts that stand, by key
        self.is_off = (
            False  # whether the parts of the last revision were not those recorded, which is named once
        )


class CorpusCheck:
    """A corpus read line by line: every digest computed again, and held against the entries of the log."""

    def __init__(self, place: str, report: Report, heads: HeadCheck) -> None:
        self.file, self.report, self.heads = place, report, heads
        self.entries = LogEntries(report, heads.sizes)
        self.counts: Counter[str] = Counter()
        self.page: CorpusPage | None = None
        self.pending: OpenRevision | None = None
        self.keys: set[str] = set()  # of the pages that are here
        self.seen: tuple[list[int], list[datetime.datetime]] = ([], [])  # `HeadCheck.seen_sizes`
        self.line = 0
        self.says_log = False  # whether the header says that a log follows

    @property
    def is_logged(self) -> bool:
        """Whether the corpus has a log to hold its pages against."""
        return self.says_log or self.entries.tree.size > 0

    @property
    def place(self) -> str:
        where = f", page {quote(self.page.slug)}" if self.page else ""
        return f"{self.file}, line {self.line}{where}"

    # -- lines --

    def run(self, lines: Iterable[tuple[int, bytes]]) -> None:
        """Check all lines. Raises Unreadable where nothing can be read on."""
        digest = hashlib.sha256()
        is_whole = False
        for self.line, line in lines:
            values = parse_object(line, self.place)
            if is_whole:
                raise Unreadable(self.place, "Nothing comes after the footer.")
            if "end" in values:
                self._close_page()
                counts = member(values, "end", dict, self.place)
                is_whole = True
                if (counts.get("lines"), values.get("sha256")) != (self.line - 1, digest.hexdigest()):
                    reason = "The footer does not fit: a line was lost, added or altered since the file was written."
                    self.report.fault("altered-file", self.place, reason=reason)
                continue
            digest.update(line + b"\n")
            if self.line == 1:
                if values.get("format") != "crux-corpus" or values.get("version") not in (1, 2):
                    raise Unreadable(self.place, "This is no corpus that this verifier knows.")
                self.says_log = "log" in member(values, "with", list, self.place, [])
            else:
                self._take(values, line)
        if not is_whole:
            raise Unreadable(self.place, "The footer is missing: the file was cut off.")
        if self.is_logged:
            self._check_missing_pages()
            self.heads.check(self.entries)

    def _take(self, values: dict[str, Any], line: bytes) -> None:
        if "redacted" in values:
            self._take_removals(values)
        elif "block" in values or "erased" in values:
            self._take_block(values, line)
        elif "revision" in values:
            self._take_revision(values)
        elif "hidden" in values:
            self._take_hidden(values)
        else:
            self._close_page()
            if "page" in values:
                self._begin_page(values)
            elif "entry" in values and not self.keys:
                self.entries.append(dumps(member(values, "entry", dict, self.place)))
            elif "checkpoint" in values and not self.entries.tree.size:
                note = member(values, "checkpoint", str, self.place).encode()
                self.heads.add(CheckpointNote.parse(note, f"the checkpoint in {self.place}"), is_saved=False)
            elif not values.keys() & {"topic", "backer", "source"}:
                raise Unreadable(self.place, "This verifier does not know this kind of line, or not here.")

    def _begin_page(self, values: dict[str, Any]) -> None:
        key, slug = _key(values, "page", self.place), member(values, "slug", str, self.place)
        if key in self.keys:
            self.report.fault("altered-file", self.place, reason="This page is there twice.")
        if not self.keys:
            self.seen = self.heads.seen_sizes(self.entries)
        self.keys.add(key)
        count = member(values, "revisions", int, self.place)
        self.page = CorpusPage(slug, count, self.entries.pages.get(key) or PageEntries(), self.report)
        self.counts["pages"] += 1

    def _next(self, values: dict[str, Any], name: str) -> CorpusPage:
        """Close the revision before, and return the page that goes on with this one. Raises Unreadable."""
        self._close_revision()
        number = member(values, name, int, self.place)
        page = self.page
        if page is None or number != page.number + 1:
            last = "the page’s first line" if page is None else f"revision {page.number}"
            raise Unreadable(
                self.place, f"Revision {number} cannot follow {last}: one was removed, inserted or moved."
            )
        page.number = number
        self.counts["revisions"] += 1
        return page

    def _take_hidden(self, values: dict[str, Any]) -> None:
        page, digest = self._next(values, "hidden"), _digest(values, "digest", self.place)
        index, logged = page.entries.withdrawals.get(page.number, (-1, digest))
        if logged != digest:
            self.report.fault("rewritten-revision", self.place, number=page.number, index=index)
        page.parent = digest.hex()

    def _take_revision(self, values: dict[str, Any]) -> None:
        page = self._next(values, "revision")
        page.order = _keys(values, "order", self.place) or page.order
        kept = set(page.order)
        page.digests = {key: digest for key, digest in page.digests.items() if key in kept}
        written = {*_keys(values, "changed", self.place), *_keys(values, "earlier", self.place)}
        keys = [key for key in page.order if key in written]
        self.pending = OpenRevision(values, self.place, page.number, keys)

    def _take_removals(self, values: dict[str, Any]) -> None:
        if self.pending is None:
            raise Unreadable(self.place, "A removal belongs to a part of a revision.")
        nows = [self._removal(each) for each in _objects(values, "removals", self.place)]
        self.pending.removed = (
            _key(values, "redacted", self.place),
            _digest(values, "digest", self.place),
            nows,
        )

    def _take_block(self, values: dict[str, Any], line: bytes) -> None:
        pending, page = self.pending, self.page
        is_lost = "erased" in values
        key = _key(values, "erased" if is_lost else "key", self.place)
        if pending is None or page is None or key not in pending.keys:
            raise Unreadable(self.place, "This part belongs to no revision: a line was added or moved.")
        pending.keys.remove(key)
        digest = _digest(values, "digest", self.place) if is_lost else sha256(line)
        removed, pending.removed = pending.removed, None
        if is_lost:
            self.report.note(
                "lost-part", self.place, "the text of this part is not in the file; its digest is."
            )
        elif removed is not None and removed[0] == key:
            _block, erased, nows = removed
            self._check_removals(
                [each for each in page.entries.removals if each.block == key], erased, nows, digest
            )
            digest = erased
        else:
            for each in page.entries.removals:
                if (each.block, each.erased) == (key, digest) and each.now != digest:
                    self.report.fault("undone-removal", self.place, index=each.index)
        name = str(values.get("block", "part"))
        pending.parts.append(f"{_label(name, 0, values)} in line {self.line}")
        page.digests[key] = digest

    def _check_removals(
        self, entries: Iterable[RemovalEntry], erased: bytes, nows: list[RemovalText], digest: bytes
    ) -> None:
        """Hold removals against the log: it has an entry of each, and the text is what the last one left."""
        if not nows or nows[-1].now != digest:
            self.report.fault("altered-removal", self.place)
        if (
            not self.is_logged or erased == digest
        ):  # all digests since were replaced: each has an entry of its own
            return
        logged = [each for each in entries if each.erased == erased]
        declared = [RemovalText(each.now, each.ground) for each in logged]
        if declared != nows:
            count = len(set(declared) & set(nows))
            self.report.fault("unlogged-removal", self.place, times=len(nows), logged=count)
        else:
            self.report.note("removal", self.place, logged[-1].sentence)

    def _removal(self, values: dict[str, Any]) -> RemovalText:
        return RemovalText(_digest(values, "now", self.place), member(values, "ground", str, self.place))

    # -- revisions and pages that are complete --

    def _close_revision(self) -> None:
        """Compute the digests of the revision whose parts were read, and hold them against the log."""
        pending, page = self.pending, self.page
        self.pending = None
        if pending is None or page is None:
            return
        values, place, number = pending.values, pending.place, pending.number
        if pending.keys or len(page.digests) < len(page.order):
            raise Unreadable(place, f"A part of revision {number} is missing: a line was removed.")
        stated, document = _digest(values, "digest", place), _digest(values, "document", place)
        is_off = document != document_digest((key, page.digests[key]) for key in page.order)
        if is_off and not page.is_off:
            where = ", ".join(pending.parts) or "their order"
            self.report.fault("altered-parts", place, number=number, where=where)
        page.is_off = is_off
        if stated != revision_digest(values, document.hex(), page.parent, place):
            if "removals" in values:
                self._check_texts(page, pending, stated, document)
            else:
                self.report.fault("altered-revision", place, number=number)
        page.parent = stated.hex()
        if self.is_logged:
            self._check_logged(page, pending, stated)

    def _check_texts(self, page: CorpusPage, pending: OpenRevision, stated: bytes, document: bytes) -> None:
        """Check a revision whose author, reviewer or reason was removed: its digest does not follow any more."""
        number = pending.number
        texts = [each for each in page.entries.removals if not each.block and each.number == number]
        now = revision_digest(pending.values, document.hex(), page.parent, pending.place)
        if texts and texts[-1].revision_now != now:
            self.report.fault("altered-revision", pending.place, number=number)
        nows: dict[str, list[RemovalText]] = {}
        for each in _objects(pending.values, "removals", pending.place):
            nows.setdefault(member(each, "part", str, pending.place), []).append(self._removal(each))
        for part, digests in nows.items():
            entries = [each for each in texts if each.part == part]
            text = member(pending.values, part, str, pending.place, "")
            self._check_removals(entries, stated, digests, sha256(text.encode()))

    def _check_logged(self, page: CorpusPage, pending: OpenRevision, stated: bytes) -> None:
        """Hold a revision against its entry in the log."""
        number, place = pending.number, pending.place
        index, digest = page.logged.pop(number, (-1, b""))
        if index < 0:
            self.report.fault("unlogged-revision", place, number=number)
            return
        if digest != stated:
            self.report.fault("rewritten-revision", place, number=number, index=index)
        for again, _digest_again, _before in page.entries.replacements.get(number, []):
            self.report.note("replacement", place, _made_again(number, again))
        sizes, latest = self.seen
        smaller = bisect.bisect_right(sizes, index)
        seen, claimed = latest[smaller - 1] if smaller else _EPOCH, _time(pending.values, place)
        if claimed + SKEW < seen:
            times = {"claimed": f"{claimed:%Y-%m-%d %H:%M} UTC", "seen": f"{seen:%Y-%m-%d %H:%M} UTC"}
            if pending.values.get("kind") == "import":
                self.report.note(
                    "import",
                    place,
                    "revision {} was imported. It says {claimed}; it was shown after {seen}.".format(
                        number, **times
                    ),
                )
            else:
                self.report.fault("backdated", place, number=number, **times)

    def _close_page(self) -> None:
        self._close_revision()
        page = self.page
        if page is None:
            return
        if page.number != page.count and not page.logged:
            why = f"the page’s first line announces {page.count}"
            self.report.fault("missing-revision", self.place, number=page.number + 1, why=why)
        for number, (index, _logged) in sorted(page.logged.items()):
            self.report.fault(
                "missing-revision", self.place, number=number, why=f"entry {index} of the log has it"
            )
        if page.entries.is_withdrawn:
            index, _withdrawn = page.entries.withdrawals[page.entries.last]
            self.report.fault("withdrawn-page", self.place, index=index)
        self.page = None

    def _check_missing_pages(self) -> None:
        for key, entries in self.entries.pages.items():
            if key in self.keys:
                continue
            if entries.is_withdrawn:
                self.counts["withdrawn pages"] += 1
            else:
                self.report.fault("missing-page", self.file, key=key, number=entries.last)


def _keys(values: dict[str, Any], name: str, place: str) -> list[str]:
    keys = [_key({name: each}, name, place) for each in member(values, name, list, place, [])]
    if len(set(keys)) < len(keys):
        raise Unreadable(place, f"“{name}” names a key twice.")
    return keys


def _objects(values: dict[str, Any], name: str, place: str) -> list[dict[str, Any]]:
    objects = member(values, name, list, place)
    if not all(isinstance(each, dict) for each in objects):
        raise Unreadable(place, f"“{name}” must list objects.")
    return list(objects)


# ---- Files and addresses ----


def read(address: str, most: int) -> bytes:
    """Return what is in a file, or at an address. Raises Unreadable."""
    try:
        if is_address(address):
            request = urllib.request.Request(address, headers={"User-Agent": f"crux_verify/{VERSION}"})
            with urllib.request.urlopen(request, timeout=60) as stream:
                data = stream.read(most + 1)
        else:
            with open(address, "rb") as file:
                data = file.read(most + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unreadable(address, f"This cannot be read: {_plain(error)}.") from None
    if len(data) > most:
        raise Unreadable(address, f"This has more than {most} bytes.")
    return bytes(data)


def is_address(text: str) -> bool:
    return bool(re.match("https?://", text))


def tile_path(index: int, width: int) -> str:
    """Return the path of a bundle of entries (tlog-tiles): three digits a folder, the width of one that is not full."""
    digits = str(index)
    digits = digits.zfill((len(digits) + 2) // 3 * 3)
    *folders, last = (digits[i : i + 3] for i in range(0, len(digits), 3))
    return "/".join(["tile/entries", *("x" + each for each in folders), last]) + (
        f".p/{width}" if width < 256 else ""
    )


def log_entries(site: str, size: int) -> Iterator[bytes]:
    """The entries of a site's log, up to this size. Raises Unreadable."""
    for start in range(0, size, 256):
        width = min(256, size - start)
        place = f"{site}/{tile_path(start // 256, width)}"
        data, end = read(place, 256 * 2**16), 0
        for _entry in range(width):
            begin = end + 2
            end = begin + int.from_bytes(data[end:begin], "big")
            if end > len(data):
                break
            yield data[begin:end]
        if end != len(data):
            raise Unreadable(place, f"This must have {width} entries, each after its length.")


# ---- The command ----


def check_page(source: str, proof: str, heads: HeadCheck, report: Report) -> None:
    """Verify a page's JSON with its proof; without one, both are fetched from the page's address."""
    if not proof:
        page = re.sub(r"(/|\.json)$", "", source.partition("?")[0])
        source = page + ".json"
    data = read(source, LARGEST_PAGE)
    if not proof:
        values = parse_object(data, source, is_canonical=False)
        number = member(member(values, "revision", dict, source), "number", int, source)
        proof = f"{re.sub('/revisions/[0-9]+$', '', page)}/revisions/{number}.tlog-proof"
    log_proof = LogProof.parse(read(proof, LARGEST_PAGE), proof)
    heads.add(log_proof.head, is_saved=False)
    check = PageCheck(data, source, log_proof, report)
    check.run()
    heads.check(None)
    for each in heads.saved:
        if each.size != log_proof.head.size:
            report.note(
                "not-compared",
                each.place,
                "only the whole log (--site, or a corpus) shows whether this fits.",
            )
    report.facts["page"] = {
        "title": check.values.get("title"),
        "key": check.key,
        "revision": check.number,
        "time": check.revision.get("time"),
        "entry": log_proof.index,
    }


def check_corpus(source: str, heads: HeadCheck, report: Report) -> None:
    """Verify a corpus: every digest, every entry of the log, and each against the other."""
    check = CorpusCheck(source, report, heads)
    try:
        with open(source, "rb") as raw:
            check.run(read_lines(raw, source))
    except OSError as error:
        raise Unreadable(source, f"This cannot be read: {_plain(error)}.") from None
    finally:
        report.facts["counts"] = {**check.counts, "entries": check.entries.tree.size}
    if not check.is_logged and heads.policy is not None:
        report.fault("unsigned", source, advice="The file has no log; get one that has.")


def check_site(site: str, heads: HeadCheck, report: Report) -> None:
    """Verify a site's log: every entry, and every checkpoint."""
    head = CheckpointNote.parse(read(f"{site}/checkpoint", LARGEST_NOTE), f"{site}/checkpoint")
    heads.add(head, is_saved=False)
    entries = LogEntries(report, heads.sizes)
    for entry in log_entries(site, head.size):
        entries.append(entry)
    for page in entries.pages.values():
        page.revisions(report)
    heads.check(entries)
    report.facts["counts"] = {"pages": len(entries.pages), "entries": entries.tree.size}


def _is_corpus(source: str) -> bool:
    """Whether a file begins as a corpus does, compressed or not."""
    try:
        with open(source, "rb") as raw:
            _number, line = next(read_lines(raw, source), (0, b""))
    except (OSError, Unreadable):
        return False
    return b'"format":"crux-corpus"' in line


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="crux_verify.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", help="the JSON of a page, a corpus, or the address of a page")
    parser.add_argument("--proof", metavar="FILE", help="the proof of the page; its name ends in .tlog-proof")
    parser.add_argument("--policy", metavar="FILE", help="the logs and witnesses that you trust")
    parser.add_argument(
        *("--checkpoint",),
        metavar="FILE",
        action="append",
        default=[],
        help="one that was saved earlier; may be repeated",
    )
    parser.add_argument("--site", metavar="ADDRESS", help="a site, or a folder with the files of its log")
    parser.add_argument(
        "--max-age", metavar="DAYS", type=int, help="refuse a checkpoint that witnesses saw longer ago"
    )
    parser.add_argument(
        "--digests-only", action="store_true", help="check a corpus without asking who signed its log"
    )
    parser.add_argument("--json", action="store_true", help="write the result as JSON")
    parser.add_argument("--version", action="version", version=VERSION)
    return parser


def _run(options: argparse.Namespace, report: Report) -> None:
    """Do what the options say. Raises WrongUsage and Unreadable."""
    if bool(options.file) == bool(options.site):
        raise WrongUsage("Name a file, or a site with --site.")
    if bool(options.policy) == options.digests_only:
        raise WrongUsage(
            "Name the policy with --policy FILE: it says whose signatures you trust. A site shows its own at "
            "/verify/policy. To check nothing but a corpus’s digests, write --digests-only instead."
        )
    is_page = bool(options.file) and (
        is_address(options.file) or bool(options.proof) or not _is_corpus(options.file)
    )
    if options.digests_only and (is_page or options.site):
        raise WrongUsage("--digests-only is for a corpus.")
    if is_page and not options.proof and not is_address(options.file):
        raise WrongUsage(
            f"{options.file} is no corpus. If it is the JSON of a page, name its proof with --proof FILE."
        )
    policy = PolicyFile(read(options.policy, LARGEST_NOTE), options.policy) if options.policy else None
    heads = HeadCheck(policy, report, options.max_age)
    for each in options.checkpoint:
        heads.add(CheckpointNote.parse(read(each, LARGEST_NOTE), each), is_saved=True)
    if options.site:
        check_site(options.site.rstrip("/"), heads, report)
    elif is_page:
        check_page(options.file, options.proof, heads, report)
    else:
        check_corpus(options.file, heads, report)


def describe(report: Report) -> Iterator[str]:
    """The lines of a report for people."""
    total = sum(report.counts.values())
    yield "VERIFIED" if report.is_verified else f"NOT VERIFIED: {total} {'fault' if total == 1 else 'faults'}"
    for kind, place, message in report.faults:
        yield f"  ✗ {kind}: {place + ': ' if place else ''}{message}"
    if total > len(report.faults):
        yield f"  … and {total - len(report.faults)} more"
    page, log, counts = (report.facts.get(name) for name in ("page", "log", "counts"))
    if page:
        yield f"  Page: {quote(page['title'])}, revision {page['revision']}, {page['time']}"
        yield f"  Entry of the log: {page['entry']}"
    if log:
        state = "signed by the log" if log["is_signed"] else "SIGNATURE NOT CHECKED"
        yield f"  Log: {quote(log['origin'])}, {log['size']} entries, root {log['root']}, {state}"
        for name, time in log["witnesses"].items():
            yield f"  Witness: {quote(name)}, {time}"
        if not log["witnesses"]:
            yield "  Witnesses: none. Compare the root with others, or keep this checkpoint and compare later."
    if counts:
        yield "  Checked: " + ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    for _kind, place, message in report.notes:
        yield f"  · {place}: {message}"
    if sum(report.noted.values()) > len(report.notes):
        yield f"  … and {sum(report.noted.values()) - len(report.notes)} more notes"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character
    report = Report()
    options = _options().parse_args(arguments)
    try:
        _run(options, report)
    except WrongUsage as error:
        print(f"crux_verify.py: {error}", file=sys.stderr)
        return 2
    except Unreadable as error:
        report.fault("unreadable", error.place, reason=error.reason)
    if options.json:
        result = {
            "verified": report.is_verified,
            "faults": [each._asdict() for each in report.faults],
            "faults_by_kind": dict(report.counts),
            "notes": [each._asdict() for each in report.notes],
            "notes_by_kind": dict(report.noted),
            **report.facts,
        }
        print(json.dumps(result, indent=1))
    else:
        print("\n".join(describe(report)))
    return 0 if report.is_verified else 1


if __name__ == "__main__":
    try:
        exit_status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the report wants no more of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        exit_status = 1
    sys.exit(exit_status)
