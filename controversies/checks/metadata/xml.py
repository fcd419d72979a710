"""XML of other people: no entities, no external files, no network."""

from collections.abc import Iterator

from lxml import etree


def parse_xml(body: bytes) -> etree._Element:
    """Return the root element. Raises ValueError for what is no XML."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError("no XML") from error
    if root is None:
        raise ValueError("no XML")
    return root


def children(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """The child elements of a name."""
    return (each for each in element if each.tag == tag)


def child_text(element: etree._Element, path: str) -> str:
    """All text within the first element at a path, entities left out; "" if there is none."""
    child = element.find(path)
    return "" if child is None else "".join(map(str, child.itertext(tag="*")))
