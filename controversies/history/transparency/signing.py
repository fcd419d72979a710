"""Sign the public log's state: the work of the command `checkpoint`, in an order that survives a kill at any point.

First the tree is held against the last checkpoint that was signed, then the new one is kept in LOG_DIR, then witnesses
are asked, and last it is stored in the database, where readers get it. So nobody ever sees a signature that LOG_DIR
does not know, and what was cut off is completed by the next run. No lock of the database is held meanwhile.
"""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies import models as m
from controversies.history import replay

from . import keys, reader, witnesses
from .folder import LogFolder
from .notes import (
    InvalidSignature,
    MalformedNote,
    SignedNote,
    TreeHead,
    VerifierKey,
    parse_checkpoint,
    parse_note,
    verify_note,
)
from .policy import InvalidPolicy, PolicyMember, TrustPolicy, parse_policy
from .witnesses import SignedLog, WitnessReport

NO_WITNESSES = "quorum none\n"
FRESH = datetime.timedelta(hours=24)  # after which witnesses are asked to confirm a log that did not grow
_LOOKED_AT = 100  # newest checkpoints in which the sizes are looked for that witnesses cosigned


class CannotSign(RuntimeError):
    """Nothing was signed; the message says why and what to do."""


class LogContradicted(CannotSign):
    """The database does not contain what was signed before."""


@dataclass(frozen=True, slots=True)
class SignedState:
    """A checkpoint that was signed: its note, its text's content, where it was read and, if stored, since when."""

    note: SignedNote
    head: TreeHead
    place: str
    stored_at: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class SigningResult:
    """The newest signed state, its entries that are new, and the answers of witnesses; `head` is None without entries.

    `is_short` tells that the policy asks for more cosignatures than the checkpoint has.
    """

    head: TreeHead | None
    added: int = 0
    reports: tuple[WitnessReport, ...] = ()
    is_short: bool = False


def sign(folder: LogFolder, *, seconds: float = 10, trust_database: bool = False) -> SigningResult:
    """Sign the newest log if it grew, and ask witnesses that have not cosigned it yet, so many seconds each.

    `trust_database` takes the database's newest checkpoint for the last one if LOG_DIR has none. Raises CannotSign,
    FolderBusy and OSError.
    """
    if not folder.path.is_dir():
        raise CannotSign(_no_key(folder))
    with folder.lock():
        finish_rotation(folder)
        key = read_key(folder)
        log = _registered(folder, key.public)
        policy = _publish_policy(folder, log, key.public)
        kept, stored = kept_state(folder, key.public), stored_state(log.pk, key.public)
        if kept is None and stored is not None and not trust_database:
            raise CannotSign(_missing(folder, stored))
        before = max((each for each in (stored, kept) if each), key=lambda each: each.head.size, default=None)
        head = _extended_head(log, [each for each in (stored, kept) if each])
        if head.size == 0:
            return SigningResult(None)
        if before is not None and before.head.size == head.size:
            note = before.note
        else:
            note = SignedNote(str(head), (key.sign(str(head)),))
        if kept is None or kept.head.size < head.size:
            folder.keep_last(str(note))
        pending = _witnesses_to_ask(policy, note, stored)
        reports = [
            WitnessReport(each, problem=_("The policy has no address for it."))
            for each in pending
            if not each.url
        ]
        pending = [each for each in pending if each.url]
        signed = SignedLog(
            note,
            head,
            key.public,
            lambda old: reader.consistency_proof(log.pk, old, head.size),
            lambda size: reader.root(log.pk, size),
        )
        reports += witnesses.cosign(signed, pending, _cosigned_sizes(log.pk, pending), seconds=seconds)
        _refuse_contradictions(folder, head, reports)
        note = note.with_signatures(each for report in reports for each in report.signatures)
        cosigned = witnesses.cosigned_by(note, policy.witnesses.values())
        if stored is None or str(stored.note) != str(note):
            m.Checkpoint.objects.create(
                log=log,
                size=head.size,
                root=head.root,
                time=timezone.now(),  # the database sets its own
                note=str(note),
                is_witnessed=bool(cosigned) and policy.is_met(cosigned),
            )
        added = head.size - (before.head.size if before else 0)
        return SigningResult(head, added, tuple(reports), not policy.is_met(cosigned))


# -- what there is: the key, the log, its policy --


def read_key(folder: LogFolder) -> keys.SigningKey:
    """Return the log's key. Raises CannotSign and OSError."""
    try:
        return keys.read(folder.key)
    except FileNotFoundError:
        raise CannotSign(_no_key(folder)) from None
    except keys.BadKeyFile as error:
        raise CannotSign(str(error)) from error


def _no_key(folder: LogFolder) -> str:
    return _("There is no key in %s. Make one: manage.py logkey") % folder.path


def newest_log() -> m.Log | None:
    """Return the log that grows; None before the first entry."""
    return m.Log.objects.order_by("-id").first()


def finish_rotation(folder: LogFolder) -> None:
    """Complete a rotation that was cut off after the database knew of it; forget one that was before.

    Raises CannotSign and OSError.
    """
    if folder.next_key.exists():
        log = newest_log()
        try:
            is_known = log is not None and log.vkey == str(keys.read(folder.next_key).public)
        except keys.BadKeyFile as error:
            raise CannotSign(str(error)) from error
        if is_known:
            folder.promote_next_key()
        else:
            folder.next_key.unlink()


def _registered(folder: LogFolder, key: VerifierKey) -> m.Log:
    """Return the newest log if it is this key's. Raises CannotSign."""
    log = newest_log()
    if log is not None and log.vkey == str(key):
        return log
    names = {"ours": key.name, "folder": folder.path, "theirs": log.origin if log else ""}
    if log is None or not log.vkey:
        raise CannotSign(
            _(
                "The database does not know the key of %(ours)s yet. If it is the right database, run: manage.py "
                "logkey"
            )
            % names
        )
    raise CannotSign(
        _(
            "The key in %(folder)s is of the log %(ours)s, and the database's newest log is %(theirs)s, with another "
            "key. Either the database was restored from a backup of before the key was changed: restore a newer one. "
            "Or this is not the right folder: copy the log's folder here."
        )
        % names
    )


def policy_text(folder: LogFolder, key: VerifierKey) -> tuple[str, TrustPolicy]:
    """Return the policy as readers get it, and its content: with the log's own line, without comments.

    Raises CannotSign and OSError.
    """
    try:
        text = folder.read_policy() or NO_WITNESSES
        policy = parse_policy(text)
    except UnicodeDecodeError as error:
        raise CannotSign(_("%s is not UTF-8.") % folder.policy) from error
    except InvalidPolicy as error:
        raise CannotSign(f"{folder.policy}: {error}") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if key not in [each.key for each in policy.logs]:
        lines.insert(0, f"log {key} {settings.SITE_URL}")
    return "\n".join([*lines, ""]), policy


def _publish_policy(folder: LogFolder, log: m.Log, key: VerifierKey) -> TrustPolicy:
    """Give readers the policy if it changed, and return it. Raises CannotSign and OSError."""
    text, policy = policy_text(folder, key)
    if log.policy != text:
        name_log(key, text)
    return policy


def name_log(key: VerifierKey, policy: str) -> int:
    """Give the newest log its name, key and policy, and return its number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT controversies_name_log(%s, %s, %s)", [key.name, str(key), policy])
        return cursor.fetchone()[0]


# -- what was signed before --


def kept_state(folder: LogFolder, key: VerifierKey) -> SignedState | None:
    """Return the last checkpoint in LOG_DIR; None without one. Raises CannotSign and OSError."""
    try:
        note = folder.read_last()
    except UnicodeDecodeError:
        note = "?"
    return _verified(note, key, str(folder.last)) if note else None


def stored_state(log: int, key: VerifierKey) -> SignedState | None:
    """Return the newest checkpoint of a log in the database; None without one. Raises CannotSign."""
    row = m.Checkpoint.objects.filter(log=log).order_by("-size", "-id").first()
    return _verified(row.note, key, _("the database"), row.time) if row else None


def _verified(
    text: str, key: VerifierKey, place: str, stored_at: datetime.datetime | None = None
) -> SignedState:
    try:
        note = parse_note(text)
        head = parse_checkpoint(note.text)
        if head.origin == key.name and verify_note(note, [key], keys.verify):
            return SignedState(note, head, place, stored_at)
    except (MalformedNote, InvalidSignature):
        pass
    raise CannotSign(
        _(
            "The last checkpoint in %(place)s is not one that the log %(log)s signed: it was damaged or exchanged. "
            "Restore it from its copy before anything is signed."
        )
        % {"place": place, "log": key.name}
    )


def _missing(folder: LogFolder, stored: SignedState) -> str:
    message = _(
        "%(file)s is missing, and this log has signed %(size)s entries before. Without it a database that was "
        "restored from an old backup could not be told from the true one. Copy it from where the log was signed. If "
        "it is lost and you are sure that the database is the newest, run: manage.py checkpoint --trust-database"
    )
    return message % {"file": folder.last, "size": stored.head.size}


def _extended_head(log: m.Log, states: list[SignedState]) -> TreeHead:
    """Return the tree's state, which contains all that was signed. Raises LogContradicted if it does not."""
    try:
        with replay.snapshot():
            size = reader.size_of(log.pk)
            for state in states:
                if state.head.size > size or reader.root(log.pk, state.head.size) != state.head.root:
                    raise LogContradicted(_contradiction(state, size))
            return TreeHead(log.origin, size, reader.root(log.pk, size))
    except reader.BrokenLog as error:
        raise LogContradicted(
            _("Entries of the log, or hashes of its tree, are missing from the database.") + f"\n{WAYS_OUT}"
        ) from error


def _contradiction(state: SignedState, size: int) -> str:
    names = {"place": state.place, "signed": state.head.size, "here": size}
    if state.head.size > size:
        fault = _(
            "The log was cut off: %(signed)s entries were signed (%(place)s), and the database has %(here)s."
        )
    else:
        fault = _(
            "The log was rewritten: the first %(signed)s entries are not those that were signed (%(place)s)."
        )
    return f"{fault % names}\n{WAYS_OUT}"


WAYS_OUT = gettext_lazy(
    "Nothing was published, and what was signed is kept. Most likely the database was restored from a backup that is "
    "older than the last checkpoint; otherwise somebody rewrote it. You can:\n"
    "1. Restore a newer backup, or recover to a later point in time, and run this command again.\n"
    "2. Find what differs: manage.py checkhistory --log\n"
    "3. If the entries are lost for good, begin another log, which says openly that it follows the old one: "
    "manage.py logkey --rotate"
)


# -- witnesses --


def _witnesses_to_ask(
    policy: TrustPolicy, note: SignedNote, stored: SignedState | None
) -> list[PolicyMember]:
    """Return the witnesses that have not cosigned this note, or all if the newest checkpoint is old."""
    is_stale = (
        stored is not None and stored.stored_at is not None and timezone.now() - stored.stored_at > FRESH
    )
    everybody = list(policy.witnesses.values())
    cosigned = witnesses.cosigned_by(note, everybody)
    return [each for each in everybody if is_stale or each.key not in cosigned]


def _cosigned_sizes(log: int, pending: list[PolicyMember]) -> dict[str, int]:
    """Return the sizes that these witnesses last cosigned, by name, as far as the newest checkpoints show."""
    sizes: dict[str, int] = {}
    if pending:
        rows = m.Checkpoint.objects.filter(log=log).order_by("-size", "-id").values_list("size", "note")
        for size, text in rows[:_LOOKED_AT]:
            signatures = parse_note(text).signatures
            for witness in pending:
                if witness.name not in sizes and any(each.is_of(witness.key) for each in signatures):
                    sizes[witness.name] = size
    return sizes


def _refuse_contradictions(folder: LogFolder, head: TreeHead, reports: list[WitnessReport]) -> None:
    """Keep what convicts the log, and publish nothing more. Raises LogContradicted."""
    for report in reports:
        if report.contradiction:
            shown = parse_checkpoint(parse_note(report.contradiction).text)
            folder.keep_contradiction(report.contradiction)
            if shown.size > head.size:
                folder.keep_last(report.contradiction)
            message = _(
                "The witness %(witness)s has a checkpoint of %(theirs)s entries that this log's key signed and that "
                "the database does not contain. It is kept in %(file)s."
            )
            names = {"witness": report.witness.name, "theirs": shown.size, "file": folder.contradiction}
            raise LogContradicted(f"{message % names}\n{WAYS_OUT}")
