"""What languages are called by those who read them, and which run from right to left."""

from __future__ import annotations

_NAMES = {
    "ar": "العربية", "bg": "Български", "ca": "Català", "cs": "Čeština", "da": "Dansk", "de": "Deutsch",
    "el": "Ελληνικά", "en": "English", "es": "Español", "es-LA": "Español (Latinoamérica)", "et": "Eesti",
    "fa": "فارسی", "fi": "Suomi", "fr": "Français", "he": "עברית", "hr": "Hrvatski", "hu": "Magyar",
    "id": "Bahasa Indonesia", "it": "Italiano", "ja": "日本語", "ja-JP": "日本語", "ko": "한국어",
    "lt": "Lietuvių", "lv-LV": "Latviešu", "nb-NO": "Norsk bokmål", "nl": "Nederlands", "pl": "Polski",
    "pt": "Português", "pt-BR": "Português (Brasil)", "pt-PT": "Português (Portugal)", "ro": "Română",
    "ru": "Русский", "ru-RU": "Русский", "sk": "Slovenčina", "sl": "Slovenščina", "sv": "Svenska",
    "sv-SE": "Svenska", "th": "ไทย", "tr": "Türkçe", "uk": "Українська", "ur": "اردو", "vi": "Tiếng Việt",
    "zh-CN": "简体中文", "zh-TW": "繁體中文",
}  # fmt: skip
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def language_name(code: str) -> str:
    """The language's own name, or its code where we know none."""
    return _NAMES.get(code, code)


def direction(code: str) -> str:
    """`rtl` or `ltr`, as the HTML attribute `dir` has it."""
    return "rtl" if code.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"
