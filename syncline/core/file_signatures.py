"""Detect the kind of a file from its first bytes, to check that an upload's name agrees with its content.

Nothing is decoded here. Name and content disagree when a file was renamed instead of converted, when a download
saved an error page under the file's name, or when a user picked the wrong file.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

HEAD_BYTES = 4096  # enough for every signature below, and for ID3 tags without pictures


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. `extensions`: those that a recording of this kind may have, the usual one first."""

    title: str
    extensions: tuple[str, ...] = ()
    is_markup: bool = False  # consists of characters, but is not plain text

    @property
    def is_recording(self) -> bool:
        return bool(self.extensions)


WAV = Kind("a WAV file", ("wav",))
FLAC = Kind("a FLAC file", ("flac",))
OGG = Kind("an Ogg file", ("ogg", "opus"))
MPEG_AUDIO = Kind("an MP3 file", ("mp3",))
ADTS = Kind("an AAC file", ("aac",))
TAGGED = Kind("an audio file with ID3 tags", ("mp3", "aac", "flac"))
ASF = Kind("a Windows Media file", ("wma",))
EBML = Kind("a Matroska or WebM file", ("mkv", "webm"))
ISO_MEDIA = Kind("an MP4, M4A or QuickTime file", ("mp4", "m4a", "mov"))
TEXT = Kind("plain text")
ZEROS = Kind("nothing but zero bytes, as an interrupted copy leaves them")

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"fLaC", FLAC),
    (b"OggS", OGG),
    (b"\x1a\x45\xdf\xa3", EBML),
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), ASF),
    (b"ADIF", ADTS),
    (b"\xff\xfe", Kind("text in UTF-16")),
    (b"\xfe\xff", Kind("text in UTF-16")),
    (b"RF64", WAV),
    (b"%PDF", Kind("a PDF document", is_markup=True)),
    (b"PK\x03\x04", Kind("a ZIP archive (Word documents are ZIP archives, too)")),
    (b"PK\x05\x06", Kind("an empty ZIP archive")),
    (b"\x1f\x8b", Kind("a gzip archive")),
    (b"7z\xbc\xaf\x27\x1c", Kind("a 7-Zip archive")),
    (b"Rar!", Kind("a RAR archive")),
    (b"BZh", Kind("a bzip2 archive")),
    (b"\xfd7zXZ", Kind("an xz archive")),
    (b"\xd0\xcf\x11\xe0", Kind("an old Word, Excel or PowerPoint document")),
    (rb"{\rtf", Kind("an RTF document", is_markup=True)),
    (b"\x89PNG", Kind("a PNG picture")),
    (b"\xff\xd8\xff", Kind("a JPEG picture")),
    (b"GIF8", Kind("a GIF picture")),
    (b"MZ", Kind("a Windows program")),
    (b"\x7fELF", Kind("a Linux program")),
    (b"bplist", Kind("an Apple property list")),
    (b"#!AMR", Kind("an AMR recording")),
    (b"caff", Kind("a Core Audio file")),
    (b".snd", Kind("a Sun audio file")),
    (b"MThd", Kind("a MIDI file (notes, not sound)")),
    (b"FLV", Kind("a Flash video")),
    (b"\x00\x00\x01\xba", Kind("an MPEG program stream")),
)
# RIFF and FORM name their content at the ninth byte.
_CHUNKED = {
    (b"RIFF", b"WAVE"): WAV,
    (b"RIFF", b"AVI "): Kind("an AVI video"),
    (b"RIFF", b"WEBP"): Kind("a WebP picture"),
    (b"FORM", b"AIFF"): Kind("an AIFF recording"),
    (b"FORM", b"AIFC"): Kind("an AIFF recording"),
}
_ISO_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_MARKUP: tuple[tuple[bytes, Kind], ...] = (
    (b"<!doctype html", Kind("a web page (HTML)", is_markup=True)),
    (b"<html", Kind("a web page (HTML)", is_markup=True)),
    (b"<?xml", Kind("an XML document, such as the error page of a download", is_markup=True)),
    (b"<error", Kind("an XML document, such as the error page of a download", is_markup=True)),
)


def signatures() -> Iterator[tuple[tuple[tuple[int, bytes], ...], Kind]]:
    """The fixed signatures: a file of this kind has these bytes at these places. Raw MPEG frames have none."""
    for start, kind in _STARTS:
        yield ((0, start),), kind
    for (start, content), kind in _CHUNKED.items():
        yield ((0, start), (8, content)), kind
    for box in _ISO_BOXES:
        yield ((4, box),), ISO_MEDIA


def kind_of(head: bytes) -> Kind | None:
    """-> the kind of file that begins with these bytes, or None."""
    if head.startswith(b"ID3"):
        return _after_id3_tags(head)
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if (chunked := _CHUNKED.get((head[:4], head[8:12]))) is not None:
        return chunked
    if head[4:8] in _ISO_BOXES:
        return ISO_MEDIA
    if head[:1] == b"\x47" and head[188:189] == b"\x47" and head[376:377] == b"\x47":
        return Kind("an MPEG transport stream")
    return _markup(head) or _frames(head) or _plain(head)


def kind_of_document(head: bytes) -> Kind | None:
    """The same for a file that should be text: letters such as "MZ" and "ID3" are no signature there."""
    markup = _markup(head) or next((kind for start, kind in _STARTS if head.startswith(start)), None)
    if markup is not None and markup.is_markup:
        return markup
    return _plain(head) or kind_of(head)


def agrees(extension: str, kind: Kind | None) -> bool:
    """Whether a recording with this extension may be of this kind.

    The extensions of one container family are interchangeable. Any other mismatch is refused, although a decoder might
    cope with it: the name would mislead every later user of the file.
    """
    if kind is None:
        return False
    family = next((other for other in (OGG, EBML, ISO_MEDIA) if extension in other.extensions), None)
    return kind is family if family else extension in kind.extensions


def _after_id3_tags(head: bytes) -> Kind:
    """ID3 tags can precede MP3, AAC and FLAC, so what follows them decides, if these bytes reach that far."""
    if len(head) < 10:
        return TAGGED
    size = 0
    for byte in head[6:10]:  # four bytes of seven bits
        size = size << 7 | byte & 0x7F
    rest = head[10 + size :]
    if not rest:
        return TAGGED
    if rest.startswith(b"fLaC"):
        return FLAC
    return _frames(rest) or TAGGED


def _frames(head: bytes) -> Kind | None:
    """Raw MPEG frames have no signature: a header is eleven set bits, and the frame's length must lead to the next."""
    start = head.find(b"\xff")
    while 0 <= start < len(head) - 7:
        kind, length = _frame(head[start : start + 7])
        following = head[start + length : start + length + 7] if length else b""
        # The only frame of a very short file has no successor to confirm it.
        alone = start == 0 and len(following) < 7
        if kind is not None and (alone or (len(following) == 7 and _frame(following)[0] is kind)):
            return kind
        start = head.find(b"\xff", start + 1)
    return None


_BITRATES = {  # (MPEG 1?, layer) -> kbit/s by index
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _frame(header: bytes) -> tuple[Kind | None, int]:
    """-> the kind and length of the frame with this header of seven bytes; (None, 0) if it is not a header."""
    if header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None, 0
    layer = 4 - (header[1] >> 1 & 3)
    if layer == 4:
        return _adts_frame(header)
    version, rate, sample = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if layer == 1 or version == 1 or rate in (0, 15) or sample == 3:  # layer 1 is not used in files
        return None, 0
    bits = _BITRATES[version == 3, layer][rate] * 1000
    hertz, padding = _SAMPLE_RATES[version][sample], header[2] >> 1 & 1
    samples = 72 if layer == 3 and version != 3 else 144
    return MPEG_AUDIO, samples * bits // hertz + padding


def _adts_frame(header: bytes) -> tuple[Kind | None, int]:
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    if header[1] & 0xF0 != 0xF0 or header[2] >> 2 & 0xF > 12 or length < 7:
        return None, 0
    return ADTS, length


def _markup(head: bytes) -> Kind | None:
    beginning = head[:256].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return next((kind for start, kind in _MARKUP if beginning.startswith(start)), None)


def _plain(head: bytes) -> Kind | None:
    if not head:
        return None
    if not head.strip(b"\x00"):
        return ZEROS
    try:
        # These bytes may end within a character.
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        return None
    return TEXT if "".join(text.split()).replace("\ufeff", "").isprintable() else None
