"""Named events for the log: who did what to which account, page or setting, in ids.

Never words of the record, names, e-mail addresses, passwords, tokens or whole network addresses: fields are numbers,
keys, and short names from the code; of an address the log has its network (`networks.network_of`).
"""

import logging
import re
from collections.abc import Iterable
from uuid import UUID

logger = logging.getLogger("crux.events")
LEFT_OUT = "(left out)"
_NAME = re.compile(r"[A-Za-z0-9_.:/-]{0,100}")

type EventValue = int | str | UUID | Iterable[int | str | UUID] | None


def log_event(name: str, *, level: int = logging.INFO, **fields: EventValue) -> None:
    """Log an event with its fields; those that are None are not shown, and text that is no name is left out."""
    shown = {key: _field(value) for key, value in fields.items() if value is not None}
    logger.log(level, name, extra={"fields": shown})


def _field(value: EventValue) -> int | str | list[int | str]:
    if isinstance(value, int):
        return value
    if isinstance(value, str | UUID) or value is None:
        text = str(value)
        return text if _NAME.fullmatch(text) else LEFT_OUT
    return [each if isinstance(each, int) else str(_field(each)) for each in value]
