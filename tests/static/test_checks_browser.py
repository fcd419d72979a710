"""The scripts about checks, each over as little of a page as it needs: `edit/quote-chip.js` and `board.js`."""

from tests.static.conftest import Modules
from tests.static.test_edit_modules_browser import MESSAGES

KEY = "3f2b8a3e-6f0e-4f0e-9d9b-0a7a3a1c2d4e"
SOURCE = "11111111-2222-4333-8444-555555555555"
FORM = f"""<form id="controversy_form" data-quote-url="/quote/">
  <input type="hidden" name="csrfmiddlewaretoken" value="token">
  <ol data-list="x-citations"><li data-item="citation" data-key="{KEY}" data-name="A work"><fieldset>
    <input type="hidden" name="{KEY}-source" value="{SOURCE} A work"><input id="box" value="A work">
    <div class="field-quote"><textarea name="{KEY}-quote">Old words.</textarea></div>
    <div class="chips" data-chips></div></fieldset></li></ol>
  <p class="bar-status"></p></form>"""
WATCH = f"""
  const {{ createPage }} = await import("/static/crux/admin/edit/page.js");
  const form = document.getElementById("controversy_form");
  const page = createPage(form, {{ ...{MESSAGES}, quote_verdict: "{{name}}: {{verdict}}", quote_use: "Use",
    quote_used: "Used.", quote_slow: "Slow." }});
  const waits = [];
  m.watchQuotes(page, {{ change: () => {{ page.dirty = true; }} }}, async (seconds) => {{ waits.push(seconds); }});
  const quote = form.querySelector("textarea");
  const settle = () => new Promise((resolve) => setTimeout(resolve, 300));
  const type = async (words) => {{
    quote.value = words;
    quote.dispatchEvent(new Event("change", {{ bubbles: true }}));
    await settle();
  }};
"""
WAITING = (
    '<div class="chips" data-chips data-waiting><div><p class="chip-verdict">Being checked…</p></div></div>'
)
ABSENT = '<div class="chips" data-chips><div><p class="chip-verdict">Not found</p></div></div>'
EXACT = """<div class="chips" data-chips><div data-exact="The source’s words."><p class="chip-verdict">Differs</p>
  </div></div>"""


def test_nothing_is_asked_of_what_is_as_it_was(modules: Modules):
    modules.open(FORM)
    modules.answer("/quote/", ABSENT)

    modules.run(
        "edit/quote-chip.js",
        WATCH + 'quote.dispatchEvent(new Event("change", { bubbles: true })); await settle();',
    )

    assert modules.requests == []


def test_changed_words_are_asked_about_once_and_the_verdict_is_announced(modules: Modules):
    modules.open(FORM)
    modules.answer("/quote/", ABSENT)

    status = modules.run(
        "edit/quote-chip.js",
        WATCH
        + """await type("New words."); quote.dispatchEvent(new Event("focusout", { bubbles: true })); await settle();
             return [page.status.textContent, form.querySelector("[data-chips]").textContent];""",
    )

    assert status == ["Source “A work”: Not found", "Not found"]
    [(method, address, body)] = modules.requests
    assert (method, address) == ("POST", "/quote/")
    assert all(words in body for words in (KEY, SOURCE, "New words.", "token"))


def test_script_stops_asking_when_it_takes_too_long(modules: Modules):
    modules.open(FORM)
    modules.answer("/quote/", WAITING)

    waits, text = modules.run(
        "edit/quote-chip.js",
        WATCH
        + 'await type("New words."); await settle(); return [waits, form.querySelector("[data-chips]").textContent];',
    )

    assert text == "Slow."
    assert len(modules.requests) == len(waits)
    assert 60 < sum(waits) < 120


def test_server_that_fails_is_asked_again_and_changes_nothing(modules: Modules):
    modules.open(FORM)
    modules.answer("/quote/", ABSENT, status=500)

    text = modules.run(
        "edit/quote-chip.js",
        WATCH + 'await type("New words."); return form.querySelector("[data-chips]").textContent;',
    )

    assert text == ""
    assert len(modules.requests) > 1


def test_the_sources_words_fill_the_field_and_undo_gives_the_old_ones_back(modules: Modules):
    modules.open(FORM)
    modules.answer("/quote/", EXACT)

    seen = modules.run(
        "edit/quote-chip.js",
        WATCH
        + """await type("New words.");
             form.querySelector(".chip-use").click();
             const used = [quote.value, page.dirty, document.activeElement.textContent];
             document.activeElement.click();
             return [...used, quote.value, document.activeElement === quote];""",
    )

    assert seen == ["The source’s words.", True, "Undo", "New words.", True]


def test_text_that_is_no_chosen_source_is_asked_about_without_one(modules: Modules):
    modules.open(FORM.replace(f'value="{SOURCE} A work"', 'value=" A work"'))
    modules.answer("/quote/", '<div class="chips" data-chips></div>')

    modules.run("edit/quote-chip.js", WATCH + 'await type("New words.");')

    [(_method, _address, body)] = modules.requests
    assert "New words." in body
    assert SOURCE not in body


BOARD = """<div class="board">
  <p class="board-news" data-done="Done: {title}." data-closed="Closed: {title}." data-slow="Slow."></p>
  <ol><li id="item-1" data-title="A work" data-under-way>OLD</li></ol></div>"""
LOOK = "const pause = async () => {}; await m.watchChecks(document.querySelector('.board'), pause);"
NEWS = "return [document.querySelector('.board-news').textContent, document.getElementById('item-1').textContent];"


def looked(modules: Modules, now: str) -> list[str]:
    """Watch a board that reads so now; return its news and the item."""
    modules.page.add_init_script(f"window.fetch = async () => new Response({now!r});")
    modules.open(BOARD)
    answer: list[str] = modules.run("board.js", LOOK + NEWS)
    return answer


def test_item_is_drawn_again_once_its_check_is_done(modules: Modules):
    assert looked(modules, '<li id="item-1" data-title="A work">NEW</li>') == ["Done: A work.", "NEW"]


def test_item_that_is_closed_says_so(modules: Modules):
    assert looked(modules, "<p>Nothing.</p>") == ["Closed: A work.", "OLD"]


def test_check_that_takes_too_long_is_no_longer_waited_for(modules: Modules):
    assert looked(modules, '<li id="item-1" data-under-way>OLD</li>') == ["Slow.", "OLD"]
