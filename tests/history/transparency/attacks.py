"""Attacks on a record, each with public files only, and what the verifier must name.

`.venv/bin/python -m tests.history.transparency.attacks` prints the table.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from .toy_record import (
    KEY,
    ORIGIN,
    START,
    WITNESSES,
    Signer,
    ToyRevision,
    ToySite,
    blocks_of,
    dumps,
    policy,
    sha,
)

PROGRAM = (
    Path(__file__).resolve().parents[3] / "controversies" / "history" / "transparency" / "crux_verify.py"
)
DAY = timedelta(days=1)


class Files:
    """A folder with the files that a stranger has, and the arguments that name them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.arguments: list[str] = []
        self.add("policy", policy(), "--policy")

    def add(self, name: str, data: bytes, option: str = "") -> Path:
        path = self.folder / name
        path.write_bytes(data)
        if not option:
            self.arguments.append(str(path))
        elif option == "--checkpoint" or option not in self.arguments:
            self.arguments += [option, str(path)]
        return path

    def corpus(self, site: ToySite, *checkpoints: bytes, notes: bool = True) -> None:
        self.add("corpus.jsonl", site.corpus(*checkpoints, notes=notes))

    def saved(self, note: bytes, name: str = "saved-checkpoint") -> None:
        """A checkpoint that the stranger, or a friend, saved earlier."""
        self.add(name, note, "--checkpoint")

    def page(self, text: bytes, proof: bytes) -> None:
        self.add("page.json", text)
        self.add("3.tlog-proof", proof, "--proof")

    def verify(self, python: str = sys.executable) -> tuple[int, dict]:
        """Run the verifier on these files as a stranger does: its exit status and its report."""
        run = subprocess.run(
            [python, "-I", str(PROGRAM), *self.arguments, "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert not run.stderr, run.stderr
        return run.returncode, json.loads(run.stdout)


@dataclass(frozen=True)
class Attack:
    """An attack: what it is, how it is done, and the kinds of faults that must be named, and no other."""

    name: str
    act: Callable[[Files], None]
    named: frozenset[str]


ATTACKS: list[Attack] = []


def attack(name: str, *named: str) -> Callable[[Callable[[Files], None]], Callable[[Files], None]]:
    def register(act: Callable[[Files], None]) -> Callable[[Files], None]:
        ATTACKS.append(Attack(name, act, frozenset(named)))
        return act

    return register


def edited(site: ToySite) -> ToySite:
    """The site with another argument in the second revision of a page; its digests are as they were."""
    site.page("page-0").at(2).blocks = blocks_of("page-0", 666)
    return site


def rewritten(site: ToySite) -> ToySite:
    """The site with that edit, and all digests and entries computed again."""
    page = edited(site).page("page-0")
    page.seal()
    for entry in site.entries:
        if entry["page"] == page.key:
            entry["digest"] = page.at(entry["number"]).digest
    return site


def cut_last(site: ToySite) -> None:
    """Remove the newest three entries, and the revisions that they are of."""
    for entry in site.entries[-3:]:
        page = next(page for page in site.pages if page.key == entry["page"])
        page.revisions.pop()
    del site.entries[-3:]


def refoot(text: bytes) -> bytes:
    """The corpus with a footer that fits again."""
    *lines, _footer = text.splitlines(keepends=True)
    return b"".join(lines) + dumps({"end": {"lines": len(lines)}, "sha256": sha(b"".join(lines))}) + b"\n"


# -- the five --


@attack("edit: words of an old revision changed", "altered-parts")
def _edit(files: Files) -> None:
    site = ToySite.build()
    text = site.corpus()
    files.add("corpus.jsonl", refoot(text.replace(b"Argument no. 2", b"Argument no. 7", 1)))


@attack("edit: author of an old revision changed", "altered-revision")
def _edit_author(files: Files) -> None:
    site = ToySite.build()
    site.page("page-0").at(2).author = "Eve"
    files.corpus(site)


@attack("edit: digests of all later revisions recomputed", "rewritten-revision")
def _edit_chain(files: Files) -> None:
    site = edited(ToySite.build())
    site.page("page-0").seal()
    files.corpus(site)


@attack("insert: a revision put between two, chain recomputed", "rewritten-revision", "unlogged-revision")
def _insert(files: Files) -> None:
    site = ToySite.build()
    page = site.page("page-0")
    for each in page.revisions[2:]:
        each.number += 1
    between = ToyRevision(3, "Eve", "", page.at(2).time + timedelta(minutes=5), blocks_of("page-0", 99))
    page.revisions.insert(2, between)
    page.seal()
    files.corpus(site)


@attack("insert: a revision added at the end, never logged", "unlogged-revision")
def _append(files: Files) -> None:
    site = ToySite.build()
    page = site.page("page-0")
    page.revisions.append(ToyRevision(5, "Eve", "", START + DAY, blocks_of("page-0", 5)))
    page.seal()
    files.corpus(site)


@attack("delete: the newest revision of a page", "missing-revision")
def _delete(files: Files) -> None:
    site = ToySite.build()
    site.page("page-0").revisions.pop()
    files.corpus(site)


@attack("delete: a whole page", "missing-page")
def _delete_page(files: Files) -> None:
    site = ToySite.build()
    site.pages.pop(0)
    files.corpus(site)


@attack("delete: a revision said to have been hidden", "missing-revision")
def _hide(files: Files) -> None:
    site = ToySite.build()
    site.page("page-0").at(2).blocks = None
    files.corpus(site)


@attack("reorder: two revisions swapped, chain recomputed", "rewritten-revision")
def _reorder(files: Files) -> None:
    site = ToySite.build()
    page = site.page("page-0")
    second, third = page.at(2), page.at(3)
    second.blocks, third.blocks = third.blocks, second.blocks
    page.seal()
    files.corpus(site)


@attack("reorder: two entries of the log swapped", "rewritten-log")
def _reorder_log(files: Files) -> None:
    site = ToySite.build()
    honest = site.checkpoint()
    site.entries[1], site.entries[2] = site.entries[2], site.entries[1]
    files.corpus(site, honest)


@attack("truncate: the file cut off", "unreadable")
def _cut_file(files: Files) -> None:
    files.add("corpus.jsonl", ToySite.build().corpus()[:-200])


@attack("truncate: last revisions and entries cut off, footer made again", "cut-log")
def _cut(files: Files) -> None:
    site = ToySite.build()
    honest = site.checkpoint()
    cut_last(site)
    files.corpus(site, honest)


@attack("truncate: the same, with a shorter log signed anew", "no-quorum", "stale-checkpoint", "cut-log")
def _cut_signed(files: Files) -> None:
    site = ToySite.build()
    files.saved(site.checkpoint())
    cut_last(site)
    files.corpus(site, site.checkpoint(witnesses=0))


# -- rewrites by the owner of the database and of the key --


@attack("whole chain and log rewritten, signed anew; witnesses refuse", "no-quorum")
def _rewrite(files: Files) -> None:
    site = rewritten(ToySite.build())
    files.corpus(site, site.checkpoint(witnesses=1))


@attack("the same, and all witnesses collude; one reader saved a checkpoint", "rewritten-log")
def _rewrite_colluding(files: Files) -> None:
    site = ToySite.build()
    files.saved(site.checkpoint(8))
    rewritten(site)
    files.corpus(site, site.checkpoint(witnesses=3))


@attack("split view: two logs of one size, both signed", "split-view", "rewritten-log")
def _split(files: Files) -> None:
    site = ToySite.build()
    files.saved(site.checkpoint(), "shown-to-a-friend")
    rewritten(site)
    files.corpus(site, site.checkpoint())


@attack("split view: a second log for one reader, witnesses saw the first", "no-quorum")
def _split_unwitnessed(files: Files) -> None:
    site = rewritten(ToySite.build())
    files.page(site.page_json("page-0", 3), site.proof("page-0", 3, site.checkpoint(witnesses=0)))


@attack("backdating: written today, says last month", "backdated")
def _backdate(files: Files) -> None:
    site = ToySite.build()
    files.saved(site.checkpoint(time=START + 30 * DAY))
    page = site.page("page-0")
    page.revisions.append(ToyRevision(5, "Eve", "", START + 2 * DAY, blocks_of("page-0", 5)))
    page.seal()
    site.log(page, 5)
    files.corpus(site, site.checkpoint(time=START + 31 * DAY))


# -- the log --


@attack("forged entry: of a revision that there is not", "missing-revision")
def _forge_entry(files: Files) -> None:
    site = ToySite.build()
    site.entries.append({"digest": "ab" * 32, "number": 9, "page": site.pages[0].key})
    files.corpus(site)


@attack("forged entry: a second one of the same revision", "forged-entry")
def _forge_second(files: Files) -> None:
    site = ToySite.build()
    site.entries.append({**site.entries[0], "digest": "ab" * 32})
    files.corpus(site)


@attack("forged entry: of no known kind", "forged-entry")
def _forge_kind(files: Files) -> None:
    site = ToySite.build()
    site.entries.append({"number": 1, "page": site.pages[0].key, "note": "all is well"})
    files.corpus(site)


@attack("forged entry: one altered after it was signed", "rewritten-log", "rewritten-revision")
def _alter_entry(files: Files) -> None:
    site = ToySite.build()
    honest = site.checkpoint()
    site.entries[4] = {**site.entries[4], "digest": "ab" * 32}
    files.corpus(site, honest)


@attack("stale checkpoint: an old one shown to one who saw a newer", "stale-checkpoint")
def _stale(files: Files) -> None:
    site = ToySite.build()
    files.saved(site.checkpoint())
    files.corpus(site, site.checkpoint(8))


@attack("stale checkpoint: nobody has seen it for long", "old-checkpoint")
def _old(files: Files) -> None:
    files.corpus(ToySite.build())
    files.arguments += ["--max-age", "30"]


@attack("withdrawn page still shown", "withdrawn-page")
def _withdrawn(files: Files) -> None:
    site = ToySite.build()
    page = site.page("page-0")
    site.entries.append({"digest": "cd" * 32, "number": 5, "page": page.key, "withdrawn": True})
    files.corpus(site)


@attack("a page without a word in the log", "unsigned")
def _no_log(files: Files) -> None:
    files.corpus(ToySite.build(), notes=False)


# -- keys --

NEW = Signer("crux.example/2")


def rotate(site: ToySite, note: bytes) -> None:
    site.entries.insert(0, {"checkpoint": note.decode()})
    site.key = NEW


@attack("lost key: a new log that does not follow the old one", "other-log")
def _lost_key(files: Files) -> None:
    site = ToySite.build()
    files.saved(site.checkpoint())
    site.key = NEW
    files.add("policy", policy(KEY, NEW), "--policy")
    files.corpus(site)


@attack("lost key: a new log that follows a rewritten old one", "rewritten-log")
def _lost_key_rewritten(files: Files) -> None:
    site = ToySite.build()
    old = site.checkpoint()
    rewritten(site)
    rotate(site, old)
    files.add("policy", policy(KEY, NEW), "--policy")
    files.corpus(site)


@attack("stolen key's place taken: a key that the policy does not know", "unknown-signer")
def _unknown_key(files: Files) -> None:
    site = ToySite.build()
    files.corpus(site, site.checkpoint(key=Signer(ORIGIN, seed="thief")))


@attack("forged signature: another checkpoint's", "forged-signature")
def _forge_signature(files: Files) -> None:
    site = ToySite.build()
    text = site.head()
    lines = [KEY.line(site.head(5)), *(each.line(text) for each in WITNESSES)]
    files.corpus(site, f"{text}\n{''.join(lines)}".encode())


@attack("forged cosignature: of an older checkpoint, pasted", "forged-cosignature")
def _forge_cosignature(files: Files) -> None:
    site = ToySite.build()
    text = site.head()
    lines = [KEY.line(text), WITNESSES[0].line(text), WITNESSES[1].line(site.head(5))]
    files.corpus(site, f"{text}\n{''.join(lines)}".encode())


@attack("forged cosignature: its time changed", "forged-cosignature")
def _forge_time(files: Files) -> None:
    site = ToySite.build()
    text = site.head()
    name, encoded = WITNESSES[1].line(text).rstrip("\n").rsplit(" ", 1)
    line = f"{name} {encoded[:8]}B{encoded[9:]}\n"
    lines = [KEY.line(text), WITNESSES[0].line(text), line]
    files.corpus(site, f"{text}\n{''.join(lines)}".encode())


# -- words that are removed --


@attack("unlawful removal: words removed, not declared", "unlogged-removal")
def _undeclared(files: Files) -> None:
    site = ToySite.build()
    site.remove_words("page-0", "with quotes", declare=False)
    files.corpus(site)


@attack("unlawful removal: declared once, done to more versions", "unlogged-removal")
def _dropped(files: Files) -> None:
    site = ToySite.build()
    site.remove_words("page-0", "with quotes")
    site.entries.pop()
    files.corpus(site)


@attack("unlawful removal: another ground given than declared", "unlogged-removal")
def _other_ground(files: Files) -> None:
    site = ToySite.build()
    site.remove_words("page-0", "with quotes")
    site.entries[-1] = {**site.entries[-1], "ground": "law"}
    files.corpus(site)


@attack("unlawful removal: words put in where words were removed", "altered-removal")
def _put_in(files: Files) -> None:
    site = ToySite.build()
    site.remove_words("page-0", "with quotes")
    text = site.corpus().replace("“⟦removed⟧”".encode(), "“⟦removed⟧, they lied”".encode(), 1)
    files.add("corpus.jsonl", refoot(text))


@attack("unlawful removal: declared words still shown", "undone-removal")
def _put_back(files: Files) -> None:
    site, honest = ToySite.build(), ToySite.build()
    site.remove_words("page-0", "with quotes")
    honest.entries = site.entries
    files.corpus(honest)


@attack("text altered under cover of a removed name", "altered-revision")
def _cover(files: Files) -> None:
    site = ToySite.build()
    site.remove_author("page-0", 4)
    site.page("page-0").at(4).blocks = blocks_of("page-0", 666)
    files.corpus(site)


@attack("reason altered under cover of a removed name", "altered-revision")
def _cover_reason(files: Files) -> None:
    site = ToySite.build()
    site.remove_author("page-0", 4)
    site.page("page-0").at(4).summary = "Because they asked"
    files.corpus(site)


@attack("revision made again without a declaration", "rewritten-revision")
def _made_again(files: Files) -> None:
    site = ToySite.build()
    page = site.page("page-0")
    page.at(4).summary = "Another reason"
    page.seal(start=4)
    files.corpus(site)


# -- one page with its proof --


def tampered(files: Files, before: str, after: str) -> None:
    site = ToySite.build()
    text = site.page_json("page-0", 3).decode()
    assert before in text
    files.page(text.replace(before, after, 1).encode(), site.proof("page-0", 3))


@attack("page: one letter", "altered-part")
def _page_letter(files: Files) -> None:
    tampered(files, "It is not so.", "It is now so.")


@attack("page: its title", "altered-part")
def _page_title(files: Files) -> None:
    tampered(files, "The question of page-0", "The answer of page-0")


@attack("page: a value left at its default, changed", "altered-part")
def _page_default(files: Files) -> None:
    tampered(files, '"confidence": "not-rated"', '"confidence": "high"')


@attack("page: a member that nothing knows, added", "altered-part")
def _page_member(files: Files) -> None:
    tampered(files, '"claim": "It is so."', '"claim": "It is so.", "verdict": "true"')


@attack("page: author", "altered-revision")
def _page_author(files: Files) -> None:
    tampered(files, "Ada Editor", "Eve Editor")


@attack("page: time", "altered-revision")
def _page_time(files: Files) -> None:
    tampered(files, "2026-03-01T18:00:00+00:00", "2025-03-01T18:00:00+00:00")


@attack("page: a position taken away", "altered-part", "missing-part")
def _page_position(files: Files) -> None:
    site = ToySite.build()
    values = json.loads(site.page_json("page-0", 3))
    values["positions"].pop()
    files.page(json.dumps(values).encode(), site.proof("page-0", 3))


@attack("page: positions in another order", "altered-part", "moved-parts")
def _page_order(files: Files) -> None:
    site = ToySite.build()
    values = json.loads(site.page_json("page-0", 3))
    values["positions"].reverse()
    files.page(json.dumps(values).encode(), site.proof("page-0", 3))


@attack("page: proof of another page", "other-page")
def _page_proof(files: Files) -> None:
    site = ToySite.build()
    files.page(site.page_json("page-0", 3), site.proof("page-1", 3))


@attack("page: proof of another revision", "other-page")
def _page_revision(files: Files) -> None:
    site = ToySite.build()
    files.page(site.page_json("page-0", 4), site.proof("page-0", 3))


@attack("page: rewritten with its chain, proof of the rewritten log", "no-quorum")
def _page_rewritten(files: Files) -> None:
    site = rewritten(ToySite.build())
    files.page(site.page_json("page-0", 2), site.proof("page-0", 2, site.checkpoint(witnesses=1)))


@attack("page: digest and document digest made to fit", "altered-part")
def _page_digests(files: Files) -> None:
    site, forged = ToySite.build(), ToySite.build()
    forged.page("page-0").at(3).blocks = blocks_of("page-0", 666)
    forged.page("page-0").seal()
    files.page(forged.page_json("page-0", 3), site.proof("page-0", 3))


@attack("page: text altered under cover of a removed name", "altered-revision")
def _page_cover(files: Files) -> None:
    site, forged = ToySite.build(), ToySite.build()
    for each in (site, forged):
        each.remove_author("page-0", 3)
    forged.page("page-0").at(3).blocks = blocks_of("page-0", 666)
    files.page(forged.page_json("page-0", 3), site.proof("page-0", 3))


@attack("page: a removal that the log does not have", "altered-part")
def _page_removal(files: Files) -> None:
    site, forged = ToySite.build(), ToySite.build()
    forged.remove_words("page-0", "with quotes")
    proof = forged.proof("page-0", 3).split(b"\n")
    honest = site.proof("page-0", 3).split(b"\n")
    files.page(forged.page_json("page-0", 3), b"\n".join([*proof[:2], *honest[2:]]))


def main() -> None:
    """Print each attack with what the verifier named."""
    named = 0
    for each in ATTACKS:
        with tempfile.TemporaryDirectory() as folder:
            files = Files(Path(folder))
            each.act(files)
            status, report = files.verify()
        kinds = report["faults_by_kind"]
        is_named = status == 1 and kinds.keys() == each.named
        named += is_named
        print(f"{'named ' if is_named else 'MISSED'}  {each.name:72} {', '.join(sorted(kinds))}")
    print(f"{named} of {len(ATTACKS)} attacks named")


if __name__ == "__main__":
    main()
