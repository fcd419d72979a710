"""The verifier as a module, and files that a site serves held against one another with it."""

import importlib.util
import sys

from .attacks import PROGRAM

_spec = importlib.util.spec_from_file_location("crux_verify", PROGRAM)
assert _spec
assert _spec.loader
crux_verify = importlib.util.module_from_spec(_spec)
sys.modules["crux_verify"] = crux_verify  # dataclasses look their module up
_spec.loader.exec_module(crux_verify)


def verify_page(page: bytes, proof: bytes, policy: bytes):
    """The report on a page's JSON with its proof."""
    report = crux_verify.Report()
    heads = crux_verify.HeadCheck(crux_verify.PolicyFile(policy, "policy"), report)
    try:
        parsed = crux_verify.LogProof.parse(proof, "page.tlog-proof")
        heads.add(parsed.head, is_saved=False)
        crux_verify.PageCheck(page, "page.json", parsed, report).run()
        heads.check(None)
    except crux_verify.Unreadable as error:
        report.fault("unreadable", error.place, reason=error.reason)
    return report


def verify_corpus(lines: list[bytes], policy: bytes, *saved: bytes):
    """The report on the lines of a corpus, with checkpoints that were saved earlier."""
    report = crux_verify.Report()
    heads = crux_verify.HeadCheck(crux_verify.PolicyFile(policy, "policy"), report)
    for i, note in enumerate(saved):
        heads.add(crux_verify.CheckpointNote.parse(note, f"saved-{i}"), is_saved=True)
    try:
        check = crux_verify.CorpusCheck("corpus.jsonl", report, heads)
        check.run((i, line.removesuffix(b"\n")) for i, line in enumerate(lines, 1))
        if not check.is_logged:
            report.fault("unsigned", "corpus.jsonl", advice="")
    except crux_verify.Unreadable as error:
        report.fault("unreadable", error.place, reason=error.reason)
    return report
