"""Pages of a static site, read back by a strict parser that is not ours."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

import html5lib

LOADING = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "use": "href"}
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "javascript:alert(1)",
    "</title></textarea></script></pre></style><iframe srcdoc='<script>parent.alert(1)</script>'>",
    "{{7*7}}${7*7}<%= 7*7 %>{% raw %}",
    "\u202egnp.exe<b onmouseover=alert(1)>x</b>",
    "<style>*{background:url(//example.org)}</style><link rel=stylesheet href=//example.org/x>",
    "../../outside",
    "]]><!-- -->\x85\ufffe",
)

# Fewer sites for a browser: each payload once where it is free to begin, then all in one text.
TOGETHER = (PAYLOADS[4], PAYLOADS[5], " ".join(PAYLOADS))


def parsed(page: bytes) -> Element:
    """Raises html5lib's error at the first place where a page is no HTML."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(page, transport_encoding="utf-8")
    return tree


def documents(site: Mapping[str, bytes]) -> Iterator[tuple[str, Element]]:
    yield from ((path, parsed(content)) for path, content in site.items() if path.endswith(".html"))


def links(tree: Element) -> Iterator[str]:
    """Addresses that a reader may follow."""
    yield from (one.attrib["href"] for one in tree.iter("a") if "href" in one.attrib)


def loaded(tree: Element) -> Iterator[str]:
    """Addresses that a browser asks for by itself."""
    for tag, name in LOADING.items():
        yield from (one.attrib[name] for one in tree.iter(tag) if name in one.attrib)


def target(page: str, address: str) -> tuple[str, str] | None:
    """The file of the site that an address on a page means, and the place in it; None if it is of the web."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
    return (path if parts.path else page), parts.fragment


def text_of(tree: Element) -> str:
    return " ".join("".join(tree.itertext()).split())
