"""The hundred languages of M2M100, and how the world's other names for them map onto its codes."""

from __future__ import annotations

import difflib

from syncline.errors import InvalidOptionsError

CODES = frozenset(
    """
    af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr
    ht hu hy id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or
    pa pl ps pt ro ru sd si sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu
    """.split()
)

# BCP-47 primary subtags that M2M100 knows under another code.
ALIASES = {
    "nb": "no", "nn": "no", "iw": "he", "in": "id", "ji": "yi", "jw": "jv", "fil": "tl", "nso": "ns",
    "mo": "ro", "sh": "sr", "cmn": "zh", "arb": "ar", "pes": "fa", "prs": "fa", "ory": "or", "npi": "ne",
    "lvs": "lv", "ekk": "et", "als": "sq", "zsm": "ms", "khk": "mn", "azj": "az", "uzn": "uz", "swh": "sw",
    "gsw": "de", "pbt": "ps", "ydd": "yi", "fuv": "ff",
}  # fmt: skip


def resolve(code: str) -> str:
    """'pt-BR' -> 'pt', 'zh-Hans' -> 'zh', 'nb' -> 'no'; raises with near matches when M2M100 has no such language."""
    cleaned = code.strip().replace("_", "-").lower()
    primary = cleaned.split("-")[0]
    primary = ALIASES.get(primary, primary)
    if primary in CODES:
        return primary
    near = difflib.get_close_matches(cleaned, sorted(CODES | set(ALIASES)), n=3, cutoff=0.5)
    guess = f" Did you mean {' or '.join(near)}?" if near else ""
    raise InvalidOptionsError(
        f"“{code}” is not a language code that can be translated.{guess}",
        code="unknown_language",
        hint=f"Allowed are: {' '.join(sorted(CODES))}.",
    )
