"""The table of languages that recordings can be in. A new language is one entry, and its sentences for the benchmark.

An entry is data: how the language writes numbers, dates and abbreviations and what they are read as, which model turns
its words into IPA, and how its sounds map to the phones of the acoustic model. syncline.speech reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncline.core.languages import spoken_name

# What can turn words into IPA; the setting SYNCLINE_G2P chooses.
G2P2, ESPEAK = "g2p2", "espeak-ng"
G2P_TOOLS = (G2P2, ESPEAK)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpokenLanguage:
    code: str
    script: str = "Latn"  # ISO 15924
    # What turns words into IPA: a model of the package g2p2-group-<g2p>, or a module of syncline.speech. English has a
    # dictionary.
    g2p: str = ""
    # How numbers are written and read.
    number_words: str = ""  # num2words' code; none: g2p2 has the words
    number_spellings: Mapping[str, str] = field(default_factory=dict)  # where num2words' code is a relative's
    decimal_sign: str = ","
    thousands_sign: str = "."
    point: str = ""  # how the decimal sign is read
    conjunction: str = ""  # between hours and minutes, between euros and cents
    minus: str = ""
    percent: str = ""
    currencies: Mapping[str, str] = field(default_factory=dict)  # sign -> its names with "|" between
    ordinal_marks: tuple[str, ...] = ()  # after the digits
    months: str = ""  # as they are read in a date, "_" between words
    units: Mapping[str, str] = field(default_factory=dict)  # after a number
    # How words are read.
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    needs_dot: frozenset[str] = frozenset()  # abbreviations that are words too: they count before a full stop only
    titles: frozenset[str] = frozenset()  # abbreviations before a name: no sentence ends after them
    words: Mapping[str, str] = field(default_factory=dict)  # word -> IPA, where the model has another reading
    elisions: Mapping[str, str] = field(default_factory=dict)  # the part before an apostrophe -> IPA
    phones: Mapping[str, str] = field(default_factory=dict)  # IPA -> phones, where speech/ipa.py has others

    @property
    def name(self) -> str:
        return spoken_name(self.code)


_ENGLISH = SpokenLanguage(
    code="en",
    decimal_sign=".",
    thousands_sign=",",
    titles=frozenset(
        {"Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "St", "Rev", "Gen", "Col", "Capt", "Lt", "Sgt", "Sen", "Gov"}
    ),
)
_ITALIAN = SpokenLanguage(
    code="it",
    g2p="romance",
    number_words="it",
    point="virgola",
    conjunction="e",
    minus="meno",
    percent="per cento",
    currencies={"€": "euro", "$": "dollari|dollaro", "£": "sterline|sterlina"},
    ordinal_marks=("º", "ª", "°"),
    months="gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    units={
        "km": "chilometri|chilometro", "m": "metri|metro", "cm": "centimetri", "mm": "millimetri",
        "kg": "chili|chilogrammi", "g": "grammi", "l": "litri", "h": "ore", "min": "minuti", "s": "secondi",
        "km/h": "chilometri all'ora|chilometri orari", "°C": "gradi|gradi celsius",
    },
    abbreviations={
        "sig": "signor", "sigg": "signori", "dott": "dottor|dottore", "dr": "dottor", "prof": "professor|professore",
        "ing": "ingegner|ingegnere", "avv": "avvocato", "ecc": "eccetera", "es": "esempio", "pag": "pagina",
        "tel": "telefono", "n": "numero", "nr": "numero",
    },
    needs_dot=frozenset({"es", "n"}),
    titles=frozenset({"Sig", "Dott", "Dr", "Prof", "Ing", "Avv"}),
    elisions={"l": "l", "d": "d", "c": "tʃ", "s": "s", "m": "m", "t": "t", "v": "v", "n": "n"},
)  # fmt: skip
_SPANISH = SpokenLanguage(
    code="es",
    g2p="romance",
    number_words="es",
    point="coma",
    conjunction="con",
    minus="menos",
    percent="por ciento",
    currencies={"€": "euros|euro", "$": "dólares|dólar|pesos", "£": "libras|libra"},
    ordinal_marks=("º", "ª", "°"),
    months="de_enero de_febrero de_marzo de_abril de_mayo de_junio de_julio de_agosto de_septiembre de_octubre "
    "de_noviembre de_diciembre",
    units={
        "km": "kilómetros|kilómetro", "m": "metros|metro", "cm": "centímetros", "mm": "milímetros",
        "kg": "kilos|kilogramos", "g": "gramos", "l": "litros", "h": "horas", "min": "minutos", "s": "segundos",
        "km/h": "kilómetros por hora", "°C": "grados|grados celsius",
    },
    abbreviations={
        "sr": "señor", "sra": "señora", "srta": "señorita", "dr": "doctor", "dra": "doctora", "prof": "profesor",
        "d": "don", "dña": "doña", "etc": "etcétera", "ej": "ejemplo", "pág": "página", "tel": "teléfono",
        "núm": "número", "ud": "usted", "uds": "ustedes",
    },
    needs_dot=frozenset({"d"}),
    titles=frozenset({"Sr", "Sra", "Srta", "Dr", "Dra", "Prof", "D", "Dña"}),
)  # fmt: skip
_FRENCH = SpokenLanguage(
    code="fr",
    g2p="romance",
    number_words="fr",
    thousands_sign=" ",
    point="virgule",
    minus="moins",
    percent="pour cent",
    currencies={"€": "euros|euro", "$": "dollars|dollar", "£": "livres|livre"},
    ordinal_marks=("er", "re", "e", "ème", "nd", "nde"),
    months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    units={
        "km": "kilomètres|kilomètre", "m": "mètres|mètre", "cm": "centimètres", "mm": "millimètres",
        "kg": "kilos|kilogrammes", "g": "grammes", "l": "litres", "h": "heures", "min": "minutes", "s": "secondes",
        "km/h": "kilomètres heure|kilomètres à l'heure", "°C": "degrés|degrés celsius",
    },
    abbreviations={
        "m": "monsieur", "mm": "messieurs", "mme": "madame", "mlle": "mademoiselle", "dr": "docteur",
        "pr": "professeur", "st": "saint", "ste": "sainte", "etc": "et cetera", "ex": "exemple", "p": "page",
        "tél": "téléphone", "n°": "numéro",
    },
    needs_dot=frozenset({"m", "p", "ex"}),
    titles=frozenset({"M", "MM", "Mme", "Mlle", "Dr", "Pr", "St", "Ste"}),
    elisions={
        "l": "l", "d": "d", "j": "ʒ", "qu": "k", "m": "m", "n": "n", "s": "s", "t": "t", "c": "s",
        "jusqu": "ʒysk", "lorsqu": "lɔʁsk", "puisqu": "pɥisk", "quelqu": "kɛlk",
    },
    words={"à": "a", "est": "ɛ|ɛt", "y": "i", "eu": "y", "dix": "dis|di", "six": "sis|si", "plus": "ply|plys"},
)  # fmt: skip
_PORTUGUESE = SpokenLanguage(
    code="pt",
    g2p="romance",
    number_words="pt",
    point="vírgula",
    conjunction="e",
    minus="menos",
    percent="por cento",
    currencies={"€": "euros|euro", "$": "dólares|dólar|reais", "£": "libras|libra"},
    ordinal_marks=("º", "ª", "°"),
    months="de_janeiro de_fevereiro de_março de_abril de_maio de_junho de_julho de_agosto de_setembro de_outubro "
    "de_novembro de_dezembro",
    units={
        "km": "quilómetros|quilômetros|quilómetro", "m": "metros|metro", "cm": "centímetros", "kg": "quilos",
        "g": "gramas", "l": "litros", "h": "horas", "min": "minutos", "s": "segundos",
        "km/h": "quilómetros por hora", "°C": "graus|graus celsius",
    },
    abbreviations={
        "sr": "senhor", "sra": "senhora", "dr": "doutor", "dra": "doutora", "prof": "professor", "etc": "etcétera",
        "ex": "exemplo", "pág": "página", "tel": "telefone",
    },
    needs_dot=frozenset({"ex"}),
    titles=frozenset({"Sr", "Sra", "Dr", "Dra", "Prof"}),
    words={"de": "dɨ|dʒi", "e": "i"},
    # The model mixes the readings of Portugal and Brazil.
    phones={
        "ɨ": "IH | - | IY", "tʃ": "CH | T", "dʒ": "JH | D", "x": "R | HH | K", "ɦ": "R | HH | -", "s": "S | SH | Z",
        "ʃ": "SH | S | Z",
    },
)  # fmt: skip
_CATALAN = SpokenLanguage(
    code="ca",
    g2p="romance",
    number_words="ca",
    point="coma",
    conjunction="amb",
    minus="menys",
    percent="per cent",
    currencies={"€": "euros|euro", "$": "dòlars|dòlar", "£": "lliures|lliura"},
    ordinal_marks=("r", "n", "t", "è", "a", "º", "ª"),
    months="de_gener de_febrer de_març d'abril de_maig de_juny de_juliol d'agost de_setembre d'octubre de_novembre "
    "de_desembre",
    units={
        "km": "quilòmetres", "m": "metres", "cm": "centímetres", "kg": "quilos", "g": "grams", "l": "litres",
        "h": "hores", "min": "minuts", "s": "segons", "km/h": "quilòmetres per hora", "°C": "graus|graus celsius",
    },
    abbreviations={"sr": "senyor", "sra": "senyora", "dr": "doctor", "dra": "doctora", "etc": "etcètera"},
    titles=frozenset({"Sr", "Sra", "Dr", "Dra"}),
    elisions={"l": "l", "d": "d", "s": "s", "n": "n", "m": "m", "t": "t"},
)  # fmt: skip
_ROMANIAN = SpokenLanguage(
    code="ro",
    g2p="romance",
    number_words="ro",
    point="virgulă",
    conjunction="și",
    minus="minus",
    percent="la sută|procente",
    currencies={"€": "euro", "$": "dolari|dolar", "£": "lire"},
    months="ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    units={
        "km": "kilometri|kilometru", "m": "metri|metru", "cm": "centimetri", "kg": "kilograme", "g": "grame",
        "l": "litri", "h": "ore", "min": "minute", "s": "secunde", "km/h": "kilometri pe oră",
        "°C": "grade|grade celsius",
    },
    abbreviations={"dl": "domnul", "d-na": "doamna", "dr": "doctor", "prof": "profesor", "etc": "etcetera"},
    titles=frozenset({"Dl", "Dr", "Prof"}),
)  # fmt: skip
_GERMAN = SpokenLanguage(
    code="de",
    g2p="germanic",
    number_words="de",
    point="komma",
    minus="minus",
    percent="prozent",
    currencies={"€": "euro", "$": "dollar", "£": "pfund"},
    ordinal_marks=(".",),
    months="januar februar märz april mai juni juli august september oktober november dezember",
    units={
        "km": "kilometer", "m": "meter", "cm": "zentimeter", "mm": "millimeter", "kg": "kilo|kilogramm", "g": "gramm",
        "l": "liter", "h": "stunden", "min": "minuten", "s": "sekunden",
        "km/h": "stundenkilometer|kilometer pro stunde",
        "°C": "grad|grad celsius", "uhr": "uhr",
    },
    abbreviations={
        "hr": "herr", "hrn": "herrn", "fr": "frau", "dr": "doktor", "prof": "professor", "usw": "und so weiter",
        "z.b": "zum beispiel", "bzw": "beziehungsweise", "ca": "zirka", "nr": "nummer", "str": "straße", "st": "sankt",
        "d.h": "das heißt", "vgl": "vergleiche", "evtl": "eventuell", "ggf": "gegebenenfalls",
    },
    titles=frozenset({"Hr", "Hrn", "Fr", "Dr", "Prof"}),
)  # fmt: skip
_DUTCH = SpokenLanguage(
    code="nl",
    g2p="germanic",
    number_words="nl",
    point="komma",
    conjunction="en",
    minus="min",
    percent="procent",
    currencies={"€": "euro", "$": "dollar", "£": "pond"},
    ordinal_marks=("e", "de", "ste"),
    months="januari februari maart april mei juni juli augustus september oktober november december",
    units={
        "km": "kilometer", "m": "meter", "cm": "centimeter", "kg": "kilo", "g": "gram", "l": "liter", "h": "uur",
        "min": "minuten", "s": "seconden", "km/h": "kilometer per uur", "°C": "graden|graden celsius",
    },
    abbreviations={
        "dhr": "de heer", "mevr": "mevrouw", "mw": "mevrouw", "dr": "dokter|doctor", "prof": "professor",
        "enz": "enzovoort", "bijv": "bijvoorbeeld", "nr": "nummer",
    },
    titles=frozenset({"Dhr", "Mevr", "Mw", "Dr", "Prof"}),
    words={"het": "ət|hɛt", "een": "ən", "ik": "ɪk|ək"},
)  # fmt: skip
_SWEDISH = SpokenLanguage(
    code="sv",
    g2p="germanic",
    number_words="sv",
    thousands_sign=" ",
    point="komma",
    conjunction="och",
    minus="minus",
    percent="procent",
    currencies={"€": "euro", "$": "dollar", "£": "pund"},
    ordinal_marks=("a", "e"),
    months="januari februari mars april maj juni juli augusti september oktober november december",
    units={
        "km": "kilometer", "m": "meter", "cm": "centimeter", "kg": "kilo", "g": "gram", "l": "liter", "h": "timmar",
        "min": "minuter", "s": "sekunder", "kr": "kronor", "km/h": "kilometer i timmen", "°C": "grader|grader celsius",
    },
    abbreviations={"dr": "doktor", "prof": "professor", "t.ex": "till exempel", "osv": "och så vidare", "nr": "nummer"},
    titles=frozenset({"Dr", "Prof"}),
    words={"att": "at|ɔ", "de": "dɔm", "och": "ɔ|ɔk", "är": "ɛ|ær", "det": "de", "var": "vɑ|vɑr"},
)  # fmt: skip
_DANISH = SpokenLanguage(
    code="da",
    g2p="germanic",
    number_words="da",
    point="komma",
    conjunction="og",
    minus="minus",
    percent="procent",
    currencies={"€": "euro", "$": "dollar", "£": "pund"},
    ordinal_marks=(".",),
    months="januar februar marts april maj juni juli august september oktober november december",
    units={
        "km": "kilometer", "m": "meter", "cm": "centimeter", "kg": "kilo", "g": "gram", "l": "liter", "h": "timer",
        "min": "minutter", "s": "sekunder", "kr": "kroner", "km/h": "kilometer i timen", "°C": "grader|grader celsius",
    },
    abbreviations={
        "hr": "herr", "fr": "fru", "dr": "doktor", "prof": "professor", "osv": "og så videre", "nr": "nummer",
    },
    titles=frozenset({"Hr", "Fr", "Dr", "Prof"}),
)  # fmt: skip
_NORWEGIAN = SpokenLanguage(
    code="no",
    g2p="germanic",
    number_words="no",
    thousands_sign=" ",
    point="komma",
    conjunction="og",
    minus="minus",
    percent="prosent",
    currencies={"€": "euro", "$": "dollar", "£": "pund"},
    ordinal_marks=(".",),
    months="januar februar mars april mai juni juli august september oktober november desember",
    units={
        "km": "kilometer", "m": "meter", "cm": "centimeter", "kg": "kilo", "g": "gram", "l": "liter", "h": "timer",
        "min": "minutter", "s": "sekunder", "kr": "kroner", "km/h": "kilometer i timen", "°C": "grader|grader celsius",
    },
    abbreviations={
        "hr": "herr", "fr": "fru", "dr": "doktor", "prof": "professor", "osv": "og så videre", "nr": "nummer",
    },
    titles=frozenset({"Hr", "Fr", "Dr", "Prof"}),
)  # fmt: skip
_FINNISH = SpokenLanguage(
    code="fi",
    g2p="other_euro",
    number_words="fi",
    thousands_sign=" ",
    point="pilkku",
    minus="miinus",
    percent="prosenttia|prosentti",
    currencies={"€": "euroa|euro", "$": "dollaria|dollari", "£": "puntaa"},
    ordinal_marks=(".",),
    months="tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta "
    "marraskuuta joulukuuta",
    units={
        "km": "kilometriä", "m": "metriä", "cm": "senttiä|senttimetriä", "kg": "kiloa", "g": "grammaa", "l": "litraa",
        "h": "tuntia", "min": "minuuttia", "s": "sekuntia", "km/h": "kilometriä tunnissa",
        "°C": "astetta|celsiusastetta",
    },
    abbreviations={
        "esim": "esimerkiksi", "jne": "ja niin edelleen", "hra": "herra", "rva": "rouva", "ym": "ynnä muuta",
    },
    titles=frozenset({"Hra", "Rva"}),
)  # fmt: skip
_HUNGARIAN = SpokenLanguage(
    code="hu",
    g2p="other_euro",
    number_words="hu",
    thousands_sign=" ",
    point="egész",
    conjunction="és",
    minus="mínusz",
    percent="százalék",
    currencies={"€": "euró", "$": "dollár", "£": "font"},
    ordinal_marks=(".",),
    months="január február március április május június július augusztus szeptember október november december",
    units={
        "km": "kilométer", "m": "méter", "cm": "centi|centiméter", "kg": "kiló|kilogramm", "g": "gramm", "l": "liter",
        "h": "óra", "min": "perc", "s": "másodperc", "km/h": "kilométer per óra", "°C": "fok|celsiusfok",
        "ft": "forint",
    },
    abbreviations={"dr": "doktor", "pl": "például", "stb": "és a többi", "kb": "körülbelül", "ill": "illetve"},
    titles=frozenset({"Dr", "dr"}),
)  # fmt: skip
_GREEK = SpokenLanguage(
    code="el",
    script="Grek",
    g2p="other_euro",
    point="κόμμα",
    conjunction="και",
    minus="μείον",
    percent="τοις εκατό",
    currencies={"€": "ευρώ", "$": "δολάρια|δολάριο", "£": "λίρες"},
    ordinal_marks=("ος", "η", "ο"),
    months="ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου "
    "δεκεμβρίου",
    units={
        "χλμ": "χιλιόμετρα|χιλιόμετρο", "km": "χιλιόμετρα", "μ": "μέτρα", "m": "μέτρα", "kg": "κιλά", "λ": "λίτρα",
        "°C": "βαθμοί|βαθμούς", "km/h": "χιλιόμετρα την ώρα",
    },
    abbreviations={
        "κ": "κύριος|κύριε|κυρία", "κα": "κυρία", "π.χ": "παραδείγματος χάρη", "κλπ": "και λοιπά", "δρ": "δόκτωρ",
    },
    needs_dot=frozenset({"κ"}),
    titles=frozenset({"κ", "κα", "Δρ"}),
)  # fmt: skip
_CZECH = SpokenLanguage(
    code="cs",
    g2p="slavic",
    number_words="cs",
    thousands_sign=" ",
    point="celá|celých",
    minus="minus",
    percent="procent|procenta|procento",
    currencies={"€": "eur|eura|euro", "$": "dolarů|dolary|dolar", "£": "liber"},
    ordinal_marks=(".",),
    months="ledna února března dubna května června července srpna září října listopadu prosince",
    units={
        "km": "kilometrů|kilometry|kilometr", "m": "metrů|metry|metr", "cm": "centimetrů", "kg": "kilogramů|kilo",
        "g": "gramů", "l": "litrů", "h": "hodin", "min": "minut", "s": "sekund", "kč": "korun|koruny",
        "km/h": "kilometrů za hodinu", "°C": "stupňů|stupňů celsia",
    },
    abbreviations={
        "p": "pan", "pí": "paní", "dr": "doktor", "prof": "profesor", "ing": "inženýr", "atd": "a tak dále",
        "např": "například", "tj": "to je", "tzv": "takzvaný",
    },
    needs_dot=frozenset({"p"}),
    titles=frozenset({"p", "Dr", "Prof", "Ing", "Mgr"}),
)  # fmt: skip
_POLISH = SpokenLanguage(
    code="pl",
    g2p="slavic",
    number_words="pl",
    thousands_sign=" ",
    point="przecinek",
    minus="minus",
    percent="procent",
    currencies={"€": "euro", "$": "dolarów|dolary|dolar", "£": "funtów"},
    ordinal_marks=(".",),
    months="stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    units={
        "km": "kilometrów|kilometry|kilometr", "m": "metrów|metry|metr", "cm": "centymetrów", "kg": "kilogramów|kilo",
        "g": "gramów", "l": "litrów", "h": "godzin", "min": "minut", "s": "sekund", "zł": "złotych|złote",
        "km/h": "kilometrów na godzinę", "°C": "stopni|stopni celsjusza",
    },
    abbreviations={
        "dr": "doktor", "prof": "profesor", "p": "pan", "itd": "i tak dalej", "np": "na przykład", "tzw": "tak zwany",
        "ul": "ulica", "nr": "numer", "tj": "to jest", "m.in": "między innymi",
    },
    needs_dot=frozenset({"p"}),
    titles=frozenset({"p", "Dr", "dr", "Prof", "prof"}),
)  # fmt: skip
_CROATIAN = SpokenLanguage(
    code="hr",
    g2p="slavic",
    number_words="sr",
    number_spellings={"hiljad": "tisuć", "milion": "milijun"},
    point="zarez",
    minus="minus",
    percent="posto",
    currencies={"€": "eura|euro", "$": "dolara|dolar", "£": "funti"},
    ordinal_marks=(".",),
    months="siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca",
    units={
        "km": "kilometara|kilometra", "m": "metara|metra", "cm": "centimetara", "kg": "kilograma|kila", "g": "grama",
        "l": "litara", "h": "sati", "min": "minuta", "s": "sekundi", "km/h": "kilometara na sat",
        "°C": "stupnjeva|stupnjeva celzija",
    },
    abbreviations={
        "g": "gospodin", "gđa": "gospođa", "dr": "doktor", "prof": "profesor", "itd": "i tako dalje",
        "npr": "na primjer",
    },
    needs_dot=frozenset({"g"}),
    titles=frozenset({"g", "Dr", "Prof", "dr", "prof"}),
)  # fmt: skip
_RUSSIAN = SpokenLanguage(
    code="ru",
    script="Cyrl",
    g2p="slavic",
    number_words="ru",
    thousands_sign=" ",
    point="и",
    minus="минус",
    percent="процентов|процента|процент",
    currencies={"€": "евро", "$": "долларов|доллара|доллар", "£": "фунтов", "₽": "рублей|рубля|рубль"},
    ordinal_marks=("й", "я", "е", "го", "му", "м", "х", "ый", "ая", "ое"),
    months="января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    units={
        "км": "километров|километра|километр", "м": "метров|метра|метр", "см": "сантиметров",
        "кг": "килограммов|килограмма",
        "г": "граммов|год|года", "л": "литров", "ч": "часов|часа", "мин": "минут", "с": "секунд", "руб": "рублей|рубля",
        "км/ч": "километров в час", "°C": "градусов|градуса", "млн": "миллионов|миллиона|миллион",
        "млрд": "миллиардов|миллиарда", "тыс": "тысяч|тысячи",
    },
    abbreviations={
        "т.е": "то есть", "т.д": "так далее", "т.п": "тому подобное", "др": "другие", "г": "город|год|господин",
        "ул": "улица", "им": "имени", "проф": "профессор", "стр": "страница",
    },
    needs_dot=frozenset({"им", "г", "др"}),
    titles=frozenset({"г", "г-н", "г-жа", "проф", "им"}),
)  # fmt: skip
_UKRAINIAN = SpokenLanguage(
    code="uk",
    script="Cyrl",
    g2p="slavic",
    number_words="uk",
    thousands_sign=" ",
    point="кома",
    minus="мінус",
    percent="відсотків|відсотки|відсоток",
    currencies={"€": "євро", "$": "доларів|долари|долар", "£": "фунтів", "₴": "гривень|гривні|гривня"},
    ordinal_marks=("й", "я", "е", "го", "му", "х"),
    months="січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    units={
        "км": "кілометрів|кілометри", "м": "метрів|метри", "см": "сантиметрів", "кг": "кілограмів",
        "г": "грамів|року|рік",
        "л": "літрів", "год": "годин", "хв": "хвилин", "с": "секунд", "грн": "гривень|гривні", "°C": "градусів",
        "млн": "мільйонів", "тис": "тисяч",
    },
    abbreviations={"т.д": "так далі", "вул": "вулиця", "ім": "імені", "проф": "професор", "стор": "сторінка"},
    titles=frozenset({"проф", "ім", "п"}),
)  # fmt: skip
_TURKISH = SpokenLanguage(
    code="tr",
    g2p="turkic",
    number_words="tr",
    point="virgül",
    minus="eksi",
    percent="yüzde",
    currencies={"€": "avro|euro", "$": "dolar", "£": "sterlin", "₺": "lira"},
    ordinal_marks=(".",),
    months="ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    units={
        "km": "kilometre", "m": "metre", "cm": "santimetre|santim", "kg": "kilo", "g": "gram", "l": "litre",
        "sa": "saat",
        "dk": "dakika", "sn": "saniye", "tl": "lira", "°C": "derece",
    },
    abbreviations={
        "dr": "doktor", "prof": "profesör", "vb": "ve benzeri", "vs": "vesaire", "sn": "sayın", "örn": "örneğin",
    },
    titles=frozenset({"Dr", "Prof", "Sn"}),
)  # fmt: skip
_INDONESIAN = SpokenLanguage(
    code="id",
    g2p="sea",
    number_words="id",
    point="koma",
    minus="minus",
    percent="persen",
    currencies={"€": "euro", "$": "dolar", "£": "pound"},
    months="januari februari maret april mei juni juli agustus september oktober november desember",
    units={
        "km": "kilometer", "m": "meter", "cm": "sentimeter", "kg": "kilo|kilogram", "g": "gram", "l": "liter",
        "°C": "derajat",
    },
    abbreviations={
        "dr": "dokter", "prof": "profesor", "dll": "dan lain lain", "yg": "yang", "no": "nomor", "jl": "jalan",
    },
    titles=frozenset({"Dr", "Prof", "Bp"}),
)  # fmt: skip
_HINDI = SpokenLanguage(
    code="hi",
    script="Deva",
    g2p="brahmic",
    decimal_sign=".",
    thousands_sign=",",
    point="दशमलव",
    minus="माइनस|ऋण",
    percent="प्रतिशत",
    currencies={"₹": "रुपये|रुपया", "$": "डॉलर", "€": "यूरो"},
    months="जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
    units={"किमी": "किलोमीटर", "मी": "मीटर", "किग्रा": "किलोग्राम", "°C": "डिग्री"},
    abbreviations={"डॉ": "डॉक्टर", "श्री": "श्री", "प्रो": "प्रोफ़ेसर"},
    titles=frozenset({"डॉ", "प्रो"}),
)  # fmt: skip
_MARATHI = SpokenLanguage(
    code="mr",
    script="Deva",
    g2p="brahmic",
    decimal_sign=".",
    thousands_sign=",",
    point="पूर्णांक",
    minus="उणे",
    percent="टक्के",
    currencies={"₹": "रुपये|रुपया", "$": "डॉलर", "€": "युरो"},
    months="जानेवारी फेब्रुवारी मार्च एप्रिल मे जून जुलै ऑगस्ट सप्टेंबर ऑक्टोबर नोव्हेंबर डिसेंबर",
    units={"किमी": "किलोमीटर", "मी": "मीटर", "किग्रा": "किलोग्रॅम|किलो", "°C": "अंश"},
    abbreviations={"डॉ": "डॉक्टर", "प्रा": "प्राध्यापक"},
    titles=frozenset({"डॉ", "प्रा"}),
    phones={"tʃ": "CH | T S | S", "dʒ": "JH | Z | D Z"},
)
_TELUGU = SpokenLanguage(
    code="te",
    script="Telu",
    g2p="brahmic",
    number_words="te",
    decimal_sign=".",
    thousands_sign=",",
    point="పాయింట్",
    percent="శాతం",
    currencies={"₹": "రూపాయలు|రూపాయి", "$": "డాలర్లు|డాలరు", "€": "యూరోలు"},
    months="జనవరి ఫిబ్రవరి మార్చి ఏప్రిల్ మే జూన్ జూలై ఆగస్టు సెప్టెంబరు అక్టోబరు నవంబరు డిసెంబరు",
    units={"కిమీ": "కిలోమీటర్లు", "మీ": "మీటర్లు", "°C": "డిగ్రీలు"},
    abbreviations={"డా": "డాక్టర్", "శ్రీ": "శ్రీ"},
    titles=frozenset({"డా"}),
)

_JAPANESE = SpokenLanguage(
    code="ja",
    script="Jpan",
    g2p="japanese",
    number_words="ja",
    decimal_sign=".",
    thousands_sign=",",
    point="点",
)
_CHINESE = SpokenLanguage(
    code="zh",
    script="Hans",
    g2p="mandarin",
    decimal_sign=".",
    thousands_sign=",",
    point="点",
)
_KOREAN = SpokenLanguage(
    code="ko",
    script="Kore",
    g2p="korean",
    number_words="ko",
    decimal_sign=".",
    thousands_sign=",",
    point="점",
    minus="마이너스",
    percent="퍼센트|프로",
    currencies={"$": "달러", "€": "유로"},
    units={"km": "킬로미터", "m": "미터", "cm": "센티미터", "kg": "킬로그램|킬로", "g": "그램"},
)

_ALL = (
    _ENGLISH, _CATALAN, _CZECH, _DANISH, _GERMAN, _GREEK, _SPANISH, _FINNISH, _FRENCH, _HINDI, _CROATIAN, _HUNGARIAN,
    _INDONESIAN, _ITALIAN, _JAPANESE, _KOREAN, _MARATHI, _DUTCH, _NORWEGIAN, _POLISH, _PORTUGUESE, _ROMANIAN, _RUSSIAN,
    _SWEDISH, _TELUGU, _TURKISH, _UKRAINIAN, _CHINESE,
)  # fmt: skip
SPOKEN_LANGUAGES: Mapping[str, SpokenLanguage] = {each.code: each for each in _ALL}
