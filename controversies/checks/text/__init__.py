"""The text that a source shows, from the bytes of its HTML, PDF, XML, JSON or plain text. No network."""

from .failure import Failure
from .read import ReadText, read_text

__all__ = ["Failure", "ReadText", "read_text"]
