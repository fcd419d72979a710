# ruff: noqa: E402  Django is set up in the folder of the release that is used
"""Use a site as readers, editors and strangers do, whatever release its code is: started in the folder of that release.

Prints a line for each answer that a site must not give, and "done" with the number of answers.
"""

import os
import re
import sys
import time

sys.path.insert(0, os.getcwd())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client

from controversies.models import Suggestion

FIRST = [
    "/",
    "/changes/",
    "/search/?q=open",
    "/search/?q=opne",
    "/sitemap.xml",
    "/api/v1/openapi.json",
    "/readyz",
]
LIMIT = 250  # addresses of each visitor
SECONDS_TO_TYPE = 3.5  # a form that is sent sooner is refused
SKIPPED = re.compile(r"logout|/static/|\.pdf$|\.png$")


def visit(client: Client, addresses: list[str]) -> int:
    """Follow links from these addresses, one of each kind, and return the number of answers."""
    seen: set[str] = set()
    while addresses and len(seen) < LIMIT:
        address = addresses.pop(0).split("#")[0].replace("&amp;", "&")
        kind = re.sub(r"\d+", "N", re.sub(r"[0-9a-f-]{36}", "KEY", address))
        if kind in seen or SKIPPED.search(address):
            continue
        seen.add(kind)
        response = client.get(address)
        if response.status_code >= 500:
            print(response.status_code, address)
        if "html" in response.get("Content-Type", ""):
            addresses += re.findall(r'href="(/[^"]*)"', response.content.decode())
    return len(seen)


def suggest(client: Client, page: str) -> None:
    """Send a suggestion, as a reader does without scripts."""
    address = f"{page}suggest/"
    token = re.search(r'name="token" value="([^"]+)"', client.get(address).content.decode())
    time.sleep(SECONDS_TO_TYPE)
    before = Suggestion.objects.count()
    client.post(address, {"token": token[1] if token else "", "wrong": "A wrong word."})
    if Suggestion.objects.count() != before + 1:
        print("lost: the suggestion")


def main() -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    reader, editor = (Client(raise_request_exception=False) for _ in range(2))
    user = User.objects.create_user("visiting-editor", password="a long password", is_staff=True)
    user.groups.add(Group.objects.get(name="Publisher"))
    editor.force_login(user)
    number = visit(reader, [*FIRST])
    page = re.search(r'href="(/controversies/[-a-z0-9]+/)"', reader.get("/controversies/").content.decode())
    suggest(reader, page[1] if page else "")
    number += visit(editor, ["/admin/"])
    print("done", number)


if __name__ == "__main__":
    main()
