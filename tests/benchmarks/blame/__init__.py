"""Histories in which the author of each word is known, and how well blame tells them."""
