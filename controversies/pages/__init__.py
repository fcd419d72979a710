"""What the faces share to show a controversy: access, cache, drawing, comparison. No view and no URL belongs here."""
