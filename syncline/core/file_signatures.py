"""What a file is, told from its first bytes: a pure table, read at the door to see whether a name tells the truth.

Nothing is decoded here. A name and its content disagree when a file was renamed instead of converted, when a
download saved the error page under the file's name, or when the wrong file was picked.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

HEAD_BYTES = 4096  # what is asked of a recording: covers every signature below, and ID3 tags without pictures


@dataclass(frozen=True, slots=True)
class Kind:
    """What the bytes are; `extensions` are the names of a recording that such bytes may have, usual one first."""

    title: str
    extensions: tuple[str, ...] = ()
    is_written: bool = False  # made of letters, and yet no plain text

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
    (b"%PDF", Kind("a PDF document", is_written=True)),
    (b"PK\x03\x04", Kind("a ZIP archive (Word documents are ZIP archives, too)")),
    (b"PK\x05\x06", Kind("an empty ZIP archive")),
    (b"\x1f\x8b", Kind("a gzip archive")),
    (b"7z\xbc\xaf\x27\x1c", Kind("a 7-Zip archive")),
    (b"Rar!", Kind("a RAR archive")),
    (b"BZh", Kind("a bzip2 archive")),
    (b"\xfd7zXZ", Kind("an xz archive")),
    (b"\xd0\xcf\x11\xe0", Kind("an old Word, Excel or PowerPoint document")),
    (rb"{\rtf", Kind("an RTF document", is_written=True)),
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
# RIFF and FORM say only at the ninth byte what they hold.
_CHUNKED = {
    (b"RIFF", b"WAVE"): WAV,
    (b"RIFF", b"AVI "): Kind("an AVI video"),
    (b"RIFF", b"WEBP"): Kind("a WebP picture"),
    (b"FORM", b"AIFF"): Kind("an AIFF recording"),
    (b"FORM", b"AIFC"): Kind("an AIFF recording"),
}
_ISO_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_MARKUP: tuple[tuple[bytes, Kind], ...] = (
    (b"<!doctype html", Kind("a web page (HTML)", is_written=True)),
    (b"<html", Kind("a web page (HTML)", is_written=True)),
    (b"<?xml", Kind("an XML document, such as the error page of a download", is_written=True)),
    (b"<error", Kind("an XML document, such as the error page of a download", is_written=True)),
)


def kind_of(head: bytes) -> Kind | None:
    """-> what the first bytes say, None if they say nothing."""
    if head.startswith(b"ID3"):
        return _behind_tags(head)
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
    """The same for what should be text, where a few letters must not be taken for a signature: "MZ", "ID3"."""
    written = _markup(head) or next((kind for start, kind in _STARTS if head.startswith(start)), None)
    if written is not None and written.is_written:
        return written
    return _plain(head) or kind_of(head)


def agrees(extension: str, kind: Kind | None) -> bool:
    """Whether a recording of this name may begin like this; siblings of one container family are all the same to
    a decoder. Anything else is refused, although a decoder might cope: the name would mislead everybody after."""
    if kind is None:
        return False
    family = next((other for other in (OGG, EBML, ISO_MEDIA) if extension in other.extensions), None)
    return kind is family if family else extension in kind.extensions


def _behind_tags(head: bytes) -> Kind:
    """ID3 tags stand before MP3, but also before AAC and FLAC: what follows them counts, if it is in sight."""
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
    """Raw MPEG frames have no signature, only a pattern of eleven set bits that must lead to the next one."""
    start = head.find(b"\xff")
    while 0 <= start < len(head) - 7:
        kind, length = _frame(head[start : start + 7])
        following = head[start + length : start + length + 7] if length else b""
        # Only the first frame of a very short file needs no second one as its witness.
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
    """-> the kind and length of the frame that begins with these seven bytes, if one does."""
    if header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None, 0
    layer = 4 - (header[1] >> 1 & 3)
    if layer == 4:
        return _adts_frame(header)
    version, rate, sample = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if layer == 1 or version == 1 or rate in (0, 15) or sample == 3:  # nobody has ever used layer 1 in files
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
        # The last character may be cut in two.
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        return None
    return TEXT if "".join(text.split()).replace("\ufeff", "").isprintable() else None
