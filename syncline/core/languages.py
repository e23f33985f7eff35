"""The hundred languages of M2M100, those of Whisper, and the other codes and names that people use for them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from syncline.core.errors import InvalidOptionsError

NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "ast": "Asturian", "az": "Azerbaijani",
    "ba": "Bashkir", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "br": "Breton",
    "bs": "Bosnian", "ca": "Catalan", "ceb": "Cebuano", "cs": "Czech", "cy": "Welsh",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "fa": "Persian", "ff": "Fulah", "fi": "Finnish", "fr": "French",
    "fy": "Western Frisian", "ga": "Irish", "gd": "Scottish Gaelic", "gl": "Galician", "gu": "Gujarati",
    "ha": "Hausa", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "ht": "Haitian Creole",
    "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "ig": "Igbo", "ilo": "Iloko",
    "is": "Icelandic", "it": "Italian", "ja": "Japanese", "jv": "Javanese", "ka": "Georgian",
    "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "lb": "Luxembourgish",
    "lg": "Ganda", "ln": "Lingala", "lo": "Lao", "lt": "Lithuanian", "lv": "Latvian",
    "mg": "Malagasy", "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi",
    "ms": "Malay", "my": "Burmese", "ne": "Nepali", "nl": "Dutch", "no": "Norwegian",
    "ns": "Northern Sotho", "oc": "Occitan", "or": "Odia", "pa": "Punjabi", "pl": "Polish",
    "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sd": "Sindhi",
    "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "so": "Somali", "sq": "Albanian",
    "sr": "Serbian", "ss": "Swati", "su": "Sundanese", "sv": "Swedish", "sw": "Swahili",
    "ta": "Tamil", "th": "Thai", "tl": "Tagalog", "tn": "Tswana", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "wo": "Wolof",
    "xh": "Xhosa", "yi": "Yiddish", "yo": "Yoruba", "zh": "Chinese", "zu": "Zulu",
}  # fmt: skip
CODES = frozenset(NAMES)
WITHOUT_SPACES = frozenset({"ja", "zh"})  # no space between sentences
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "sd", "ur", "yi"})

AUTO = "auto"  # in place of a spoken language: it is to be detected
# Spoken languages that Whisper recognises. Of these, M2M100 does not translate the ones that have names here.
ONLY_RECOGNISED = {
    "as": "Assamese", "bo": "Tibetan", "eu": "Basque", "fo": "Faroese", "haw": "Hawaiian", "la": "Latin", "mi": "Maori",
    "mt": "Maltese", "sa": "Sanskrit", "sn": "Shona", "te": "Telugu", "tg": "Tajik", "tk": "Turkmen", "tt": "Tatar",
}  # fmt: skip
_ONLY_TRANSLATED = frozenset(
    {"ast", "ceb", "ff", "fy", "ga", "gd", "ig", "ilo", "lg", "ns", "or", "ss", "tn", "wo", "xh", "zu"}
)
RECOGNISED = CODES - _ONLY_TRANSLATED | ONLY_RECOGNISED.keys()

# BCP 47 and ISO 639 primary subtags for which M2M100 uses another code: deprecated codes, members of
# macrolanguages, and the three-letter codes of media files and library catalogues.
ALIASES = {
    "nb": "no", "nn": "no", "nob": "no", "nno": "no", "iw": "he", "in": "id", "ji": "yi", "jw": "jv",
    "fil": "tl", "nso": "ns", "mo": "ro", "mol": "ro", "sh": "sr", "cmn": "zh", "arb": "ar", "pes": "fa",
    "prs": "fa", "ory": "or", "npi": "ne", "lvs": "lv", "ekk": "et", "als": "sq", "zsm": "ms", "khk": "mn",
    "azj": "az", "uzn": "uz", "swh": "sw", "gsw": "de", "pbt": "ps", "ydd": "yi", "fuv": "ff", "plt": "mg",
    "afr": "af", "amh": "am", "ara": "ar", "aze": "az", "bak": "ba", "bel": "be", "bul": "bg", "ben": "bn",
    "bre": "br", "bos": "bs", "cat": "ca", "ces": "cs", "cze": "cs", "cym": "cy", "wel": "cy", "dan": "da",
    "deu": "de", "ger": "de", "ell": "el", "gre": "el", "eng": "en", "spa": "es", "est": "et", "fas": "fa",
    "per": "fa", "ful": "ff", "fin": "fi", "fra": "fr", "fre": "fr", "fry": "fy", "gle": "ga", "gla": "gd",
    "glg": "gl", "guj": "gu", "hau": "ha", "heb": "he", "hin": "hi", "hrv": "hr", "hat": "ht", "hun": "hu",
    "hye": "hy", "arm": "hy", "ind": "id", "ibo": "ig", "isl": "is", "ice": "is", "ita": "it", "jpn": "ja",
    "jav": "jv", "kat": "ka", "geo": "ka", "kaz": "kk", "khm": "km", "kan": "kn", "kor": "ko", "ltz": "lb",
    "lug": "lg", "lin": "ln", "lao": "lo", "lit": "lt", "lav": "lv", "mlg": "mg", "mkd": "mk", "mac": "mk",
    "mal": "ml", "mon": "mn", "mar": "mr", "msa": "ms", "may": "ms", "mya": "my", "bur": "my", "nep": "ne",
    "nld": "nl", "dut": "nl", "nor": "no", "oci": "oc", "ori": "or", "pan": "pa", "pol": "pl", "pus": "ps",
    "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "snd": "sd", "sin": "si", "slk": "sk", "slo": "sk",
    "slv": "sl", "som": "so", "sqi": "sq", "alb": "sq", "srp": "sr", "ssw": "ss", "sun": "su", "swe": "sv",
    "swa": "sw", "tam": "ta", "tha": "th", "tgl": "tl", "tsn": "tn", "tur": "tr", "ukr": "uk", "urd": "ur",
    "uzb": "uz", "vie": "vi", "wol": "wo", "xho": "xh", "yid": "yi", "yor": "yo", "zho": "zh", "chi": "zh",
    "zul": "zu",
}  # fmt: skip

# Country codes and native names that people write instead of a language code. They are only suggested, never
# accepted: Irish is "ga", but "ir" may stand for Iran.
MISNOMERS = {
    "brazilian": "pt", "castilian": "es", "cn": "zh", "cz": "cs", "deutsch": "de", "dk": "da",
    "ee": "et", "español": "es", "farsi": "fa", "filipino": "tl", "flemish": "nl", "français": "fr", "gr": "el",
    "il": "he", "ir": "fa", "italiano": "it", "jp": "ja", "kh": "km", "kr": "ko", "mandarin": "zh", "nederlands": "nl",
    "norsk": "no", "polski": "pl", "português": "pt", "rs": "sr", "se": "sv", "svenska": "sv", "ua": "uk", "vn": "vi",
    "yue": "zh",
}  # fmt: skip


def resolve(code: str) -> str:
    """'pt-BR' -> 'pt', 'zh-Hans' -> 'zh', 'nb' -> 'no'. Raises InvalidOptionsError with suggestions for other codes."""
    cleaned = code.strip().replace("_", "-").lower()
    primary = cleaned.split("-")[0]
    primary = ALIASES.get(primary, primary)
    if primary in CODES:
        return primary
    near = _near_matches(cleaned)
    guess = f" Did you mean {' or '.join(f'{code} ({NAMES[code]})' for code in near)}?" if near else ""
    raise InvalidOptionsError(
        f"“{code[:80]}” is not a language code that Syncline knows.{guess}",
        code="unknown_language",
        hint=f"Allowed are: {' '.join(sorted(CODES))}.",
    )


def spoken_name(code: str) -> str:
    """The name of a language that recordings can be in."""
    return (NAMES | ONLY_RECOGNISED)[code]


def resolve_spoken(code: str) -> str:
    """As `resolve`, with the languages that are recognised but not translated."""
    primary = code.strip().replace("_", "-").lower().split("-")[0]
    return primary if primary in ONLY_RECOGNISED else resolve(code)


def resolve_targets(codes: Iterable[str], *, source: str) -> list[str]:
    """The codes to translate into, each once, in the given order; the spoken language is refused."""
    spoken = resolve(source)
    targets = list(dict.fromkeys(resolve(code) for code in codes))
    if spoken in targets:
        raise InvalidOptionsError(
            f"The spoken language is already {NAMES[spoken]} ({spoken}).",
            code="same_language",
            hint=f"Leave “{spoken}” out of the languages to translate to, or correct the spoken language.",
        )
    return targets


def _near_matches(cleaned: str) -> list[str]:
    spellings = {**{code: code for code in CODES}, **ALIASES}
    spellings.update({name.lower(): code for code, name in NAMES.items()})
    close = difflib.get_close_matches(cleaned, sorted(spellings), n=5, cutoff=0.5)
    meant = [MISNOMERS[cleaned]] if cleaned in MISNOMERS else []
    return list(dict.fromkeys([*meant, *(spellings[spelling] for spelling in close)]))[:3]
