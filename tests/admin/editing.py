"""What the edit page sends, for tests: the form as drawn, with changes."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse


class _Fields(HTMLParser):
    """Name and value of all that the page's form would send, in order; templates are not part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[str]] = []
        self.inside = False
        self.in_template = False
        self.area: str | None = None
        self.select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id") == "controversy_form"
        elif tag == "template":
            self.in_template = True
        if not self.inside or self.in_template:
            return
        name = given.get("name", "")
        is_unset = given.get("type") == "radio" and "checked" not in given
        if tag == "input" and name and given.get("type") not in ("submit", "checkbox") and not is_unset:
            self.found.append([name, given.get("value", "")])
        elif tag == "textarea":
            self.found.append([name, ""])
            self.area = name
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.found.append([self.select, given["value"]])

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None
        elif tag == "template":
            self.in_template = False
        elif tag == "form":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.area:
            # As a browser: the first line break is the parser's, and line breaks are sent as CRLF.
            self.found[-1][1] += data


class Sent(list[list[str]]):
    """What would be sent, to be changed before it is."""

    def __getitem__(self, name: Any) -> Any:
        return next(value for key, value in self if key == name)

    def __setitem__(self, name: Any, value: Any) -> None:
        for pair in self:
            if pair[0] == name:
                pair[1] = value
                return
        self.append([name, value])

    def all(self, name: str) -> list[str]:
        return [value for key, value in self if key == name]

    def replace(self, name: str, values: list[str]) -> None:
        """Make the list of this name hold these keys, in this order."""
        rest = [pair for pair in self if pair[0] != name]
        self.clear()
        self.extend([*rest, *([name, value] for value in values)])

    def data(self) -> dict[str, Any]:
        """For the test client."""
        made: dict[str, list[str]] = {}
        for name, value in self:
            made.setdefault(name, []).append(value)
        return made


def change_url(key: str, query: str = "") -> str:
    return reverse("admin:controversies_controversy_change", args=[key]) + query


ADD_URL = "/admin/controversies/controversy/add/"


def fields(html: str) -> Sent:
    """All that the form in this page would send."""
    parser = _Fields()
    parser.feed(html)
    sent = Sent()
    sent.extend(
        [name, value.replace("\r\n", "\n").removeprefix("\n").replace("\n", "\r\n")]
        for name, value in parser.found
        if name != "csrfmiddlewaretoken"
    )
    return sent


def opened(client: Client, url: str) -> Sent:
    """Get the page and what its form would send."""
    response = client.get(url)
    assert response.status_code == 200
    return fields(response.content.decode())
