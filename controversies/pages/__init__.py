"""Code that the faces share to show a controversy: access, cache, drawing, comparison. No views or URLs belong here."""
