"""Who may open what: every address, for every role, against a table written out here.

An address that the table lacks fails, so that a new one needs a rule. What belongs to a controversy is asked of a
published one, a draft and one that was withdrawn; what belongs to a proposal, of one's own and of somebody else's.
"""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from controversies.models import (
    Backer,
    Invitation,
    Proposal,
    RedactionRequest,
    RightsChange,
    SiteText,
    SiteTextName,
    Source,
    Topic,
)
from controversies.workflow import proposals, redaction_requests, site_texts, suggestions
from tests.factories import ControversyFactory, UserFactory, new_key
from tests.history.transparency import logs

pytestmark = pytest.mark.django_db

ROLES = ("anonymous", "reader", "staff", "contributor", "editor", "publisher", "superuser")

LISTS = (
    *("controversies", "backers", "sources", "changes", "changes_feed", "sources_feed", "authors"),
    *("topics", "needs_help"),
    *("follow", "follow_sent", "follow_ended", "calendar"),
)
# …whose patterns are regular expressions
OF_A_LINK = {
    "account_reset_password_from_key": "/admin/account/password/reset/1-no-link/",
    "account_invitation": "/admin/account/invitation/no-link/",
    "account_confirm_email": "/admin/account/email/no-link/",
    "subscriptions": "/follow/yours/no-link/",
    "mfa_edit_webauthn": "/admin/account/second-factor/webauthn/keys/1/edit/",
    "mfa_remove_webauthn": "/admin/account/second-factor/webauthn/keys/1/remove/",
}
OF_A_PAGE = (
    *("controversy", "controversy_json", "history", "revision", "revision_json", "compare"),
    *(
        "blame",
        "revision_blame",
        "cite",
        "revision_cite",
        "cite_file",
        "revision_cite_file",
        "cite_part",
        "revision_cite_part",
        "cite_part_file",
        "revision_cite_part_file",
        "sources_file",
        "revision_sources_file",
        "pictures",
        "revision_pictures",
    ),
)
# Who suggests something must see the page, and so do all; feeds and pictures tell everybody the same.
FOR_READERS = (
    *("suggest", "suggested", "controversy_feed", "share", "revision_proof", "timegate", "timemap"),
    *("picture_file", "revision_picture_file"),
    *("embed", "embed_part", "revision_embed", "revision_embed_part"),
    *("follow_page", "page_calendar"),
)
SHOWN = (  # by pages
    *("topic", "backer", "source", "source_file", "topic_feed", "backer_feed"),
    *("topic_map", "topic_picture", "backer_picture"),
    *("follow_topic", "follow_backer", "topic_calendar"),
)
API = ("api", "api_openapi", "api_index", *(f"api_{name}" for name in (*LISTS[:3], "positions", "topics")))
API_OF_A_PAGE = (
    *("controversy", "positions_of", "revisions", "revision", "compare"),
    *("blame", "revision_blame"),
)
API_SHOWN = ("topic", "backer", "source", "uses")

# What GET answers to: nobody logged in and a reader's account; staff without a role; contributor; editor;
# publisher; superuser. "in" stands for a redirect to the log-in, "index" for one to the desk.
OPEN = ("in", "in", 200, 200, 200, 200, 200)
RULES: dict[str, tuple[Any, ...]] = {
    # the desk itself
    "index": OPEN,
    "login": (200, 200, "index", "index", "index", "index", "index"),
    "logout": ("index", "index", 405, 405, 405, 405, 405),
    "password_change": ("in", "in", 302, 302, 302, 302, 302),  # to one's own account
    "password_change_done": OPEN,
    "jsi18n": OPEN,
    # …the way in, and one's own account, whatever its role
    "account_login": (200, 200, "index", "index", "index", "index", "index"),
    **dict.fromkeys(
        (
            "account_overview",
            "account_public_name",
            "account_reauthenticate",
            "account_email",
            "account_change_password",
            "account_sessions",
            "mfa_index",
            "mfa_list_webauthn",
        ),
        ("in", *(200,) * 6),
    ),
    # …of second factors, of which these accounts have none: the way to set one up asks for the password first
    **dict.fromkeys(
        (
            "mfa_activate_totp",
            "mfa_generate_recovery_codes",
            "mfa_add_webauthn",
            "mfa_edit_webauthn",
            "mfa_remove_webauthn",
        ),
        ("in", *(302,) * 6),
    ),
    **dict.fromkeys(
        ("mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes"), ("in", *(404,) * 6)
    ),
    **dict.fromkeys(("mfa_reauthenticate", "mfa_reauthenticate_webauthn"), ("in", *(302,) * 6)),
    "mfa_authenticate": ("in", *("index",) * 6),
    "mfa_login_webauthn": ("in",) * 7,
    "account_invitation": (410,) * 7,
    "subscriptions": (404,) * 7,
    # what the site says of itself is for publishers of all topics
    "site_texts": ("in", "in", 403, 403, 403, 200, 200),
    "site_text_edit": ("in", "in", 403, 403, 403, 200, 200),
    # …what links in e-mails lead to says itself whether the link is one
    **dict.fromkeys(
        (
            "account_reset_password",
            "account_reset_password_done",
            "account_reset_password_from_key",
            "account_reset_password_from_key_done",
            "account_email_verification_sent",
            "account_confirm_email",
        ),
        (200,) * 7,
    ),
    "app_list controversies": ("in", "in", 404, 200, 200, 200, 200),
    "app_list auth": ("in", "in", 404, 404, 404, 404, 200),
    "autocomplete backing backer": ("in", "in", 403, 200, 200, 200, 200),
    "autocomplete citation source": ("in", "in", 403, 200, 200, 200, 200),
    "autocomplete controversy topic": ("in", "in", 403, 200, 200, 200, 200),
    # a page of the site, by content type and key: Django's own, for what has an address
    "view_on_site": ("in", "in", 302, 302, 302, 302, 302),
    # whatever else is asked for
    "catch_all": ("in", "in", 404, 404, 404, 404, 404),
    # who may look, add and change
    "controversies_backer_changelist": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_backer_matches": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_source_matches": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_source_lookup": ("in", "in", 403, 400, 400, 400, 400),
    "controversies_topic_matches": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_backer_add": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_backer_change": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_backer_history": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_backer_delete": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_source_changelist": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_source_add": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_source_change": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_source_history": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_source_delete": ("in", "in", 403, 403, 403, 403, 403),
    # what checks saw is for those who may change sources
    "controversies_source_board": ("in", "in", 403, 403, 200, 200, 200),
    # …of a copy that there is not
    "controversies_source_copy": ("in", "in", 403, 403, 404, 404, 404),
    "controversies_topic_changelist": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_topic_add": ("in", "in", 403, 403, 200, 200, 200),
    "controversies_topic_change": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_topic_history": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_topic_delete": ("in", "in", 403, 403, 403, 403, 403),
    # …who may change what many pages show merges it, deletes what nothing shows, and changes several; these are sent
    **{
        f"controversies_{model}_{view}": ("in", "in", 403, 403, answer, answer, answer)
        for model in ("backer", "source", "topic")
        for view, answer in (("merge", 200), ("merge_undo", 302), ("delete_unused", 200), ("bulk_kind", 302))
        if (model, view) != ("topic", "bulk_kind")
    },
    "controversies_controversy_bulk_topic": ("in", "in", 403, 403, 302, 302, 302),
    "controversies_controversy_bulk_publish": ("in", "in", 403, 403, 403, 302, 302),
    # a contributor has the same form, and proposes with it
    "controversies_controversy_changelist": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_controversy_add": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_controversy_change": ("in", "in", 403, 200, 200, 200, 200),
    "text of a page": ("in", "in", 403, 200, 200, 200, 200),
    "text of a new page": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_controversy_history": ("in", "in", 403, 302, 302, 302, 302),
    "controversies_controversy_delete": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_controversy_withdraw": ("in", "in", 403, 403, 403, 200, 200),
    "controversies_controversy_redact": ("in", "in", 403, 403, 403, 200, 200),
    # …a question about a quotation is sent
    "controversies_controversy_quote": ("in", "in", 403, 405, 405, 405, 405),
    # …which says of what it wants to know the authors
    "controversies_controversy_blame": ("in", "in", 403, 400, 400, 400, 400),
    "controversies_redactionrequest_changelist": ("in", "in", 403, 403, 403, 200, 200),
    "controversies_redactionrequest_add": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_redactionrequest_change": ("in", "in", 403, 403, 403, 200, 200),
    "controversies_redactionrequest_history": ("in", "in", 403, 403, 403, 302, 302),
    "controversies_redactionrequest_delete": ("in", "in", 403, 403, 403, 403, 403),
    # …and the first revision cannot be undone
    "controversies_controversy_revert": ("in", "in", 403, 403, 200, 200, 200),
    "controversies_controversy_undo": ("in", "in", 403, 403, 404, 404, 404),
    # of a contributor, what somebody else proposed is nobody's business
    "controversies_proposal_changelist": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_proposal_add": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_proposal_change": ("in", "in", 403, 403, 200, 200, 200),
    "controversies_proposal_history": ("in", "in", 302, 302, 302, 302, 302),
    "controversies_proposal_delete": ("in", "in", 403, 403, 403, 403, 403),
    # what readers suggest is for those who may change pages
    "controversies_suggestion_changelist": ("in", "in", 403, 403, 200, 200, 200),
    "controversies_suggestion_add": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_suggestion_change": ("in", "in", 403, 403, 200, 200, 200),
    "controversies_suggestion_history": ("in", "in", 403, 403, 302, 302, 302),
    "controversies_suggestion_delete": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_proposal_queue": ("in", "in", 403, 403, 200, 200, 200),
    "controversies_proposal_mail": ("in", "in", 403, 200, 200, 200, 200),
    "form of a proposal": ("in", "in", 403, 403, 200, 200, 200),
    "text of a proposal": ("in", "in", 403, 403, 200, 200, 200),
    # the key alone leads to the page that asks again
    **{
        f"short {model}": ("in", "in", 302, 302, 302, 302, 302)
        for model in (
            "backer",
            "source",
            "topic",
            "controversy",
            "proposal",
            "suggestion",
            "user",
            "redactionrequest",
            "invitation",
            "rightschange",
        )
    },
    # accounts are the superuser's
    "auth_user_changelist": ("in", "in", 403, 403, 403, 403, 200),
    "auth_user_add": ("in", "in", 403, 403, 403, 403, 200),
    "auth_user_change": ("in", "in", 403, 403, 403, 403, 200),
    "auth_user_history": ("in", "in", 403, 403, 403, 403, 200),
    "auth_user_delete": ("in", "in", 403, 403, 403, 403, 403),
    "auth_user_password_change": ("in", "in", 403, 403, 403, 403, 200),
    # …and so are invitations, which nobody changes, and the log of rights, which nobody writes
    "controversies_invitation_changelist": ("in", "in", 403, 403, 403, 403, 200),
    "controversies_invitation_add": ("in", "in", 403, 403, 403, 403, 200),
    "controversies_invitation_change": ("in", "in", 403, 403, 403, 403, 200),
    "controversies_invitation_history": ("in", "in", 403, 403, 403, 403, 200),
    "controversies_invitation_delete": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_rightschange_changelist": ("in", "in", 403, 403, 403, 403, 200),
    "controversies_rightschange_add": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_rightschange_change": ("in", "in", 403, 403, 403, 403, 200),
    "controversies_rightschange_history": ("in", "in", 403, 403, 403, 403, 200),
    "controversies_rightschange_delete": ("in", "in", 403, 403, 403, 403, 403),
    # a part of the sitemap that has no page
    "sitemap_part": (200,) * 7,
    # a second part of a list of versions, which is of one part
    "timemap_part": (404,) * 7,
    # a page to embed, of which nothing is said here; and no other format than JSON
    "oembed": (404,) * 7,
    "oembed_xml": (501,) * 7,
    # a file that the worker has not made yet
    "download": (404,) * 7,
    # the public site
    **dict.fromkeys(
        (
            "home",
            "search",
            "suggestions",
            "opensearch",
            "about",
            "redactions",
            "healthz",
            "readyz",
            "livez",
            "metrics",
            "robots",
            "favicon",
            "downloads",
            "csv_metadata",
            "sitemap",
            *("log_checkpoint", "log_tile", "one_log_checkpoint", "one_log_tile"),
            *(
                "about_checks",
                "site_text",
                "site_text_version",
                "site_text_compare",
                "record",
                "verify",
                "verify_json",
                "verify_policy",
                "verify_formats",
                "verifier",
                "witness",
            ),
            *LISTS,
            "backers_picture",
            *OF_A_PAGE,
            *FOR_READERS,
            *SHOWN,
        ),
        (200,) * 7,
    ),
    # …and the API, to which everybody is nobody
    **dict.fromkeys(
        (*API, "api_changes_since", *(f"api_{name}" for name in (*API_OF_A_PAGE, *API_SHOWN))), (200,) * 7
    ),
    "api_unknown": (404,) * 7,
    # programs that ask for a page at a time are led to the version
    "timegate": (302,) * 7,
}
HIDDEN = (404, 404, 404, 200, 200, 200, 200)
GONE = (410, 410, 410, 200, 200, 200, 200)
# Where the answer is another one for a draft, what was withdrawn, or one's own.
OTHERWISE: dict[tuple[str, str], tuple[Any, ...]] = {
    **{(name, "draft"): HIDDEN for name in OF_A_PAGE},
    **{(name, "withdrawn"): GONE for name in OF_A_PAGE},
    **{(name, "draft"): (404,) * 7 for name in FOR_READERS},
    **{(name, "withdrawn"): (410,) * 7 for name in (*FOR_READERS, "timemap_part")},
    **{(f"api_{name}", "draft"): (404,) * 7 for name in (*API_OF_A_PAGE, *API_SHOWN)},
    **{(f"api_{name}", "withdrawn"): (410,) * 7 for name in API_OF_A_PAGE},
    **{(f"api_{name}", "withdrawn"): (404,) * 7 for name in API_SHOWN},
    # the public site has no more of them than its pages show
    **{(name, case): (404,) * 7 for name in SHOWN for case in ("draft", "withdrawn")},
    # there is nothing to withdraw: back to the edit page
    ("controversies_controversy_withdraw", "draft"): ("in", "in", 403, 403, 403, 302, 302),
    ("controversies_controversy_withdraw", "withdrawn"): ("in", "in", 403, 403, 403, 302, 302),
    # whoever could propose it once, and no longer may, sees it no longer
    ("controversies_proposal_change", "own"): ("in", "in", 403, 200, 200, 200, 200),
    ("form of a proposal", "own"): ("in", "in", 403, 200, 200, 200, 200),
    ("text of a proposal", "own"): ("in", "in", 403, 200, 200, 200, 200),
}


def patterns(urls: list[Any], at: str) -> list[tuple[str, str]]:
    """The name and the address, with gaps for what varies, of every page under these patterns."""
    found: list[tuple[str, str]] = []
    for each in urls:
        if isinstance(each, URLResolver):
            found += patterns(each.url_patterns, at + str(each.pattern))
        elif isinstance(each, URLPattern):
            found.append((each.name or f"catch_all {each.pattern}", at + str(each.pattern)))
    return found


def things(publication: str = "published", author: Any = None) -> dict[str, Any]:
    """One of each kind that an address may be about."""
    page = ControversyFactory(publication=publication, revisions=2)
    document = replace(page.document, head=replace(page.document.head, title="Another title"))
    for number in range(SiteText.objects.count(), 2):
        site_texts.save(
            SiteTextName.OPERATOR, f"Text {number}.", "So.", author=UserFactory(role="publisher"), base=number
        )
    logs.sql("SET CONSTRAINTS ALL IMMEDIATE")  # as COMMIT would: what is public has its entry in the log
    logs.sql("SET CONSTRAINTS ALL DEFERRED")
    logs.fill(1)
    logs.sign()
    return {
        "backer": Backer.objects.get(pk=page.document.backers[0].key),
        "source": Source.objects.get(pk=page.document.sources[0].key),
        "topic": Topic.objects.get(pk=page.document.head.topic.key),
        "controversy": page.row,
        "part": f"position-{page.document.positions[0].key[:8]}",
        "proposal": proposals.propose(document, author=author or UserFactory(), reason="Why not.", base=2),
        "suggestion": suggestions.suggest(
            page.document, key=new_key(), block=None, number=2, address=new_key(), wrong="The year is."
        ),
        "redactionrequest": _redaction_request(page.row),
        "user": UserFactory(),
        "invitation": _invitation(),
        "rightschange": RightsChange.objects.create(time=timezone.now(), change="role"),
    }


def _invitation() -> Invitation:
    now = timezone.now()
    return Invitation.objects.create(
        email="guest@crux.example", role="editor", digest=b"", sent_at=now, expires_at=now
    )


def _redaction_request(page: Any) -> RedactionRequest:
    made = redaction_requests.new_request(
        page, author=UserFactory(), words="Nobody’s words", ground="privacy"
    )
    made.save(force_insert=True)
    return made


def addresses(found: dict[str, Any] | None = None) -> dict[str, str]:
    """Every address by its rule's name, for these things."""
    found = found or things()
    return {**_public(found), **_desk(found)}


def _public(of: dict[str, Any]) -> dict[str, str]:
    named = patterns([each for each in get_resolver().url_patterns if not hasattr(each, "app_name")], "/")
    named += [
        pair
        for each in get_resolver().url_patterns
        if isinstance(each, URLResolver) and each.app_name is None
        for pair in patterns(each.url_patterns, "/" + str(each.pattern))
    ]
    made = dict(OF_A_LINK)
    for name, pattern in named:
        if name in OF_A_LINK:
            continue
        for kind in ("backer", "source", "topic", "controversy"):
            plural = "controversies" if kind == "controversy" else f"{kind}s"
            if re.match(f"/(api/v1/)?{plural}/<", pattern):
                pattern = re.sub("<(slug|str):slug>", of[kind].slug, pattern)  # noqa: PLW2901 - filled in
        pattern = re.sub("<(int|str):a>", "1", pattern.replace("<form:form>", "bib"))  # noqa: PLW2901 - filled in
        pattern = pattern.replace("<part:part>", of["part"]).replace("<file:name>", "positions.csv")  # noqa: PLW2901 - filled in
        pattern = pattern.replace("<number:log>", "1").replace("<path:address>", "0/000.p/1")  # noqa: PLW2901 - filled in
        pattern = pattern.replace("<chart:chart>", "evidence").replace("<listchart:chart>", "together")  # noqa: PLW2901 - filled in
        pattern = pattern.replace("<suffix:suffix>", "csv")  # noqa: PLW2901 - filled in
        pattern = pattern.replace("<slug:name>", "operator")  # noqa: PLW2901 - filled in
        made[name] = re.sub(r"<(int|str):b>|<(number|str):number>", "2", pattern)
    return made


def _desk(things: dict[str, Any]) -> dict[str, str]:
    page, proposal = things["controversy"], things["proposal"]
    [root] = [
        each for each in get_resolver().url_patterns if getattr(each, "app_name", None) == admin.site.name
    ]
    edit = f"/admin/controversies/controversy/{page.pk}/change/"
    found = {
        "form of a proposal": f"{edit}?shown=p{proposal.pk}",
        "text of a proposal": f"{edit}?text=1&shown=p{proposal.pk}",
        "text of a page": f"{edit}?text=1",
        "text of a new page": "/admin/controversies/controversy/add/?text=1",
    }
    for name, pattern in patterns(root.url_patterns, "/admin/"):
        model = next((model for model in things if f"/{model}/" in pattern), "")
        key = str(things[model].pk) if model else ""
        if name == "app_list":
            for label in ("controversies", "auth"):
                found[f"app_list {label}"] = f"/admin/{label}/"
        elif name == "autocomplete":
            for of, field in (("backing", "backer"), ("citation", "source"), ("controversy", "topic")):
                found[f"autocomplete {of} {field}"] = (
                    f"/admin/autocomplete/?app_label=controversies&model_name={of}&field_name={field}"
                )
        elif name == "view_on_site":
            found[name] = _shortcut(things["controversy"])
        elif name.startswith("catch_all"):
            # One a model, which leads from …/<key>/ to …/<key>/change/; and the admin's own.
            found["short " + model if model else "catch_all"] = (
                re.sub(r"<[^>]+>", key, pattern) if model else "/admin/nonsense/"
            )
        else:
            found[name] = re.sub(r"<[^>]+>", key, re.sub(r"<int:[^>]+>", "1", pattern))
    return found


def _shortcut(thing: Any) -> str:
    return f"/admin/r/{ContentType.objects.get_for_model(thing).pk}/{thing.pk}/"


def accounts() -> dict[str, Any]:
    return {
        "anonymous": None,
        "reader": UserFactory(),
        "staff": UserFactory(is_staff=True),
        "contributor": UserFactory(role="contributor"),
        "editor": UserFactory(role="editor"),
        "publisher": UserFactory(role="publisher"),
        "superuser": UserFactory(is_superuser=True),
    }


def client(account: Any) -> Client:
    made = Client()
    if account is not None:
        made.force_login(account)
    return made


def answer(client: Client, address: str) -> Any:
    response = client.get(address)
    if response.status_code == 302 and response.headers["Location"].startswith("/admin/login/"):
        return "in"
    if response.status_code == 302 and response.headers["Location"] == "/admin/":
        return "index"
    return response.status_code


def rules(case: str, found: dict[str, Any]) -> list[tuple[str, str, tuple[Any, ...]]]:
    """Each rule's name, the address and the answers expected, of things of this case."""
    return [
        (name, address, OTHERWISE.get((name, case), RULES.get(name, ())))
        for name, address in addresses(found).items()
    ]


def test_every_address_has_a_rule() -> None:
    assert sorted(addresses()) == sorted(RULES)


@pytest.mark.parametrize("case", ["published", "draft", "withdrawn"])
def test_every_address_answers_every_role_by_its_rule(case: str) -> None:
    users, wrong = {role: client(account) for role, account in accounts().items()}, []

    for name, address, answers in rules(case, things(case)):
        for role, expected in zip(ROLES, answers, strict=True):
            got = answer(users[role], address)
            if got != expected:
                wrong.append((name, role, expected, got))

    assert not wrong, wrong


def test_every_address_of_ones_own_proposal_answers_every_role_by_its_rule() -> None:
    wrong = []

    for i, (role, account) in enumerate(accounts().items()):
        mine = client(account)
        for name, address, answers in rules("own", things(author=account)):
            if "proposal" in name and answer(mine, address) != answers[i]:
                wrong.append((name, role, answers[i], answer(mine, address)))

    assert not wrong, wrong


@pytest.mark.parametrize("case", ["published", "draft", "withdrawn"])
def test_what_is_closed_to_a_role_is_closed_to_what_it_sends(case: str) -> None:
    users, wrong = {role: client(account) for role, account in accounts().items()}, []
    found = things(case)
    sent = {"name": "Mine", "title": "Mine", "post": "yes", "_save": "1", "_accept": "1", "version": "1"}
    sent["shown"] = f"p{found['proposal'].pk}"

    for name, address, answers in rules(case, found):
        for role, expected in zip(ROLES, answers, strict=True):
            if expected not in ("in", 403, 404, 410):
                continue
            response = users[role].post(address, sent)
            leads = response.headers.get("Location", "")
            closed = response.status_code in (403, 404, 405, 410) or leads.startswith("/admin/login/")
            if not closed:
                wrong.append((name, role, response.status_code, leads))

    assert not wrong, wrong
    assert Proposal.objects.get().state == "open"
