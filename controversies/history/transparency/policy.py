"""Policies: which logs and witnesses are trusted, and how many make a checkpoint valid (c2sp.org/tlog-policy)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .notes import Algorithm, MalformedNote, VerifierKey, parse_key

NONE = "none"
_LOG_KINDS = (Algorithm.ED25519, Algorithm.ML_DSA_44)
_WITNESS_KINDS = (Algorithm.COSIGNATURE, Algorithm.ML_DSA_44)


class InvalidPolicy(ValueError):
    """A policy that cannot be read, with the number of its line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(_("Line %(line)s of the policy: %(reason)s") % {"line": line, "reason": reason})
        self.line = line


@dataclass(frozen=True, slots=True)
class PolicyMember:
    """A log or witness: its key, and the address at which it is asked; "" without one. Logs have no name."""

    name: str
    key: VerifierKey
    url: str


@dataclass(frozen=True, slots=True)
class WitnessGroup:
    """Members by name, of whom `threshold` must have cosigned for the group to have done so."""

    members: tuple[str, ...]
    threshold: int


@dataclass(slots=True)
class TrustPolicy:
    """A policy: logs, witnesses and groups by name, and the name of the quorum, or `NONE`."""

    logs: list[PolicyMember] = field(default_factory=list)
    witnesses: dict[str, PolicyMember] = field(default_factory=dict)
    groups: dict[str, WitnessGroup] = field(default_factory=dict)
    quorum: str = ""

    @property
    def witness_keys(self) -> list[VerifierKey]:
        return [witness.key for witness in self.witnesses.values()]

    def is_met(self, cosigned: Iterable[VerifierKey]) -> bool:
        """Whether cosignatures of these keys, all verified, are enough."""
        keys = set(cosigned)
        met = {name for name, witness in self.witnesses.items() if witness.key in keys}
        for name, group in self.groups.items():  # each names only those before it
            if sum(member in met for member in group.members) >= group.threshold:
                met.add(name)
        return self.quorum == NONE or self.quorum in met


def parse_policy(text: str | bytes) -> TrustPolicy:
    """Return the policy that a text says. Raises InvalidPolicy with the line."""
    return _PolicyParser().parse(text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text)


class _PolicyParser:
    def __init__(self) -> None:
        self.policy = TrustPolicy()
        self.line = 0
        self.public_keys: set[tuple[str, bytes]] = set()
        self.grouped: set[str] = set()

    def refuse(self, reason: str) -> InvalidPolicy:
        return InvalidPolicy(self.line, reason)

    def parse(self, text: str) -> TrustPolicy:
        readers = {"log": self.log, "witness": self.witness, "group": self.group, "quorum": self.set_quorum}
        lines = text.removesuffix("\n").split("\n")
        for self.line, line in enumerate(lines, 1):
            if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line):
                raise self.refuse(_("Remove the control characters."))
            words = [word for word in re.split(r"[ \t]+", line) if word]
            if not words or words[0].startswith("#"):
                continue
            if words[0] not in readers:
                raise self.refuse(_("Begin with log, witness, group, quorum or #."))
            readers[words[0]](words[1:])
        if not self.policy.quorum:
            raise self.refuse(_("Add a line “quorum …”, or “quorum none”."))
        return self.policy

    def key(self, text: str, sort: str, kinds: tuple[Algorithm, ...]) -> VerifierKey:
        try:
            key = parse_key(text)
        except MalformedNote as error:
            raise self.refuse(str(error)) from error
        if key.algorithm not in kinds:
            raise self.refuse(_("This key is not of a kind that may sign here."))
        if (sort, key.public) in self.public_keys:
            raise self.refuse(_("This key is there already."))
        self.public_keys.add((sort, key.public))
        return key

    def log(self, words: list[str]) -> None:
        if len(words) not in (1, 2):
            raise self.refuse(_("Write “log <key> <address>”; the address may be left out."))
        key = self.key(words[0], "log", _LOG_KINDS)
        self.policy.logs.append(PolicyMember("", key, "".join(words[1:])))

    def define(self, name: str) -> None:
        if name == NONE or name in self.policy.witnesses or name in self.policy.groups:
            raise self.refuse(_("The name “%s” is taken.") % name)

    def witness(self, words: list[str]) -> None:
        if len(words) not in (2, 3):
            raise self.refuse(_("Write “witness <name> <key> <address>”; the address may be left out."))
        self.define(words[0])
        key = self.key(words[1], "witness", _WITNESS_KINDS)
        self.policy.witnesses[words[0]] = PolicyMember(words[0], key, "".join(words[2:]))

    def group(self, words: list[str]) -> None:
        if not words[2:]:
            raise self.refuse(_("Write “group <name> <number, any or all> <members>”."))
        name, count, *members = words
        self.define(name)
        for member in members:
            if member not in self.policy.witnesses and member not in self.policy.groups:
                raise self.refuse(_("No line before this one defines “%s”.") % member)
            if member in self.grouped:
                raise self.refuse(_("“%s” is in a group already.") % member)
            self.grouped.add(member)
        numbers = {"any": 1, "all": len(members)}
        threshold = numbers.get(count) or (int(count) if re.fullmatch(r"[0-9]{1,9}", count, re.ASCII) else 0)
        if not 1 <= threshold <= len(members):
            raise self.refuse(_("The number must be from 1 to the number of members."))
        self.policy.groups[name] = WitnessGroup(tuple(members), threshold)

    def set_quorum(self, words: list[str]) -> None:
        if len(words) != 1 or self.policy.quorum:
            raise self.refuse(_("Write one line “quorum <name>”, or “quorum none”."))
        if words[0] not in (NONE, *self.policy.witnesses, *self.policy.groups):
            raise self.refuse(_("No line before this one defines “%s”.") % words[0])
        self.policy.quorum = words[0]
