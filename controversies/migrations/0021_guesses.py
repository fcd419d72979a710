"""What imports guessed is remembered; and what came with a file beside what pages show.

Backers that were made of nothing but an address before, by a file that said no more of them, are guesses too.
"""

import hashlib
from typing import Any

from django.db import migrations, models

ACRONYMS = {
    word.lower(): word
    for word in ("AGI", "AI", "API", "EU", "LLM", "LLMs", "ML", "NGO", "NGOs", "UK", "UN", "US", "USA")
}


def title(address: str) -> str:
    """Return the name that imports made of an address before."""
    words = [ACRONYMS.get(word, word) for word in address.split("-")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def guesses_of_earlier_imports(apps: Any, _editor: Any) -> None:
    """Note the backers and topics of imported pages whose names are still what follows from their addresses."""
    imported, guess = apps.get_model("controversies", "Imported"), apps.get_model("controversies", "Guess")
    backers = {str(row.pk): row for row in apps.get_model("controversies", "Backer").objects.all()}
    topics = {str(row.pk): row for row in apps.get_model("controversies", "Topic").objects.all()}
    mentioned: set[str] = set()
    said_of_topics: dict[str, set[str]] = {}
    stated: set[tuple[str, str]] = set()
    for key, said in imported.objects.values_list("key", "said").iterator():
        if "backers" in said:
            mentioned.update(backer["key"] for backer in said["backers"])
            topic = said.get("topic") or said.get("head", {}).get("topic") or {}
            said_of_topics.setdefault(str(topic.get("key")), set()).add(str(topic.get("title")))
        elif "kind" in said:
            stated.add((str(key), said["name"]))
    made = []
    for key in mentioned & backers.keys():
        row = backers[key]
        is_plain = row.name == title(row.slug) and row.kind in ("organisation", "constituency")
        if is_plain and (key, row.name) not in stated:
            made += [(key, "name", row.name), (key, "kind", row.kind)]
    for key, titles in said_of_topics.items():
        row = topics.get(key)
        if row is not None and {row.title} == titles == {title(row.slug)}:
            made.append((key, "title", row.title))
    guess.objects.bulk_create(
        guess(key=key, field=field, digest=hashlib.sha256(value.encode()).digest(), is_doubtful=True)
        for key, field, value in made
    )


class Migration(migrations.Migration):
    dependencies = [("controversies", "0020_redactions")]

    operations = [
        migrations.CreateModel(
            name="Guess",
            fields=[
                (
                    "id",
                    models.BigAutoField(primary_key=True, serialize=False, verbose_name="number"),
                ),
                ("key", models.UUIDField(verbose_name="key")),
                ("field", models.CharField(max_length=20, verbose_name="field")),
                ("digest", models.BinaryField(max_length=32, verbose_name="digest of the guessed value")),
                ("is_doubtful", models.BooleanField(default=False, verbose_name="doubtful")),
            ],
            options={
                "verbose_name": "guess",
                "verbose_name_plural": "guesses",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("key", "field"),
                        name="controversies_guess_is_one_a_field",
                        violation_error_message="This field is guessed already.",
                    )
                ],
            },
        ),
        migrations.RunPython(guesses_of_earlier_imports, migrations.RunPython.noop),
    ]
