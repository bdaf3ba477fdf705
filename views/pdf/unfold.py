"""How much comes out of a stream of a PDF: its filters are undone one after the other, and little of it is kept.

The filters are those of PDF 2.0 (ISO 32000-2, 7.4). A step that another unpacks again has to be free of faults and
small: programs mend faults differently, and one that mends more would unpack more than was counted.
"""

import zlib
from base64 import a85decode
from collections.abc import Callable, Iterator

from views.pdf.unfit import Unfit

PACKED_AGAIN = 4 << 20  # bytes, of what is packed in what is packed
PIECE = 64 << 10
SHORT = {
    "AHx": "ASCIIHexDecode",
    "A85": "ASCII85Decode",
    "Fl": "FlateDecode",
    "LZW": "LZWDecode",
    "RL": "RunLengthDecode",
}
SHRUNK = frozenset(("FlateDecode", "LZWDecode", "RunLengthDecode"))
SPACE = b"\x00\t\n\x0c\r "


class Fault(Exception):
    """From here on it is not what its filter says."""


def unfolded(raw: bytes, filters: list[str], early: int, most: int) -> int:
    """The bytes that come out of all steps together, counted up to `most`. `early` is LZW's EarlyChange, 1 or 0.

    Raises Unfit: `bomb` for more than `most`, `broken` where it cannot be told what the last step would be given.
    """
    names = [SHORT.get(name, name) for name in filters]
    out = 0
    for place, name in enumerate(names):
        again = bool(SHRUNK & set(names[place + 1 :]))
        step = STEPS.get(name)
        if step is None:  # a picture's own packing
            if again:
                raise Unfit("broken")
            break
        kept = bytearray()
        try:
            for piece in step(raw, early):
                out += len(piece)
                kept += piece if again else b""
                if out > most or len(kept) > PACKED_AGAIN:
                    raise Unfit("bomb")
        except Fault:
            if again:
                raise Unfit("broken") from None
            break  # a viewer shows what came out before the fault
        raw = bytes(kept)
        if not again:
            break
    return out


def _as_it_is(raw: bytes, early: int) -> Iterator[bytes]:
    yield raw


def _hex(raw: bytes, early: int) -> Iterator[bytes]:
    digits = raw.partition(b">")[0].translate(None, SPACE)
    try:
        yield bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    except ValueError:
        raise Fault from None


def _base_85(raw: bytes, early: int) -> Iterator[bytes]:
    words = raw.strip(SPACE).removeprefix(b"<~").partition(b"~")[0]
    try:
        yield a85decode(words, ignorechars=SPACE + b"\x0b")
    except ValueError:
        raise Fault from None


def _flate(raw: bytes, early: int) -> Iterator[bytes]:
    # some viewers do without the two bytes at its head, or without the right ones
    for bits, start in ((15, 0), (-15, 2), (-15, 0)):
        came = False
        try:
            for piece in _inflated(zlib.decompressobj(bits), raw[start:]):
                came = True
                yield piece
            return
        except Fault:
            if came:
                raise
    raise Fault


def _inflated(unpacking: "zlib._Decompress", raw: bytes) -> Iterator[bytes]:
    """In pieces, up to the end or to a fault, which costs no more than a kilobyte before it."""
    while raw and not unpacking.eof:
        before = unpacking.copy()
        try:
            piece = unpacking.decompress(raw, PIECE)
        except zlib.error:
            yield from _up_to(before, raw)
            raise Fault from None
        yield piece
        raw = unpacking.unconsumed_tail


def _up_to(unpacking: "zlib._Decompress", raw: bytes) -> Iterator[bytes]:
    try:
        while raw:
            yield unpacking.decompress(raw, 1 << 10)
            raw = unpacking.unconsumed_tail
    except zlib.error:
        return


def _lzw(raw: bytes, early: int) -> Iterator[bytes]:
    first = [bytes((n,)) for n in range(256)] + [b"", b""]
    table, width, last, bits, have, out = first[:], 9, b"", 0, 0, bytearray()
    for byte in raw:
        bits, have = bits << 8 | byte, have + 8
        if have < width:
            continue
        have -= width
        code = bits >> have
        bits &= (1 << have) - 1
        if code == 256:
            table, width, last = first[:], 9, b""
            continue
        if code == 257:
            break
        if code > len(table) or (code == len(table) and not last):
            yield bytes(out)
            raise Fault
        entry = table[code] if code < len(table) else last + last[:1]
        if last and len(table) < 4096:
            table.append(last + entry[:1])
        last = entry
        width = min(12, (len(table) + early).bit_length())
        out += entry
        if len(out) > PIECE:
            yield bytes(out)
            out.clear()
    yield bytes(out)


def _run_length(raw: bytes, early: int) -> Iterator[bytes]:
    at, out = 0, bytearray()
    while at < len(raw) and (length := raw[at]) != 128:
        if length < 128:
            out += raw[at + 1 : at + 2 + length]
            at += 2 + length
        else:
            out += raw[at + 1 : at + 2] * (257 - length)
            at += 2
        if len(out) > PIECE:
            yield bytes(out)
            out.clear()
    yield bytes(out)


STEPS: dict[str, Callable[[bytes, int], Iterator[bytes]]] = {
    "Crypt": _as_it_is,
    "ASCIIHexDecode": _hex,
    "ASCII85Decode": _base_85,
    "FlateDecode": _flate,
    "LZWDecode": _lzw,
    "RunLengthDecode": _run_length,
}
