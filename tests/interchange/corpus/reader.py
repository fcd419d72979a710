"""Another program that reads a corpus: it knows what the format's page says, and nothing else of this project."""

import hashlib
import json


def sha256(data) -> str:
    if not isinstance(data, bytes):
        data = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(data).hexdigest()


def read(corpus: bytes) -> dict:
    """The header, what is shared, and every page: {number: (its line, {key: block's text} in order, or None)}."""
    *lines, last = corpus.splitlines(keepends=True)
    end = json.loads(last)
    assert end["sha256"] == sha256(b"".join(lines))
    assert end["end"]["lines"] == len(lines)
    found = {"header": json.loads(lines[0]), "shared": [], "pages": {}, "slugs": {}, "end": end["end"]}
    found |= {"entries": [], "checkpoint": None}
    revision = None
    for text in [line.rstrip(b"\n") for line in lines[1:]]:
        line = json.loads(text)
        if "page" in line:
            page = found["pages"][line["page"]] = {}
            found["slugs"][line["page"]] = line["slug"]
            order, live, parent, hidden, expected = [], {}, None, False, []
        elif "revision" in line or "hidden" in line:
            assert not expected
            number = line.get("revision") or line["hidden"]
            assert number == len(page) + 1
            if "hidden" in line:
                page[number] = (line, None)
                parent, hidden = line["digest"], True
                continue
            assert hidden or "earlier" not in line
            revision, hidden = line, False
            order = line.get("order", order)
            expected = [key for key in order if key in {*line["changed"], *line.get("earlier", [])}]
            live = {key: live.get(key) for key in order}
        elif "block" in line or "erased" in line:
            key = line.get("key") or line["erased"]
            assert key == expected.pop(0)
            live[key] = text
        elif "entry" in line:
            found["entries"].append(line["entry"])
        elif "checkpoint" in line:
            found["checkpoint"] = line["checkpoint"]
        else:
            found["shared"].append(line)
        if ("block" in line or "erased" in line or "revision" in line) and not expected:
            page[revision["revision"]] = (revision, dict(live))
            parent = check(revision, live, parent)
    return found


def check(line, live, parent) -> str:
    """The revision's digest, which is right."""
    blocks = []
    for key, text in live.items():
        block = json.loads(text)
        blocks.append([key, block["digest"] if "erased" in block else sha256(text)])
    assert sha256(blocks) == line["document"]
    said = {
        name: line[name] for name in ("author", "document", "summary", "time", "reviewer") if name in line
    }
    assert sha256({**said, "parent": parent}) == line["digest"]
    return line["digest"]
