"""Imports the files of topics: the titles of new ones, and what is to correct of those on record."""

import hashlib

from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import parse
from controversies.document.canonical import to_json
from controversies.document.types import Topic

from ..files import InvalidFile, read_topic
from .file_finder import ImportFile
from .import_log import ImportLog
from .import_state import ImportState


class TopicImporter:
    """The topics' files of one import. `state.known` becomes what is on record with what these say.

    Topics that no page is in are not made: they are known to the pages that name them.
    """

    def __init__(self, state: ImportState) -> None:
        self.state = state
        self.imported: list[m.ImportedFile] = []  # to be remembered

    def read(self, import_files: list[ImportFile]) -> None:
        """Take up what all of them say."""
        topics: dict[str, tuple[ImportFile, Topic]] = {}
        for file in import_files:
            if self.state.is_hopeless(file.name):
                continue
            try:
                topic = read_topic(file.data, name=file.name)
            except InvalidFile as faulty:
                self.state.faults.extend(faulty.faults)
                continue
            if topic.slug in topics:
                message = _("%(file)s has the id “%(id)s” too. Keep one of the two.")
                values = {"file": topics[topic.slug][0].name, "id": topic.slug}
                self.state.fault(file.name, 1, message % values)
                continue
            topics[topic.slug] = file, topic
        on_record_by_slug = {slug: self.state.known.topic(slug) for slug in topics}
        memory = ImportLog(topic.key for topic in on_record_by_slug.values() if topic)
        for slug, (file, topic) in topics.items():
            if on_record := on_record_by_slug[slug]:
                self._correct(file, topic, on_record, memory)
            else:
                self._remember(file, topic.key, topic)
        new = [topic for slug, (_file, topic) in topics.items() if on_record_by_slug[slug] is None]
        self.state.known = self.state.known.extended(topics=new)

    def _correct(self, file: ImportFile, in_file: Topic, on_record: Topic, memory: ImportLog) -> None:
        digest = hashlib.sha256(file.data).digest()
        guessed = self.state.guess_book.fields(on_record)
        is_settling = bool(guessed) and in_file.title != on_record.title
        if memory.is_seen(on_record.key, file.name, digest) and not is_settling:
            return
        last = memory.of_file(on_record.key, file.name)
        before = parse.part(Topic, last.content, "")[0] if last else None
        for _field, message in self.state.corrections.weigh(
            in_file, on_record, before, file=file.name, fill=True, guessed=guessed
        ):
            self.state.fault(file.name, 1, message)
        self.state.guess_book.settle(on_record.key, ["title"])
        if "title" in self.state.corrections.fields.get((Topic, on_record.key), {}):
            self.state.report.topics.append(in_file.title)
        self._remember(file, on_record.key, in_file)

    def _remember(self, file: ImportFile, key: str, topic: Topic) -> None:
        digest = hashlib.sha256(file.data).digest()
        self.imported.append(m.ImportedFile(key=key, file=file.name, digest=digest, content=to_json(topic)))
