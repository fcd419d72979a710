"""The language of answers: the reader's, among those that the site offers (`LANGUAGES`)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware as DjangoLocaleMiddleware


class LocaleMiddleware(DjangoLocaleMiddleware):
    """Django's middleware, without headers for a choice of languages if there is only one.

    `Vary: Accept-Language` would make caches keep an equal copy of each page for every browser's languages.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if len(settings.LANGUAGES) == 1:
            return response
        return super().process_response(request, response)
