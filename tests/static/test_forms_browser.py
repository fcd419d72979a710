"""The scripts of the desk's shorter forms."""

from tests.static.conftest import Modules

SHORT = """
<form data-kept="p1" data-base="3" data-ping="/ping" action="/decide">
  <input type="hidden" name="csrfmiddlewaretoken" value="old">
  <div class="kept-company"></div>
  <p class="kept-status" data-brought="Typed {when}." data-away="Discard" data-unreachable="Unreachable."
     data-signed-out="Signed out." data-login="Log in" data-login-url="/in" data-compare="Compare"></p>
  <textarea name="reason"></textarea><input type="checkbox" name="agree"><button name="decision" value="no">No</button>
</form>
<script type="module" src="/static/crux/admin/short-form.js"></script>
"""
SHARED = """
<form action="/saved"><input type="hidden" name="csrfmiddlewaretoken" value="old">
  <input type="text" name="name" value="Meta AI"><input type="submit" name="_save" value="Save">
  <p class="kept" data-saving="Saving…" data-unreachable="Unreachable." data-signed-out="Signed out."
     data-login="Log in" data-login-url="/in"></p></form>
<script type="module" src="/static/crux/admin/shared-form.js"></script>
"""


def test_values_are_read_and_written_by_name(modules: Modules):
    modules.open("<textarea name=reason>a</textarea><input type=checkbox name=agree checked>")

    assert modules.run(
        "short-form.js",
        """const { read, write } = m.createValues(Array.from(document.querySelectorAll("[name]")));
           const before = read(); write({ reason: "b", agree: 0, other: 1 }); return [before, read()];""",
    ) == [{"reason": "a", "agree": True}, {"reason": "b", "agree": False}]


def test_short_form_brings_back_what_was_typed_and_discards_it(modules: Modules):
    modules.open(SHORT)
    page = modules.page
    page.fill("textarea", "Because")
    page.check("[name=agree]")
    page.wait_for_function('localStorage.getItem("crux-kept:p1")')

    page.reload()
    assert page.input_value("textarea") == "Because"
    assert page.is_checked("[name=agree]")
    assert page.inner_text(".kept-status").startswith("Typed ")
    page.click("text=Discard")

    assert (page.input_value("textarea"), page.is_checked("[name=agree]")) == ("", False)
    assert page.evaluate('localStorage.getItem("crux-kept:p1")') is None


def test_short_form_leaves_alone_what_was_typed_before_the_script_ran(modules: Modules):
    typed_early = '<script>document.querySelector("textarea").value = "Newer";</script>'
    modules.open(SHORT)
    page = modules.page
    page.fill("textarea", "Older")
    page.wait_for_function('localStorage.getItem("crux-kept:p1")')

    modules.open(SHORT.replace('<script type="module"', typed_early + '<script type="module"'))
    page.wait_for_selector("form[data-ready]")

    assert page.input_value("textarea") == "Newer"
    assert page.inner_text(".kept-status") == ""
    assert "Newer" in page.evaluate('localStorage.getItem("crux-kept:p1")')


def test_short_form_keeps_its_text_when_the_server_cannot_be_reached(modules: Modules):
    modules.open(SHORT)
    modules.page.fill("textarea", "Because")
    modules.page.click("text=No")

    modules.page.wait_for_selector("text=Unreachable.")
    assert "Because" in modules.page.evaluate('localStorage.getItem("crux-kept:p1")')


def test_short_form_forgets_what_was_sent_once_it_has_arrived(modules: Modules):
    modules.answer("/ping", {"token": "new", "others": ["Ada is here."]})
    modules.open(SHORT)
    modules.page.fill("textarea", "Because")
    modules.html = "<p>Decided.</p>"
    modules.page.click("text=No")
    modules.page.wait_for_url("**/decide?*")

    assert "csrfmiddlewaretoken=new&reason=Because&decision=no" in modules.page.url
    modules.open(SHORT.replace('data-base="3"', 'data-base="4"'))
    assert modules.page.input_value("textarea") == ""


def test_shared_form_says_when_somebody_is_signed_out(modules: Modules):
    modules.answer("/", "no", 403)
    modules.open(SHARED)
    modules.page.click("text=Save")

    modules.page.wait_for_selector("a:text('Log in')")
    assert modules.page.inner_text(".kept") == "Signed out. Log in"
    assert modules.requests == [("GET", "/?ping=1", "")]


def test_shared_form_is_sent_after_the_check(modules: Modules):
    modules.answer("/", {"token": "new"})
    modules.open(SHARED)
    modules.page.click("text=Save")

    modules.page.wait_for_url("**/saved?*")
    assert modules.page.url.endswith("csrfmiddlewaretoken=new&name=Meta+AI&_save=Save")


def test_shared_form_puts_the_focus_on_its_errors(modules: Modules):
    modules.open(SHARED.replace("<input", '<p class="errornote">Wrong.</p><input', 1))

    modules.page.wait_for_function('document.activeElement.className === "errornote"')
