"""Topic."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .fields import SlugKeyedModel, not_empty, slug_field, slug_shape


class Topic(SlugKeyedModel):
    """Groups controversies, as "Open vs. closed weights" does."""

    slug = slug_field()
    title = models.CharField(_("title"), max_length=200, unique=True)
    description = models.TextField(
        _("description"), blank=True, help_text=_("Markdown. Shown on the topic's page.")
    )

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["title"]
        constraints = [slug_shape(), not_empty("title")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("topic", args=[self.slug])
