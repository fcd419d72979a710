"""Django's own accounts, loaded together with the topics that their role reaches."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User


class DeskBackend(ModelBackend):
    """One query for an account and its topics."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("scope").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
