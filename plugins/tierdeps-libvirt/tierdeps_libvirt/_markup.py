"""XML with the line of each element; a document type or an entity is refused."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import InputSource

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from tierdeps import Value, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.sax.xmlreader import AttributesNSImpl, Locator

#: libvirt itself reads no document that is nested deeper.
DEEPEST = 256


class MalformedError(Exception):
    """A text is not XML, or not like libvirt's; the message says where and why."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(problem if line is None else f"line {line}: {problem}")


class RefusedError(Exception):
    """A text declares a document type or an entity."""


class Element(Value):
    """An element; a name that is in a namespace is ``{namespace}name``, as everywhere in Python."""

    name: str
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Element, ...] = ()
    text: str = ""

    def get(self, attribute: str) -> str:
        """Return an attribute, or an empty text."""
        return self.attributes.get(attribute, "").strip()

    def all(self, path: str) -> Iterator[Element]:
        """Yield the elements under a path of names."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                yield from child.all(rest) if rest else (child,)

    def inside(self, *names: str) -> Iterator[Element]:
        """Yield the elements under a path of names in a namespace."""
        for child in self.children:
            if child.name == names[0]:
                yield from child.inside(*names[1:]) if names[1:] else (child,)

    def first(self, path: str) -> Element | None:
        """Return the first element under a path."""
        return next(self.all(path), None)

    def said(self, path: str) -> str:
        """Return the text of the first element under a path, or an empty string."""
        found = self.first(path)
        return found.text if found is not None else ""

    def below(self) -> Iterator[Element]:
        """Yield all descendants in the order of the document."""
        for child in self.children:
            yield child
            yield from child.below()


class _Open:
    """An element that has not ended yet."""

    def __init__(self, name: str, line: int, attributes: dict[str, str]) -> None:
        self.name = name
        self.line = line
        self.attributes = attributes
        self.children: list[Element] = []
        self.text: list[str] = []

    def closed(self) -> Element:
        text = "".join(self.text).strip()
        return Element(self.name, self.line, self.attributes, tuple(self.children), text)


class _Builder(ContentHandler):
    """Builds elements from the events of the parser."""

    def __init__(self) -> None:
        super().__init__()
        self._locator: Locator | None = None
        self._open = [_Open("", 0, {})]

    @property
    def root(self) -> Element:
        return self._open[0].children[0]

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: AttributesNSImpl) -> None:  # noqa: ARG002, N802  SAX's names
        if len(self._open) > DEEPEST:
            raise MalformedError(f"nested deeper than {DEEPEST} elements", self._line)
        attributes = {_flat(key): value for key, value in attrs.items()}
        self._open.append(_Open(_flat(name), self._line, attributes))

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: ARG002, N802  SAX's names
        done = self._open.pop().closed()
        self._open[-1].children.append(done)

    def characters(self, content: str) -> None:
        self._open[-1].text.append(content)

    @property
    def _line(self) -> int:
        return (self._locator.getLineNumber() if self._locator is not None else None) or 1


def _flat(name: tuple[str | None, str]) -> str:
    namespace, local = name
    return f"{{{namespace}}}{local}" if namespace else local


def parse(data: bytes) -> Element:
    """Return the root element. Raises MalformedError, or RefusedError."""
    parser, builder, source = make_parser(), _Builder(), InputSource()
    parser.forbid_dtd = True
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(builder)
    source.setByteStream(BytesIO(data))
    try:
        parser.parse(source)
    except DefusedXmlException:
        raise RefusedError("it declares a document type or an entity, which is refused") from None
    except SAXParseException as error:
        raise MalformedError(error.getMessage(), error.getLineNumber()) from None
    except (SAXException, ValueError, LookupError) as error:  # an unknown encoding
        raise MalformedError(" ".join(str(error).split())) from None
    return builder.root
