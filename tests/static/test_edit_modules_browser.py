"""The modules of the edit page, each over as little of a page as it needs."""

from pathlib import Path

import pytest

from tests.static.conftest import STATIC, Modules

ADMIN = STATIC / "crux" / "admin"

MESSAGES = """{
  position: "Position {label}", point: "Point {label}", backing: "Backer {label}",
  backing_named: "Backer “{name}”", citation: "Source {label}", citation_named: "Source “{name}”", unnamed: "(empty)",
  counts_position: "{backers} and {sources}",
  counts_point: "{sources}", add_position: "Add a position", add_point: "Add a point", add_backing: "Add a backer",
  add_citation: "Add a source", up: "Up: {name}", down: "Down: {name}", remove: "Remove: {name}", title_up: "Up",
  title_down: "Down", title_remove: "Remove", drag: "Drag", added: "Added: {name}", moved: "{name} is {place} of {of}.",
  is_first: "{name} is first.", is_last: "{name} is last.", removed: "Removed: {name}.", restored: "Back: {name}.",
  undo: "Undo", undo_of: "Bring {name} back", draft: "Typed {when}.", draft_here: "Here is {when}.",
  draft_as_text: "As text.", draft_again: "Again", draft_away: "Discard", use: "Use: {text}", gone_target: "Gone.",
  no_block: "Not fetched.", gone_block: "Block gone.", signed_out: "Signed out.", login: "Log in", login_url: "/in",
  unreachable: "Unreachable.", saving: "Saving…", too_much: "Too much.", signed_in: "Signed in.", compare: "Compare",
move: "Move: {name}",
  title_move: "Move", move_button: "Move here", cancel: "Cancel", moved_to: "{name} is now in {place}.",
  not_moved: "{name} stays: {reason}", already_there: "{place} has it.", needs_text: "{place} has no text.",
  no_place: "No other place for {name}.", context: "Context",
}"""
PAGE = f"""
  const {{ createPage }} = await import("/static/crux/admin/edit/page.js");
  const form = document.getElementById("controversy_form");
  const page = createPage(form, {MESSAGES});
  window.editPage = page;
  const draft = {{ change: () => {{ page.dirty = true; }}, keep: () => {{}}, stop: () => {{}} }};
"""
STANCE = """<div class="stance" data-point="POINT">
  <label><span class="number"></span> <span class="words"></span></label>
  <ol data-list="POINT-citations" data-kind="citation"></ol></div>"""


def block(kind: str, key: str, name: str, inner: str = "") -> str:
    return f"""<li class="block {kind}" id="block-{key}" data-item="{kind}" data-key="{key}" data-name="{name}">
      <fieldset><legend></legend><details open><summary><span class="label"></span><span class="name"></span>
        <span class="counts"></span></summary>
        <div class="body"><textarea name="{key}-claim">{name}</textarea>{inner}</div></details></fieldset></li>"""


def stances(of: str) -> str:
    backing = '<li data-item="backing" data-name="Meta AI"><fieldset><legend></legend></fieldset></li>'
    return f"""<ol data-list="{of}-backings" data-kind="backing">{backing}</ol>
      <div data-stances="{of}"><p class="list-name">Stances</p></div>"""


FORM = f"""<div id="content-main">
<form id="controversy_form" data-draft="1" data-seen="4" data-limit="200" data-ping="60">
  <input type="hidden" name="csrfmiddlewaretoken" value="old"><input type="hidden" name="shown" value="4">
  <ul data-jump="points"></ul><ul data-jump="positions"></ul>
  <ol data-list="points" data-kind="point">{block("point", "p1", "Safety")}{block("point", "p2", "Access")}</ol>
  <ol data-list="positions" data-kind="position">
    {block("position", "a", "Open", stances("a"))}{block("position", "b", "", stances("b"))}</ol>
  <p class="bar-status"></p><div class="bar-company"></div><input name="reason-summary">
  <input type="submit" name="_save" value="Save">
</form>
<template data-new="stance">{STANCE.replace("POINT", "__key__")}</template>
<template data-new="position">{block("position", "__key__", "", stances("__key__"))}</template></div>"""

BLOCKS = (
    PAGE
    + """
  const blocks = m.createBlocks(page, draft, () => {}, {});
  blocks.setUp(form);
  blocks.refresh();
  const texts = (selector) => Array.from(document.querySelectorAll(selector), (element) => element.textContent.trim());
  const tool = (key, name) => document.querySelector(`#block-${key} [data-tool=${name}]`);
"""
)


def test_page_lists_what_would_be_sent(modules: Modules):
    modules.open(FORM)

    assert modules.run(
        "edit/page.js", PAGE + "page.announce('Hi'); return [page.entries().length, page.status.innerText];"
    ) == [
        6,
        "Hi",
    ]


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (702, "AAA")]
)
def test_positions_are_lettered(modules: Modules, index: int, letters: str):
    modules.open("")

    assert modules.run("edit/names.js", f"return m.letter({index});") == letters


def test_items_are_named_by_kind_place_and_words(modules: Modules):
    modules.open(FORM)

    names = modules.run(
        "edit/names.js",
        PAGE
        + """document.getElementById("block-p1").dataset.name = "x".repeat(70);
             return Array.from(form.querySelectorAll("[data-item]"), (item) => m.itemName(page, item));""",
    )

    assert names == [
        "Point 1: " + "x" * 59 + "…",
        "Point 2: Access",
        "Position A: Open",
        "Backer “Meta AI”",
        "Position B",
        "Backer “Meta AI”",
    ]


def test_name_follows_what_is_typed(modules: Modules):
    modules.open(FORM)

    assert modules.run(
        "edit/names.js",
        """const field = document.querySelector("[name=a-claim]"); field.value = " Closed ";
           const item = field.closest("[data-item]");
           const noted = [m.noteName(field), m.noteName(document.querySelector("[name=reason-summary]"))];
           return [...noted, item.dataset.name];""",
    ) == [True, False, "Closed"]


def test_outline_letters_counts_and_lists_the_parts(modules: Modules):
    modules.open(FORM)

    texts = modules.run(
        "edit/blocks.js",
        BLOCKS
        + """return [texts("summary .label"), texts("summary .name"), texts("[data-item=position] .counts"),
               texts("[data-jump] li"), texts("[data-stances=a] label"),
               document.querySelector("[data-list=a-backings] + .add").getAttribute("aria-label")];""",
    )

    assert texts == [
        ["1", "2", "A", "B"],
        ["Safety", "Access", "Open", "(empty)"],
        ["1 and 0", "1 and 0"],
        ["1 Safety", "2 Access", "A Open", "B (empty)"],
        ["1 Safety", "2 Access"],
        "Add a backer: Position A: Open",
    ]


def test_outline_of_a_page_typed_as_text_is_left_alone(modules: Modules):
    modules.open('<form id="controversy_form"><p class="bar-status"></p></form>')

    assert modules.run("edit/outline.js", PAGE + "return m.refreshOutline(page, () => {}) ?? null;") is None


def test_part_is_added_from_its_template(modules: Modules):
    modules.open(FORM)

    result = modules.run(
        "edit/blocks.js",
        BLOCKS
        + """document.querySelector("[data-list=positions] + .add").click();
             const item = document.querySelector("[data-list=positions]").lastElementChild;
             return [page.status.textContent, page.dirty, item.dataset.key, document.activeElement.name,
                     texts("[data-list=positions] > li:last-child [data-stances] label")];""",
    )

    assert result[:2] == ["Added: Position C", True]
    assert result[3] == f"{result[2]}-claim"
    assert result[4] == ["1 Safety", "2 Access"]


def test_part_moves_and_stops_at_the_ends(modules: Modules):
    modules.open(FORM)

    assert modules.run(
        "edit/blocks.js",
        BLOCKS
        + """const said = [];
             for (const [key, name] of [["p1", "up"], ["p1", "down"], ["p1", "down"]]) {
               tool(key, name).click(); said.push(page.status.textContent);
             }
             return [said, texts("[data-list=points] summary .name"), texts("[data-stances=a] label"),
                     document.activeElement === tool("p1", "down")];""",
    ) == [
        ["Point 1: Safety is first.", "Point 2: Safety is 2 of 2.", "Point 2: Safety is last."],
        ["Access", "Safety"],
        ["1 Access", "2 Safety"],
        True,
    ]


def test_removed_part_is_not_sent_until_it_is_brought_back(modules: Modules):
    modules.open(FORM)

    assert modules.run(
        "edit/blocks.js",
        BLOCKS
        + """tool("p1", "remove").click();
             const isSent = () => page.entries().some(([name]) => name === "p1-claim");
             const removed = [isSent(), texts("[data-jump=points] li"), document.activeElement.textContent];
             document.activeElement.click();
             return [...removed, isSent(), page.status.textContent];""",
    ) == [False, ["1 Access"], "Undo", True, "Back: Point 1: Safety."]


def test_new_keys_are_uuids_where_the_browser_makes_none(modules: Modules):
    modules.open("")  # over http, crypto.randomUUID is not there

    result = modules.run(
        "edit/template.js",
        "return [typeof crypto.randomUUID, ...Array.from({ length: 50 }, m.newKey).filter((key) =>"
        " !/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(key))];",
    )

    assert result == ["undefined"]


def test_part_is_dragged_by_its_handle(modules: Modules):
    modules.open(
        "<ol style='margin:0'>"
        + "".join(f'<li id={n} style="height:40px"><span>{n}</span></li>' for n in "abc")
        + "</ol>"
    )
    modules.run(
        "edit/drag.js",
        """window.moved = 0;
           const item = document.getElementById("a");
           m.makeDraggable(item, item.firstChild, () => { window.moved += 1; });""",
    )
    page = modules.page

    page.hover("#a span")
    page.mouse.down()
    page.mouse.move(60, 90, steps=4)
    page.mouse.up()

    assert page.inner_text("ol").split() == ["b", "a", "c"]
    page.wait_for_function("window.moved === 1")


SHUT = FORM.replace('data-key="a"', 'data-key="a" data-x').replace(
    'data-name="Open">\n      <fieldset><legend></legend><details open>',
    'data-name="Open">\n      <fieldset><legend></legend><details data-shut>',
)
LOADER = (
    PAGE
    + """
  const loaded = [];
  const openBlock = m.createBlockLoader(page, (body) => loaded.push(body.textContent));
  const details = document.querySelector("#block-a details");
"""
)


def test_shut_block_is_fetched_once(modules: Modules):
    modules.open(SHUT)
    modules.answer("/", "<p>Whole</p>")

    assert modules.run(
        "edit/shut-block.js",
        LOADER
        + """await openBlock(details);
             details.open = true;
             await Promise.all([openBlock(details), openBlock(details)]);
             return [loaded, details.hasAttribute("data-shut")];""",
    ) == [["Whole"], False]
    assert modules.requests == [("GET", "/?block=a&shown=4", "")]


@pytest.mark.parametrize(
    ("status", "text"), [(410, "Block gone."), (500, "Not fetched."), (None, "Not fetched.")]
)
def test_block_that_cannot_be_fetched_is_shut_again(modules: Modules, status: int | None, text: str):
    modules.open(SHUT)
    if status:
        modules.answer("/", "", status)

    assert modules.run(
        "edit/shut-block.js",
        LOADER
        + "details.open = true; await openBlock(details); return [page.status.textContent, details.open, loaded];",
    ) == [text, False, []]


MOVES = """<div id="content-main"><form id="controversy_form">
  <ol data-kind="position"><li data-item="position" data-key="a" data-name="Open"><details open><summary></summary>
    <div class="list"><ol data-list="a-backings" data-kind="backing">
      <li data-item="backing" data-key="b" data-name="Meta AI"><fieldset><legend></legend>
        <div class="tools"></div><input type="hidden" name="a-backings" value="b">
        <input type="hidden" name="b-backer" value="meta"></fieldset></li></ol></div></details></li>
  <li data-item="position" data-key="c" data-name="Closed"><details open><summary></summary>
    <div class="list"><ol data-list="c-backings" data-kind="backing">HERE</ol></div></details></li></ol>
  <p class="bar-status"></p></form></div>"""
MOVER = (
    PAGE
    + """
  const item = document.querySelector("[data-key=b]");
  let changes = 0;
  const mover = m.createMover(page, async () => {}, () => { changes += 1; });
  const tool = mover.makeTool(item);
  item.querySelector(".tools").append(tool);
  const lists = () => Array.from(form.querySelectorAll("[data-list]"))
    .map((list) => list.querySelectorAll("[data-key=b]").length);
  const input = item.querySelector("input[value=b]");
"""
)


def test_backer_moves_to_another_position_and_back(modules: Modules):
    modules.open(MOVES.replace("HERE", ""))

    assert modules.run(
        "edit/move.js",
        MOVER
        + """tool.click();
             item.querySelector(".move-go").click();
             await new Promise((done) => setTimeout(done));
             const after = [lists(), input.name, page.status.textContent, document.activeElement === tool];
             form.querySelector(".undo").click();
             return [after, lists(), input.name, changes];""",
    ) == [
        [[0, 1], "c-backings", "Backer “Meta AI” is now in Position B: Closed.", True],
        [1, 0],
        "a-backings",
        2,
    ]


def test_backer_cannot_move_to_where_it_is_already(modules: Modules):
    twin = """<li data-item="backing" data-key="d" data-name="Meta AI"><fieldset>
      <input type="hidden" name="d-backer" value="meta"></fieldset></li>"""
    modules.open(MOVES.replace("HERE", twin))

    assert modules.run(
        "edit/move.js",
        MOVER
        + """tool.click();
             const option = item.querySelector("option");
             return [option.textContent, option.disabled, item.querySelector(".move-go").disabled, lists()];""",
    ) == ["Position B: Closed has it.", True, True, [1, 0]]


def test_name_follows_the_row_that_stays_until_one_is_chosen(modules: Modules):
    modules.open("""<form class="tidy-merge"><input type="radio" name="kept" value="1" checked>
      <input type="radio" name="kept" value="2"><input type="radio" name="value-name" value="1" checked>
      <input type="radio" name="value-name" value="2"></form>""")

    assert modules.run(
        "merge.js",
        """const choose = (name, value) => {
               const input = document.querySelector(`[name=${name}][value="${value}"]`);
               input.checked = true;
               input.dispatchEvent(new Event("change", { bubbles: true }));
               return document.querySelector("[name=value-name]:checked").value;
             };
             return [choose("kept", "2"), choose("value-name", "1"), choose("kept", "1"), choose("kept", "2")];""",
    ) == ["2", "1", "1", "1"]


WROTE = FORM.replace(
    "</form>",
    """<input type="hidden" name="base" value="4"><details data-blame="p1.title"><summary>Who?</summary>
       <div><a href="/elsewhere">The page</a></div></details></form>""",
).replace('id="controversy_form"', 'id="controversy_form" data-blame-url="/blame"')
TOLD = """m.tellAuthors(page);
    const details = form.querySelector("[data-blame]");
    const settled = async (event) => { // the event comes with a task of its own, and only then is the request sent
      await event;
      while (details.ariaBusy) await new Promise((done) => setTimeout(done, 5));
    };
    const toggle = (open) => {
      const event = new Promise((done) => details.addEventListener("toggle", done, { once: true }));
      details.open = open;
      return settled(event);
    };
    await toggle(true);"""


def test_authors_of_a_field_are_fetched_when_it_is_opened(modules: Modules):
    modules.open(WROTE)
    modules.answer("/blame", '<p>Ann</p><a href="/authors/">Authors</a>')

    assert modules.run(
        "edit/wrote.js",
        PAGE
        + TOLD
        + """await toggle(false); await toggle(true);
             return [details.innerText.trim(), details.querySelector("a").target, details.ariaBusy];""",
    ) == ["Who?\n\nAnn\n\nAuthors", "_blank", None]
    assert modules.requests == [("GET", "/blame?path=p1.title&number=4", "")]


@pytest.mark.parametrize(("status", "text"), [(503, "Not fetched."), (None, "Not fetched.")])
def test_authors_that_cannot_be_fetched_are_asked_for_again(modules: Modules, status: int | None, text: str):
    modules.open(WROTE)
    if status:
        modules.answer("/blame", "", status)

    assert modules.run(
        "edit/wrote.js",
        PAGE
        + TOLD
        + """const before = [page.status.textContent, details.open, details.querySelector("a").textContent];
             await toggle(true);
             return before;""",
    ) == [text, False, "The page"]
    assert len(modules.requests) == 2


def test_reveal_opens_what_hides_the_target(modules: Modules):
    modules.open(SHUT.replace("<details open>", "<details>"))

    assert modules.run(
        "edit/reveal.js",
        PAGE
        + """const opened = [];
             const openBlock = async (details) => { opened.push(details.closest("[data-item]").dataset.key); };
             m.followLinks(page, openBlock);
             await m.reveal(page, document.querySelector("[name=p1-claim]"), openBlock);
             const first = document.activeElement.name;
             form.insertAdjacentHTML("beforeend", '<a href="#block-a">a</a>');
             form.lastElementChild.click();
             await new Promise((done) => setTimeout(done, 20));
             return [first, opened, document.activeElement.matches("#block-a summary")];""",
    ) == ["p1-claim", ["a"], True]


def test_first_focus_is_on_the_error_or_what_the_address_names(modules: Modules):
    modules.open(FORM, "/#block-gone")

    assert modules.run(
        "edit/reveal.js",
        PAGE
        + """m.revealFirst(page, () => {});
             const said = page.status.textContent;
             document.querySelector("[name=b-claim]").setAttribute("aria-invalid", "true");
             const restored = m.revealFirst(page, () => {});
             return [said, restored, document.activeElement.name];""",
    ) == ["Gone.", False, "b-claim"]


def test_reason_is_offered_after_a_change_and_can_be_used(modules: Modules):
    modules.open(FORM)
    modules.answer("/", {"reason": "Claim of A reworded"})
    modules.run("edit/reason.js", PAGE + "m.offerReason(page, draft); window.editPage = page;")
    page = modules.page

    page.focus("[name=reason-summary]")
    assert modules.requests == []  # nothing has changed yet
    page.focus("[name=a-claim]")
    page.evaluate("editPage.dirty = true")
    page.focus("[name=reason-summary]")
    page.click("text=Use: Claim of A reworded")

    assert page.input_value("[name=reason-summary]") == "Claim of A reworded"
    assert page.locator(".suggestion").count() == 0


SAVE = (
    PAGE
    + "page.form.submit = () => { window.sent = true; }; window.sent = false; m.guardSaving(page, draft);"
)


def test_page_is_saved_once_the_server_is_reached(modules: Modules):
    modules.open(FORM)
    modules.run("edit/save.js", SAVE)
    page = modules.page

    page.click("[name=_save]")
    page.wait_for_selector("text=Unreachable.")
    modules.answer("/", {"token": "new", "others": ["Ada is here."]})
    page.click("[name=_save]")
    page.wait_for_function("window.sent")

    assert page.inner_text(".bar-company") == "Ada is here."
    assert ("GET", "/?ping=1&base=4", "") in modules.requests


def test_page_that_is_too_large_is_not_sent(modules: Modules):
    modules.open(FORM)
    modules.run("edit/save.js", SAVE)
    modules.page.fill("[name=a-claim]", "ä\n" * 100)

    modules.page.click("[name=_save]")

    modules.page.wait_for_selector("text=Too much.")
    assert modules.requests == []


def test_weight_counts_bytes_as_they_are_sent(modules: Modules):
    modules.open("")

    assert (
        modules.run("edit/save.js", 'return m.weigh([["ab", "ä\\n"], ["c", ""]]);') == 2 + 4 + 2 + 1 + 0 + 2
    )


def test_enter_in_a_line_sends_nothing(modules: Modules):
    modules.open(FORM)
    modules.run("edit/save.js", SAVE)

    modules.page.press("[name=reason-summary]", "Enter")

    assert modules.page.inner_text(".bar-status") == ""


DRAFT = PAGE + "const real = m.createDraft(page); window.draft = real; real.watch(); await real.restore();"


def test_draft_is_put_back_by_the_server_s_drawing(modules: Modules):
    modules.open(FORM)
    modules.run(
        "edit/draft.js", DRAFT + "document.querySelector('[name=a-claim]').value = 'Mine'; real.keep();"
    )
    drawn = FORM.replace(
        '<ul data-jump="points">', '<p id="restored"></p><i>drawn</i><ul data-jump="points">'
    )
    modules.answer("/", f"<body>{drawn}</body>")
    modules.open(FORM)

    text = modules.run(
        "edit/draft.js", DRAFT + "return [page.form.querySelector('i').textContent, page.form.isConnected];"
    )

    assert text == ["drawn", True]
    assert modules.page.inner_text("#restored").startswith("Here is ")
    [(method, _, body)] = modules.requests
    assert method == "POST"
    assert "a-claim=Mine" in body
    assert "_restore=1" in body


def test_draft_that_the_server_has_is_forgotten(modules: Modules):
    modules.open(FORM)
    modules.run(
        "edit/draft.js",
        DRAFT + "real.keep({ sent: true }); document.querySelector('[name=a-claim]').value = 'x';",
    )
    modules.page.evaluate("draft.keep({ sent: true })")
    modules.answer("/", "", 204)
    modules.open(FORM)

    assert modules.run("edit/draft.js", DRAFT + "return localStorage.length;") == 0
    assert "_sent=1" in modules.requests[0][2]


def test_draft_that_cannot_be_put_back_is_shown_as_text(modules: Modules):
    modules.open(FORM)
    modules.run(
        "edit/draft.js", DRAFT + "document.querySelector('[name=a-claim]').value = 'All mine'; real.keep();"
    )
    modules.open(FORM)
    modules.run("edit/draft.js", DRAFT)

    assert modules.page.inner_text("#typed-before dd") == "All mine"
    modules.page.click("text=Again")
    modules.page.wait_for_load_state()
    assert list(modules.page.evaluate("Object.keys(localStorage)")) == ["crux-draft:1"]


def test_label_of_a_field_that_is_gone_is_its_name(modules: Modules):
    modules.open('<form><label for="id_a-claim"> Claim </label></form>')

    assert modules.run(
        "edit/draft.js",
        """const form = document.querySelector("form");
           return ["a-claim", "123e4567-e89b-12d3-a456-426614174000-claim"].map((name) => m.findLabel(form, name));""",
    ) == ["Claim", "claim"]


def test_only_lines_that_changed_are_drawn_again(modules: Modules):
    modules.open("")

    assert modules.run(
        "edit/text.js",
        """return [m.sameEnds(["a", "b", "c"], ["a", "x", "c"]), m.sameEnds(["a"], ["a", "a"]), m.sameEnds([], ["a"]),
                   m.sameEnds(["a", "b"], ["a", "b"])];""",
    ) == [[1, 1], [1, 0], [0, 0], [2, 0]]


def test_numbers_and_notes_follow_the_text(modules: Modules):
    modules.open(
        """<form id="controversy_form"><div><textarea id="id_text">a
b
c</textarea><ol class="lines"><li><span>a</span></li><li id="line-2"><span>b</span><b class="note">Wrong.</b></li>
<li><span>c</span></li></ol></div><a href="#line-2">line 2</a><p class="bar-status"></p></form>""".replace(
            "</li>\n<li>", "</li><li>"
        )
    )
    modules.run("edit/text.js", 'm.numberLines(document.querySelector("form"));')
    page = modules.page

    page.click("text=line 2")
    page.wait_for_function("document.querySelector('.at-line').textContent === 'Wrong.'")
    assert page.evaluate("getSelection().toString()") == "b"
    page.fill("#id_text", "a\nnew\nb\nc")

    assert page.locator(".lines li > span").all_inner_texts() == ["a", "new", "b", "c"]
    assert page.locator(".lines .note").count() == 1


MANY = """<form><div style="height:5000px"></div><div><textarea id="id_text">a
b
c
d
e
f</textarea><ol class="lines"><li class="shut" value="1"><span>a
b</span></li><li value="3"><span>c</span></li><li id="line-4"><span>d</span><b class="note">Wrong.</b></li
><li class="shut" value="5"><span>e
f</span></li></ol></div><p class="bar-status"></p></form>"""
LINES = """[...document.querySelectorAll(".lines > li")]
    .map((each) => [each.value, each.firstElementChild.textContent])"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb\nc\nd\ne\nf", [[1, "a\nb"], [3, "c"], [0, "d"], [5, "e\nf"]]),
        ("a\nb\nnew\nc\nd\ne\nf", [[1, "a\nb"], [3, "new"], [4, "c"], [0, "d"], [6, "e\nf"]]),
        ("a\nnew\nb\nc\nd\ne\nf", [[1, "a"], [0, "new"], [0, "b"], [4, "c"], [0, "d"], [6, "e\nf"]]),
        ("a\nb\nc\nd\ne\nnew\nf", [[1, "a\nb"], [3, "c"], [0, "d"], [5, "e"], [0, "new"], [0, "f"]]),
        ("a\nf", [[1, "a"], [0, "f"]]),
        ("c\nd\ne\nf", [[1, "c"], [0, "d"], [3, "e\nf"]]),
        ("x", [[0, "x"]]),
    ],
)
def test_many_lines_are_one_element_until_one_of_them_changes(modules: Modules, text, lines):
    modules.open(MANY)
    modules.run("edit/text.js", 'm.numberLines(document.querySelector("form"));')

    modules.page.evaluate(
        """(text) => { const area = document.getElementById("id_text"); area.value = text;
                      area.dispatchEvent(new Event("input")); }""",
        text,
    )

    assert modules.page.evaluate(LINES) == lines


def test_many_lines_are_drawn_one_by_one_when_they_come_near(modules: Modules):
    modules.open(MANY)
    modules.run("edit/text.js", 'm.numberLines(document.querySelector("form"));')
    assert modules.page.locator(".lines > li").count() == 4

    modules.page.locator("#id_text").scroll_into_view_if_needed()

    modules.page.wait_for_function("document.querySelectorAll('.lines > li').length === 6")
    assert [value for value, _text in modules.page.evaluate(LINES)] == [1, 0, 3, 0, 5, 0]


def test_edit_page_begins_with_all_of_its_modules(modules: Modules):
    modules.open(
        f"""{FORM}<script type="application/json" id="crux-words"></script><script>
          document.getElementById("crux-words").textContent = JSON.stringify({MESSAGES});
        </script><script type="application/json" id="crux-boxes">{{}}</script>
        <script type="module" src="/static/crux/admin/edit.js"></script>"""
    )

    modules.page.wait_for_selector("#controversy_form[data-ready]")
    assert modules.page.locator(".tools").count() == 6


BOX = """<div id="content-main"><form id="controversy_form"><input name="csrfmiddlewaretoken" value="t">
  <ol data-list="sources-of-a" data-kind="citation"><li data-item="citation" data-key="c"><fieldset><legend></legend>
    <div class="cells"><div class="field"><input type="hidden" name="c-source" value="">
      <input type="text" id="id_c-source" name="c-source-text" data-reference="source"></div></div></fieldset></li></ol>
  <p class="bar-status"></p></form>
  <template data-new="source"><div class="new-part" data-new-part="__new__" data-kind="source"><fieldset>
    <input type="hidden" name="sources" value="__new__"><p class="lookup-status"></p>
    <div class="field"><label>Title</label><input name="__new__-title"></div>
    <div class="field"><label>Authors</label><input name="__new__-authors"></div></fieldset></div></template></div>"""
BOX_PAGE = (
    PAGE
    + """
  for (const name of ["chosen", "use_it", "use_here", "new_source", "options_source", "option_count", "only_new",
    "no_options", "placeholder_source", "kind_source", "looking_up", "looked_up", "origin"]) page.messages[name] = name;
  const config = { source: { matches: "/matches", lookup: "/lookup", title: "title", mayAdd: true } };
  const within = (selector) => Array.from(form.querySelectorAll(selector));
  const box = document.getElementById("id_c-source"), held = box.previousElementSibling;
"""
)


def test_box_lists_what_the_server_says_and_holds_the_key(modules: Modules):
    modules.answers["/matches"] = (
        200,
        '{"options": [{"key": "k1", "name": "A work", "detail": "2024", "same": true}], "values": {"title": "a w"}}',
    )
    modules.open(BOX)
    modules.run(
        "edit/reference.js", BOX_PAGE + "m.createReferences(page, draft, config, () => {}).setUp(within);"
    )
    page = modules.page

    page.click("#id_c-source")
    page.keyboard.type("a w")
    page.wait_for_selector("[role=option]")
    assert page.locator("[role=option] .name").all_inner_texts() == ["A work", "new_source"]
    assert page.get_attribute("#id_c-source", "aria-activedescendant") == "id_c-source-option-0"
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#id_c-source", "aria-activedescendant") == "id_c-source-option-1"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    assert page.input_value("[name=c-source]") == "k1 A work"
    assert page.locator("[role=listbox]").count() == 0
    page.keyboard.type("!")
    assert page.input_value("[name=c-source]") == ""
    page.keyboard.press("Escape")


def test_lookup_that_failed_says_so_though_the_pasted_text_fills_fields(modules: Modules):
    values = '{"authors": {"value": "A", "origin": "what you pasted"}}'
    modules.answers["/lookup"] = (
        200,
        f'{{"key": "1", "state": "failed", "values": {values}, "failure": "No answer.", "options": []}}',
    )
    modules.open(BOX)

    result = modules.run(
        "edit/new-part.js",
        BOX_PAGE
        + """const parts = m.createNewParts(page, draft, config, () => {}, () => {});
             held.value = `${parts.add(box, "10.1/x", {}, { asked: true })} 10.1/x`;
             await new Promise((resolve) => { setTimeout(resolve, 300); });
             const status = form.querySelector(".lookup-status").textContent;
             return [form.querySelector("[name$=-authors]").value, status];""",
    )

    assert result == ["A", "No answer."]


def test_new_part_is_filled_where_nothing_was_typed(modules: Modules):
    values = '{"title": {"value": "Theirs", "origin": "Crossref"}, "authors": {"value": "A", "origin": "Crossref"}}'
    modules.answers["/lookup"] = (200, f'{{"key": "1", "state": "done", "values": {values}, "options": []}}')
    modules.open(BOX)

    result = modules.run(
        "edit/new-part.js",
        BOX_PAGE
        + """const parts = m.createNewParts(page, draft, config, () => {}, () => {});
             const key = parts.add(box, "10.1/x", { authors: "" }, { asked: true });
             held.value = `${key} 10.1/x`;
             const title = form.querySelector(`[name="${key}-title"]`);
             title.value = "Mine";
             title.dispatchEvent(new Event("input", { bubbles: true }));
             await new Promise((resolve) => { setTimeout(resolve, 300); });
             const authors = form.querySelector(`[name="${key}-authors"]`);
             const read = [title.value, authors.value, authors.closest(".field").innerText.includes("origin"),
               form.querySelector(`[name="${key}-asked"]`).value, form.querySelector(".lookup-status").textContent];
             held.value = "";
             parts.settle();
             return [...read, form.querySelectorAll(".new-part").length];""",
    )

    assert result == ["Mine", "A", True, "1", "looked_up", 0]


PASSKEY = """<p class="passkey-problem" data-unsupported="No passkeys here." data-failed="It failed." hidden></p>
<form data-passkey="get" data-options="options" hidden><input name="credential"><button>Log in</button></form>
<script type="application/json" id="options">{"request_options": {"publicKey": {}}}</script>"""


def test_a_browser_without_passkeys_says_so_and_sends_nothing(modules: Modules):
    modules.open(PASSKEY)
    modules.run("passkey.js", "")

    modules.page.click("text=Log in")

    problem = modules.page.locator(".passkey-problem")
    problem.wait_for()
    assert problem.inner_text() == "No passkeys here."
    assert modules.page.locator("[name=credential]").input_value() == ""


def test_boxes_of_autocompletion_are_named_by_their_labels(modules: Modules):
    modules.open(
        """<div><label for="id_page">Page</label><select id="id_page" class="admin-autocomplete"></select>
        <span><span class="select2-selection__rendered" role="textbox"></span></span></div>"""
    )

    modules.run("named-chooser.js", "m.nameChoosers();")

    box = modules.page.locator(".select2-selection__rendered")
    assert box.get_attribute("aria-label") == "Page"


def test_every_module_has_a_test():
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    modules = [path.relative_to(ADMIN).as_posix() for path in sorted(ADMIN.rglob("*.js"))]

    assert len(modules) > 15
    assert [module for module in modules if f'{module}"' not in tests] == []
