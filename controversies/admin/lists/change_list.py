"""The base of the admin's lists."""

from typing import Any

from django.contrib.admin.views.main import ChangeList

from controversies.document import labels


class TitledList(ChangeList):
    """A list with the plural of its rows as its title, as in “Controversies”."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.title = labels.capital(str(self.opts.verbose_name_plural))
