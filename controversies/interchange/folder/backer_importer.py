"""Imports the files of backers: who is new, and what is to correct of who is on record."""

import hashlib
from dataclasses import replace

from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import parse
from controversies.document.canonical import to_json
from controversies.document.types import Backer

from ..files import ActorFacts, GuessedFact, InvalidFile, read_actor
from .file_finder import ImportFile
from .import_log import ImportLog, stored_text
from .import_state import FileOutcome, FileResult, ImportState


class BackerImporter:
    """The backers' files of one import. `state.known` becomes what is on record with what these say."""

    def __init__(self, state: ImportState) -> None:
        self.state = state
        self.new: list[Backer] = []
        self.imported: list[m.ImportedFile] = []  # to be remembered
        self.guessed_facts: dict[str, frozenset[str]] = {}  # the facts that each file only guesses

    def read(self, files: list[ImportFile]) -> None:
        """Take up what all of them say."""
        backers = self._read(files)
        on_record = self._on_record(backers)
        memory = ImportLog(backer.key for backer in on_record.values())
        changed: dict[str, Backer] = {}
        called: dict[tuple[str, str], str] = {}
        for file, backer in backers:
            known_backer = on_record.get(backer.slug)
            if known_backer is None:
                name = (backer.name.lower(), backer.kind)
                if name in called:
                    message = _(
                        "%(file)s has this name and type too. Keep one, with the other's id as alias."
                    )
                    self.state.fault(file.name, 1, message % {"file": called[name]})
                    continue
                called[name] = file.name
                self.new.append(backer)
                self.state.guess_book.add(
                    GuessedFact(backer.key, backer.slug, name, getattr(backer, name), is_doubtful=False)
                    for name in sorted(self.guessed_facts[file.name])
                )
                self.state.report.backers.append(FileResult(file.name, backer.name, FileOutcome.NEW))
                self._remember(file, backer.key, backer)
            else:
                changed[known_backer.key] = self._correct(file, backer, known_backer, memory)
        self.state.known = self.state.known.with_backers(changed).extended(self.new)

    def _read(self, files: list[ImportFile]) -> list[tuple[ImportFile, Backer]]:
        backers: list[tuple[ImportFile, Backer]] = []
        files_by_slug: dict[str, str] = {}
        for file in files:
            if self.state.is_hopeless(file.name):
                continue
            try:
                aside = ActorFacts()
                backer = read_actor(file.data, name=file.name, aside=aside)
            except InvalidFile as faulty:
                self.state.faults.extend(faulty.faults)
                continue
            if backer.slug in files_by_slug:
                message = _("%(file)s has the id “%(id)s” too. Keep one of the two.")
                self.state.fault(
                    file.name, 1, message % {"file": files_by_slug[backer.slug], "id": backer.slug}
                )
                continue
            files_by_slug[backer.slug] = file.name
            self.guessed_facts[file.name] = frozenset(aside.guessed_facts)
            self.state.report.unknown_fields.update(aside.unknown_fields)
            backers.append((file, backer))
        return backers

    def _on_record(self, backers: list[tuple[ImportFile, Backer]]) -> dict[str, Backer]:
        """Find these backers on record, by the address in the file: by key and address first, then by name."""
        known = self.state.known
        matches: dict[str, Backer] = {}
        for _file, backer in backers:
            keyed = known.by_key(backer.key)
            if isinstance(keyed, Backer):
                matches[backer.slug] = keyed
            elif called := [b for b in known.backers_called(backer.slug) if b.slug == backer.slug]:
                matches[backer.slug] = called[0]
        used_keys = {backer.key for backer in matches.values()}
        for file, backer in backers:
            if backer.slug in matches:
                continue
            named = {b.key: b for name in (backer.slug, backer.name) for b in known.backers_called(name)}
            free = [b for b in named.values() if b.key not in used_keys]
            if len(free) > 1:
                message = _("This may be any of %s on record. Give it the right id.")
                self.state.fault(file.name, 1, message % ", ".join(b.slug for b in free))
            elif free:
                matches[backer.slug] = free[0]
                used_keys.add(free[0].key)
        return matches

    def _correct(self, file: ImportFile, in_file: Backer, on_record: Backer, memory: ImportLog) -> Backer:
        """The backer on record as it will be."""
        key = on_record.key
        unsaid = self.guessed_facts[file.name]
        guessed = self.state.guess_book.fields(on_record)
        is_settling = any(getattr(in_file, name) != getattr(on_record, name) for name in guessed - unsaid)
        if memory.is_seen(key, file.name, _digest(file)) and not is_settling:
            self.state.report.backers.append(FileResult(file.name, on_record.name, FileOutcome.UNCHANGED))
            return on_record
        last = memory.last(key, file.name, lambda row: _unlike(row, in_file))
        before = parse.part(Backer, last.content, "")[0] if last else None
        corrections = self.state.corrections
        for _field, message in corrections.weigh(
            in_file, on_record, before, file=file.name, fill=True, guessed=guessed, unsaid=unsaid
        ):
            self.state.fault(file.name, 1, message)
        self.state.guess_book.settle(key, {"name", "kind"} - unsaid)
        values = corrections.fields.get((Backer, key), {})
        outcome = FileOutcome.CHANGED if values else FileOutcome.UNCHANGED
        self.state.report.backers.append(FileResult(file.name, values.get("name", on_record.name), outcome))
        self._remember(file, key, in_file)
        return replace(on_record, **values)

    def _remember(self, file: ImportFile, key: str, backer: Backer) -> None:
        row = m.ImportedFile(
            key=key,
            file=file.name,
            digest=_digest(file),
            content=to_json(backer),
            text=stored_text(file.data),
        )
        self.imported.append(row)

    def write(self) -> None:
        """Make those who are new."""
        rows = []
        for backer in self.new:
            values = {spec.name: getattr(backer, spec.name) for spec in Backer.SPECS if spec.name != "key"}
            rows.append(m.Backer(id=backer.key, **{**values, "aliases": list(backer.aliases)}))
        m.Backer.objects.bulk_create(rows)


def _unlike(row: m.ImportedFile, backer: Backer) -> int:
    now = to_json(backer)
    return sum(row.content.get(name) != now.get(name) for name in {*row.content, *now})


def _digest(file: ImportFile) -> bytes:
    return hashlib.sha256(file.data).digest()
