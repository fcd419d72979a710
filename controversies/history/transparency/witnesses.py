"""Ask witnesses to cosign a checkpoint (c2sp.org/tlog-witness), and believe none of them more than they prove.

A cosignature counts if it verifies with the witness's key in the policy. A witness that says that it signed another
history is asked for it: only a checkpoint with the log's own signature proves that the log contradicted itself.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import keys
from .exchange import HttpAnswer, HttpRequest, ask_all
from .notes import (
    InvalidSignature,
    MalformedNote,
    Signature,
    SignedNote,
    TreeHead,
    VerifierKey,
    encode_base64,
    parse_checkpoint,
    parse_note,
    parse_signatures,
    verify_note,
)
from .policy import PolicyMember

ROUNDS = 4  # of asking with another old size: a witness may sign for somebody else meanwhile
SKEW = 600  # seconds by which a witness's clock may be ahead
_OK, _CONFLICT, _UNPROCESSABLE = 200, 409, 422
_REASONS = {
    400: gettext_lazy("It does not understand the request."),
    403: gettext_lazy("It knows this log by another key. Send its operator the new one."),
    404: gettext_lazy("It does not know this log, or its address is wrong. Send its operator the log's key."),
}
_ELSE = gettext_lazy("It cannot answer now.")
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignedLog:
    """A checkpoint that the log signed, the log's key, and its tree: proofs to this size, and roots of earlier ones."""

    note: SignedNote
    head: TreeHead
    key: VerifierKey
    prove: Callable[[int], list[bytes]]
    root_at: Callable[[int], bytes]


@dataclass(slots=True)
class WitnessReport:
    """The answer of one witness: its signatures or, in a sentence, why there is none.

    `contradiction` is a note that the log's own key signed and that the log as it is here does not contain; a witness
    that `doubts` is asked for one.
    """

    witness: PolicyMember
    signatures: tuple[Signature, ...] = ()
    problem: str = ""
    doubts: bool = False
    contradiction: str = ""

    @property
    def has_cosigned(self) -> bool:
        return bool(self.signatures)


def cosign(
    log: SignedLog, witnesses: Iterable[PolicyMember], known: Mapping[str, int], *, seconds: float
) -> list[WitnessReport]:
    """Ask all witnesses, waiting at most so many seconds a round. `known` are sizes that they cosigned, by name."""
    reports = {each.name: WitnessReport(each) for each in witnesses}
    old = {name: min(known.get(name, 0), log.head.size) for name in reports}
    for _round in range(ROUNDS):
        requests = {
            name: HttpRequest(
                f"{reports[name].witness.url.rstrip('/')}/add-checkpoint", request_body(size, log)
            )
            for name, size in old.items()
        }
        answers = ask_all(requests, seconds=seconds)
        again = {
            name: _take(reports[name], answer, old[name], known.get(name, 0), log)
            for name, answer in answers.items()
        }
        old = {name: size for name, size in again.items() if size is not None}
        if not old:
            break
    for name in old:
        reports[name].problem = _("It named another size each time it was asked.")
    _ask_for_contradictions([each for each in reports.values() if each.doubts], log, seconds)
    return list(reports.values())


def request_body(old: int, log: SignedLog) -> bytes:
    """Return the body of `add-checkpoint`: the old size, the proof from it, and the signed checkpoint."""
    hashes = (encode_base64(each) for each in log.prove(old))
    return ("".join(f"{line}\n" for line in (f"old {old}", *hashes, "")) + str(log.note)).encode()


def cosigned_by(note: SignedNote, witnesses: Iterable[PolicyMember]) -> list[VerifierKey]:
    """Return the keys of the witnesses whose cosignatures a note has. Raises InvalidSignature."""
    return [each.key for each in verify_note(note, [each.key for each in witnesses], keys.verify)]


def _take(report: WitnessReport, answer: HttpAnswer, old: int, known: int, log: SignedLog) -> int | None:
    """Note the answer; return the old size to ask with again, if that is what the witness wants.

    `known` is a size that the witness has cosigned: one that names less has forgotten it, and may sign another history.
    """
    if answer.status == _OK:
        report.signatures = _valid_signatures(answer.text, report.witness, log.note)
        if not report.signatures:
            report.problem = _("Its answer has no valid cosignature by the key that the policy has for it.")
    elif answer.status == _CONFLICT and _SIZE.fullmatch(answer.text):
        size = int(answer.text)
        if known <= size <= log.head.size:
            return size
        if size < known:
            report.problem = _(
                "It has forgotten what it signed: it names %(theirs)s entries, and signed %(known)s. Ask its operator "
                "for a new key."
            ) % {"theirs": size, "known": known}
            return None
        report.doubts = True
        report.problem = _("It says that it signed %(theirs)s entries of this log; %(ours)s are here.") % {
            "theirs": size,
            "ours": log.head.size,
        }
    elif answer.status == _UNPROCESSABLE:
        report.doubts = True
        report.problem = (
            _("It refuses: this log does not contain the %s entries that it signed before.") % old
        )
    elif answer.status:
        reason = str(_REASONS.get(answer.status, _ELSE))
        answer_text = " ".join(answer.text.split())[:100]
        report.problem = f"{reason} ({answer.status}: {answer_text})"
    else:
        report.problem = answer.text
    return None


def _valid_signatures(text: str, witness: PolicyMember, note: SignedNote) -> tuple[Signature, ...]:
    """Return the lines that are this witness's cosignatures of the note; none if one of them is not valid."""
    try:
        lines = tuple(each for each in parse_signatures(text) if each.is_of(witness.key))
        verified = verify_note(SignedNote(note.text, lines), [witness.key], keys.verify)
    except (MalformedNote, InvalidSignature):
        return ()
    return lines[:1] if all(0 < (each.time or 0) <= time.time() + SKEW for each in verified) else ()


def _ask_for_contradictions(reports: list[WitnessReport], log: SignedLog, seconds: float) -> None:
    """Ask witnesses that doubt for what they signed: it counts if the log's own key signed it, too."""
    name = hashlib.sha256(log.head.origin.encode()).hexdigest()
    requests = {
        each.witness.name: HttpRequest(f"{each.witness.url.rstrip('/')}/{name}/checkpoint")
        for each in reports
    }
    answers = ask_all(requests, seconds=seconds)
    for report in reports:
        answer = answers[report.witness.name]
        if answer.status == _OK and _contradicts(answer.text, log):
            report.contradiction = answer.text


def _contradicts(text: str, log: SignedLog) -> bool:
    """Tell whether the log signed this note, and the log as it is here does not contain what it says."""
    try:
        note = parse_note(text)
        head = parse_checkpoint(note.text)
        if head.origin != log.head.origin or not verify_note(note, [log.key], keys.verify):
            return False
    except (MalformedNote, InvalidSignature):
        return False
    return head.size > log.head.size or log.root_at(head.size) != head.root
