"""What a value must be beside its type: one of some words, a language, a UUID."""

from __future__ import annotations

import re

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_UUID = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")

_CODES = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv
dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie
ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv
mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm
rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr
ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES = frozenset(_CODES.split())
"""ISO 639-1."""


def one_of(*words: str) -> AfterValidator:
    """The value is one of these words."""

    def check(value: str) -> str:
        if value not in words:
            raise PydanticCustomError("not_one_of", "is not one of {words}", {"words": ", ".join(words)})
        return value

    return AfterValidator(check)


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise PydanticCustomError("not_a_language", "is not a language of ISO 639-1, such as en")
    return value


def _uuid(value: str) -> str:
    if not _UUID.fullmatch(value):
        raise PydanticCustomError("not_a_uuid", "is not an id such as 123e4567-e89b-42d3-a456-426614174000")
    return value


LANGUAGE = AfterValidator(_language)
UUID = AfterValidator(_uuid)
