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

    def take(self, given: list[ImportFile]) -> None:
        """Take up what all of them say."""
        said: dict[str, tuple[ImportFile, Topic]] = {}
        for file in given:
            try:
                topic = read_topic(file.data, name=file.name)
            except InvalidFile as faulty:
                self.state.faults += faulty.faults
                continue
            if topic.slug in said:
                message = _("%(file)s has the id “%(id)s” too. Keep one of the two.")
                values = {"file": said[topic.slug][0].name, "id": topic.slug}
                self.state.fault(file.name, 1, message % values)
                continue
            said[topic.slug] = file, topic
        found = {slug: self.state.known.topic(slug) for slug in said}
        memory = ImportLog(topic.key for topic in found.values() if topic)
        for slug, (file, topic) in said.items():
            if on_record := found[slug]:
                self._known(file, topic, on_record, memory)
            else:
                self._remember(file, topic.key, topic)
        new = [topic for slug, (_file, topic) in said.items() if found[slug] is None]
        self.state.known = self.state.known.extended(topics=new)

    def _known(self, file: ImportFile, said: Topic, on_record: Topic, memory: ImportLog) -> None:
        digest = hashlib.sha256(file.data).digest()
        guessed = self.state.guess_book.fields(on_record)
        is_settling = bool(guessed) and said.title != on_record.title
        if memory.is_seen(on_record.key, file.name, digest) and not is_settling:
            return
        last = memory.own(on_record.key, file.name)
        before = parse.part(Topic, last.content, "")[0] if last else None
        for _field, message in self.state.corrections.weigh(
            said, on_record, before, file=file.name, fill=True, guessed=guessed
        ):
            self.state.fault(file.name, 1, message)
        self.state.guess_book.settle(on_record.key, ["title"])
        if "title" in self.state.corrections.fields.get((Topic, on_record.key), {}):
            self.state.report.topics.append(said.title)
        self._remember(file, on_record.key, said)

    def _remember(self, file: ImportFile, key: str, said: Topic) -> None:
        digest = hashlib.sha256(file.data).digest()
        self.imported.append(m.ImportedFile(key=key, file=file.name, digest=digest, content=to_json(said)))
