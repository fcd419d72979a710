"""The modules that all forms of the desk share."""

import pytest

from tests.static.conftest import Modules

TOKEN = '<form id="form" action="/sent"><input type="hidden" name="csrfmiddlewaretoken" value="old">'


def test_text_is_never_read_as_html(modules: Modules):
    modules.open("<main></main>")

    html = modules.run(
        "lib/dom.js",
        """const link = m.makeOutsideLink("/x", "<b>Log in</b>");
           document.body.append(m.make("p", { class: "a" }, "1 < 2 ", link), m.makeButton({ title: "t" }, "Go"));
           return document.body.innerHTML;""",
    )

    assert (
        '<p class="a">1 &lt; 2 <a href="/x" target="_blank" rel="noopener">&lt;b&gt;Log in&lt;/b&gt;</a></p>'
        in html
    )
    assert '<button type="button" title="t">Go</button>' in html


def test_message_takes_its_values_by_name(modules: Modules):
    modules.open("")

    assert (
        modules.run("lib/dom.js", 'return m.formatMessage("{n} of {of}: {n}", { n: 2, of: 3 });')
        == "2 of 3: 2"
    )


def test_text_that_is_there_is_not_set_again(modules: Modules):
    modules.open("<p id=p>same</p>")

    changes = modules.run(
        "lib/dom.js",
        """const p = document.getElementById("p");
           const changes = [];
           const observer = new MutationObserver((records) => changes.push(...records));
           observer.observe(p, { childList: true });
           m.setText(p, "same"); m.setText(null, "nothing"); m.setText(p, "other");
           await new Promise((resolve) => setTimeout(resolve, 0));
           return changes.length;""",
    )

    assert changes == 1


def test_time_is_written_in_the_page_s_language(modules: Modules):
    modules.open("")

    assert "2026" in modules.run("lib/dom.js", "return m.formatTime(Date.UTC(2026, 5, 15));")


def test_store_forgets_what_is_old_and_ignores_what_is_not_its_own(modules: Modules):
    modules.open("")

    values = modules.run(
        "lib/browser-store.js",
        """const store = m.createStore("key", (value) => Array.isArray(value.entries));
           const results = [store.read()];
           store.write({ time: Date.now(), entries: [1] }); results.push(store.read().entries);
           store.write({ time: Date.now() - 13 * 864e5, entries: [2] }); results.push(store.read().entries);
           store.write({ time: Date.now() - 15 * 864e5, entries: [3] });
           results.push(store.read(), localStorage.getItem("key"));
           localStorage.setItem("key", "{"); results.push(store.read());
           localStorage.setItem("key", '{"time": 1e15}'); results.push(store.read());
           store.remove(); results.push(localStorage.getItem("key"));
           return results;""",
    )

    assert values == [None, [1], [2], None, None, None, None, None]


def test_store_says_when_there_is_no_room(modules: Modules):
    modules.open("")

    assert modules.run(
        "lib/browser-store.js",
        """const store = m.createStore("key", () => true);
           return [store.write({ time: 0, text: "x".repeat(6e6) }), store.write({ time: 0, text: "x" })];""",
    ) == [False, True]


def test_check_refreshes_every_token(modules: Modules):
    modules.open(TOKEN + "</form>" + TOKEN + "</form>")
    modules.answer("/ping", {"token": "new", "others": []})

    result = modules.run(
        "lib/server-check.js",
        """const news = await m.checkServer("/ping");
           return [news.others, ...Array.from(document.querySelectorAll("input"), (input) => input.value)];""",
    )

    assert result == [[], "new", "new"]


@pytest.mark.parametrize(("status", "signed_out"), [(403, True), (500, False), (404, False), (None, False)])
def test_check_tells_a_lost_log_in_from_a_lost_server(modules: Modules, status: int | None, signed_out: bool):
    modules.open("<p id=status></p>")
    if status:
        modules.answer("/ping", "no", status)

    text = modules.run(
        "lib/server-check.js",
        """const element = document.getElementById("status");
           const messages = { signedOut: "Signed out.", login: "Log in", loginUrl: "/in", unreachable: "Unreachable." };
           try { await m.checkServer("/ping"); } catch (error) { m.showFailure(element, error, messages); }
           return element.innerHTML;""",
    )

    assert text == (
        'Signed out. <a href="/in" target="_blank" rel="noopener">Log in</a>'
        if signed_out
        else "Unreachable."
    )


GUARD = TOKEN + '<button name="_save" value="1">Save</button><button name="_preview">Preview</button></form>'
GUARDED = """
    const form = document.getElementById("form");
    window.state = { sending: false };
    window.log = [];
    form.submit = () => log.push("sent " + Array.from(new FormData(form).keys()).join());
    window.isDown = true;
    m.guardSubmit(form, state, {
      isExempt: (button) => button?.name === "_preview",
      canStart: () => !window.isTooMuch,
      check: async () => { if (isDown) throw new Error("down"); },
      onFailure: (error) => log.push(error.message),
      onSend: (button) => log.push("pressed " + button?.name),
      fallback: "_save",
    });
    const press = async (button) => { form.requestSubmit(button); await new Promise((done) => setTimeout(done, 20)); };
    const save = document.querySelector("[name=_save]");
"""


def test_form_is_sent_once_and_only_after_the_check(modules: Modules):
    modules.open(GUARD)

    log = modules.run(
        "lib/guarded-submit.js",
        GUARDED
        + """await press(save); log.push(state.sending);
             isDown = false; await press(save); await press(save);
             log.push(state.sending, form.querySelectorAll("input[type=hidden]").length);
             return log;""",
    )

    assert log == ["down", False, "pressed _save", "sent csrfmiddlewaretoken,_save", True, 1]


def test_form_sent_by_the_keyboard_sends_the_usual_button(modules: Modules):
    modules.open(GUARD)

    log = modules.run("lib/guarded-submit.js", GUARDED + "isDown = false; await press(null); return log;")

    assert log == ["pressed undefined", "sent csrfmiddlewaretoken,_save"]


def test_form_that_may_not_start_is_not_sent(modules: Modules):
    modules.open(GUARD)

    assert modules.run(
        "lib/guarded-submit.js",
        GUARDED + "isDown = false; window.isTooMuch = true; await press(save); return [log, state.sending];",
    ) == [[], False]


def test_exempt_button_is_left_alone(modules: Modules):
    modules.open(GUARD)

    assert modules.run(
        "lib/guarded-submit.js",
        GUARDED
        + """let prevented = null;
             addEventListener("submit", (event) => { prevented = event.defaultPrevented; event.preventDefault(); });
             await press(document.querySelector("[name=_preview]"));
             return [prevented, log];""",
    ) == [False, []]


def test_presence_says_only_what_is_new(modules: Modules):
    modules.open("<div id=who><p>Ada is here.</p></div>")

    result = modules.run(
        "lib/presence.js",
        """const who = document.getElementById("who");
           const show = m.createPresence(who, "Compare");
           const first = who.firstChild;
           show({ others: ["Ada is here."] });
           const same = who.firstChild === first;
           show({ others: ["Ada is here."], moved: { words: "Bo saved.", url: "/compare" } });
           return [same, who.innerHTML];""",
    )

    assert result == [
        True,
        '<p class="moved">Bo saved. <a href="/compare" target="_blank" rel="noopener">Compare</a></p>'
        "<p>Ada is here.</p>",
    ]
