"""The base of the admin's lists."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Model

from controversies.document import labels


class TitledList(ChangeList):
    """A list with the plural of its rows as its title, as in “Controversies”."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.title = labels.capital(str(self.opts.verbose_name_plural))

    def url_for_result(self, result: Model) -> str:
        """Return the URL of the row's page, at the place of what the list is filtered by (`NeedFilter`)."""
        url = str(super().url_for_result(result))
        anchor = getattr(result, "need_anchor", "")
        return f"{url}#{anchor}" if anchor else url
