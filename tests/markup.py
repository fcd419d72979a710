"""HTML as a reader sees it, whatever line breaks its templates have."""

import re

_BLOCKS = (
    "address|article|aside|blockquote|body|dd|details|div|dl|dt|fieldset|footer|form|h[1-6]|head|header|legend|li|main"
    "|nav|ol|option|p|section|select|summary|table|tbody|td|th|thead|tr|ul"
)
_SPACE_BESIDE_BLOCK = re.compile(rf" ?(</?(?:{_BLOCKS})\b[^>]*>) ?")


def one_line(html: str) -> str:
    """Collapse white space as browsers do, and drop it beside blocks and at the end of tags."""
    text = re.sub(r"[ \t\r\n]+", " ", html).replace(" >", ">")
    return _SPACE_BESIDE_BLOCK.sub(r"\1", text)
