"""Answer refused attempts, on whatever page they were made."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .hashing import RETRY_AFTER, HashingBusy
from .throttle import LoginRefused
from .views import refusal


class AccountGuard:
    """Answers 429 to attempts that come too fast."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, LoginRefused):
            return refusal(request, exception.seconds)
        if isinstance(exception, HashingBusy):
            return refusal(request, RETRY_AFTER, is_busy=True)
        return None
