"""Begin a log: make its key and name it; or let another log follow the newest, openly, with a key of its own.

The order survives a kill at any point: the new key is on the disk before the database knows it, and it takes the old
one's place after. `finish_rotation` completes what was cut off; every command that signs runs it first.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from controversies import models as m

from . import keys, notes
from .folder import LogFolder
from .signing import (
    NO_WITNESSES,
    CannotSign,
    SignedState,
    finish_rotation,
    kept_state,
    name_log,
    newest_log,
    policy_text,
    read_key,
    stored_state,
)

LONGEST_ORIGIN = 200  # characters
_POLICY = """\
# The witnesses that are asked to cosign each checkpoint, and how many must (c2sp.org/tlog-policy). For example:
#   witness newsroom <the witness's key> https://witness.newsroom.example
#   witness library <the witness's key> https://witness.library.example
#   group friends 1 newsroom library
#   quorum friends
"""


@dataclass(frozen=True, slots=True)
class NewLog:
    """A log that was named: its public key, its number, and the state of the log that it follows, if there is one."""

    vkey: str
    number: int
    follows: SignedState | None = None


def origin_of_site() -> str:
    """Return the name that the site's address suggests for its log: the host, without https://."""
    return urlsplit(settings.SITE_URL).netloc


def check_origin(origin: str) -> str:
    """Return a log's name as it may be written. Raises CannotSign."""
    origin = origin.removeprefix("https://").removeprefix("http://").rstrip("/")
    if not notes.is_key_name(origin) or len(origin) > LONGEST_ORIGIN or not origin.isprintable():
        raise CannotSign(
            _("“%s” cannot name a log. Write a host, perhaps with a path, such as crux.example/log.") % origin
        )
    return origin


def begin(folder: LogFolder, origin: str = "") -> NewLog:
    """Make the key of the site's log, or tell the database of the one that is there. Raises CannotSign and OSError."""
    folder.make()
    with folder.lock():
        finish_rotation(folder)
        log = newest_log()
        if folder.key.exists():
            key = read_key(folder)
            if log is not None and log.vkey:
                raise CannotSign(_already_there(folder, log, key))
            if origin and origin != key.origin:
                raise CannotSign(
                    _("%(file)s is the key of the log %(log)s. To use it, leave out the name.")
                    % {"file": folder.key, "log": key.origin}
                )
        else:
            if log is not None and log.vkey:
                raise CannotSign(_lost(folder, log))
            key = keys.generate(check_origin(origin or origin_of_site()))
            keys.write(key, folder.key)
        return NewLog(str(key.public), _name(folder, key))


def rotate(folder: LogFolder, origin: str = "") -> NewLog:
    """Begin a log that follows the newest one, with a key of its own. Raises CannotSign and OSError.

    Its first entry is the last checkpoint that the old one signed, wherever it is kept, then come the old entries. It
    needs the old public key only. A log that never signed anything gets its new key without another log.
    """
    folder.make()
    with folder.lock():
        finish_rotation(folder)
        log = newest_log()
        if log is None or not log.vkey:
            raise CannotSign(_("There is no log with a key to be followed yet. Begin with: manage.py logkey"))
        public = notes.parse_key(log.vkey)
        states = [kept_state(folder, public), stored_state(log.pk, public)]
        last = max((each for each in states if each), key=lambda each: each.head.size, default=None)
        key = keys.generate(_unused_origin(origin))
        keys.write(key, folder.next_key)
        if last is None:
            number = _name(folder, key)
        else:
            text, _policy = policy_text(folder, key.public)
            number = _follow(key, text, str(last.note))
        folder.promote_next_key()
        return NewLog(str(key.public), number, last)


def _name(folder: LogFolder, key: keys.SigningKey) -> int:
    """Give the newest log this key, and make a policy if there is none; return the log's number."""
    if not folder.policy.exists():
        folder.keep_policy(_POLICY + NO_WITNESSES)
    text, _policy = policy_text(folder, key.public)
    return name_log(key.public, text)


def _follow(key: keys.SigningKey, policy: str, note: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT controversies_follow_log(%s, %s, %s, %s)", [key.origin, str(key.public), policy, note]
        )
        return cursor.fetchone()[0]


def _unused_origin(origin: str) -> str:
    """Return the new log's name: as given, else the old one's with the next number. Raises CannotSign."""
    used = set(m.Log.objects.values_list("origin", flat=True))
    if origin:
        if check_origin(origin) in used:
            raise CannotSign(_("A log of this site is called %s already. Choose another name.") % origin)
        return check_origin(origin)
    first = m.Log.objects.order_by("id").values_list("origin", flat=True)[0] or origin_of_site()
    return next(name for number in range(2, len(used) + 3) if (name := f"{first}/{number}") not in used)


def _already_there(folder: LogFolder, log: m.Log, key: keys.SigningKey) -> str:
    if log.vkey == str(key.public):
        message = _(
            "The log %(log)s has its key already, in %(file)s, and it was not touched. Sign with: manage.py "
            "checkpoint. If the key is lost or others have it, begin another log: manage.py logkey --rotate"
        )
    else:
        message = _(
            "%(file)s is not the key of the database's log, %(log)s, and it was not touched. Copy the right folder "
            "here, or begin another log: manage.py logkey --rotate"
        )
    return message % {"log": log.origin, "file": folder.key}


def _lost(folder: LogFolder, log: m.Log) -> str:
    message = _(
        "The log %(log)s has a key, which is not in %(folder)s. Copy the folder from where the log was signed. If it "
        "is lost, begin another log: manage.py logkey --rotate"
    )
    return message % {"log": log.origin, "folder": folder.path}
