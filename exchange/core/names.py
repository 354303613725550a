"""Text that people choose: what is allowed, and when two names are the same."""

import unicodedata

from exchange.core.refusals import Code, Refusal
from exchange.core.units import NAME_MAX

# Characters that reorder or hide their neighbours; control characters are refused by category.
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


def name_key(name: str) -> str:
    """Two names are the same exactly when their keys are equal (NFC and case folding)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_printable(text: str, *, lines: bool = False) -> bool:
    """No control, bidirectional, unassigned or surrogate characters; ``lines`` allows line feeds."""
    return not any(
        character in _BIDIRECTIONAL
        or (unicodedata.category(character) in _REFUSED_CATEGORIES and not (lines and character == "\n"))
        for character in text
    )


def is_blank(text: str) -> bool:
    """Whether nothing of the text shows: spaces and format characters, such as joiners, alone."""
    return all(character.isspace() or unicodedata.category(character) == "Cf" for character in text)


def check_name(name: str, field: str = "name") -> Refusal | None:
    """Refuses a name that is blank, too long, padded or not printable."""
    if is_blank(name) or name != name.strip():
        return Refusal(Code.INVALID_VALUE, field, "A name must not be blank or begin or end with a space.")
    if len(unicodedata.normalize("NFC", name)) > NAME_MAX:
        return Refusal(Code.INVALID_VALUE, field, f"A name has at most {NAME_MAX} characters.")
    if not is_printable(name):
        return Refusal(Code.INVALID_VALUE, field, "A name must not contain control or bidirectional characters.")
    return None


def check_text(text: str, longest: int, field: str) -> Refusal | None:
    """Refuses text that is too long or not printable; line breaks are fine."""
    if len(text) > longest:
        return Refusal(Code.INVALID_VALUE, field, f"This text has at most {longest:,} characters.")
    if not is_printable(text, lines=True):
        return Refusal(Code.INVALID_VALUE, field, "Text must not contain control or bidirectional characters.")
    return None


def usable_name(wanted: str) -> str:
    """The nearest allowed name to one that an issuer gave."""
    kept = "".join(character for character in unicodedata.normalize("NFC", wanted) if is_printable(character))
    name = " ".join(kept.split())[:NAME_MAX].strip()
    return "Trader" if is_blank(name) else name
