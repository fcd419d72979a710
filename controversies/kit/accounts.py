"""The types of people who use the site."""

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

type Account = User
type Visitor = User | AnonymousUser  # what a view has in `request.user`


def signed_in(request: HttpRequest) -> Account:
    """Return the account that makes the request. Raises PermissionDenied for none."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
