"""Ids of a trial beside its NCT id: who gave one, certain by its form alone.

The registers that have check digits, such as EudraCT, do not publish how they are made: none is checked.
"""

import re
from dataclasses import dataclass

from registry.vocabularies import code

_LONGEST = 120  # characters; no id of a register has half as many

_NIH = "AA AG AI AR AT CA CL CO DA DC DE DK EB ES EY GM HD HG HL LM MD MH NR NS OD RR TR TW WH"  # its institutes
_CDC = "CE CK DD DP EH GH IP OH PS TS"
_GRANT = (
    r"[1-9]?(?:[FKPRTU][0-9]{{2}}|N01|N4[34]|M01|G12|D43|S0[0-9]|U[A-Z][0-9]|U2[CR]|R[CF][0-9]|DP[0-9]|SC[0-9]|KL2|TL1"
    r"|OT[0-9]|I01|IK[0-9])[ -]?(?:{})[ -]?[0-9]{{6}}(?:-[0-9]{{2}}(?:[A-Z][0-9])?(?:S[0-9])?)?"
)

_NUMBER = r"[ :#-]*(?:n(?:umber|o\.?|r\.?)?[ :#.-]*)?"  # between the name of a register and the id

_FORMS: tuple[tuple[str, str, str | None], ...] = (  # registry, form, id_type of AACT
    ("NCT", r"(?:NCT ?(?!0{8})[0-9]{8})", "REGISTRY"),
    ("ISRCTN", r"ISRCTN[ -]?[0-9]{8}", "REGISTRY"),
    ("UTN", r"(?:UTN[ :#-]*)?U1[0-9]{3}-[0-9]{4}-[0-9]{4}", "REGISTRY"),
    ("EUDRACT", r"20[012][0-9]-0[0-9]{5}-[0-9]{2}", "EUDRACT_NUMBER"),
    ("EUDRACT", rf"EudraCT{_NUMBER}20[012][0-9]-[0-4][0-9]{{5}}-[0-9]{{2}}", "EUDRACT_NUMBER"),
    ("CTIS", rf"(?:(?:EU[ -]?)?CT(?:IS)?{_NUMBER})?20[2-9][0-9]-5[0-9]{{5}}-[0-9]{{2}}(?:-[0-9]{{2}})?", "CTIS"),
    ("JRCT", r"jRCT(?:s[0-9]{9}|[0-9]{10})", "REGISTRY"),
    ("UMIN", r"UMIN[ -]?[0-9]{9}", "REGISTRY"),
    ("JAPIC", r"JapicCTI-?[0-9]{6}", "REGISTRY"),
    ("JMA", r"JMA-IIA[0-9]{5}", "REGISTRY"),
    ("CHICTR", r"ChiCTR(?:[0-9]{8,10}|-[A-Z]{2,6}-[0-9]{8})", "REGISTRY"),
    ("ITMCTR", r"ITMCTR[0-9]{10}", "REGISTRY"),
    ("DRKS", r"DRKS[ -]?[0-9]{8}", "REGISTRY"),
    ("ANZCTR", r"ACTRN[ -]?[0-9]{14}p?", "REGISTRY"),
    ("CTRI", r"CTRI/20[0-9]{2}/[0-9]{2,3}/[0-9]{6}", "REGISTRY"),
    ("IRCT", r"IRCT[0-9]{8,14}N[0-9]{1,3}", "REGISTRY"),
    ("CRIS", r"KCT[0-9]{7}", "REGISTRY"),
    ("NTR", r"NTR[ -]?[0-9]{2,5}", "REGISTRY"),
    ("CCMO", r"NL[0-9]{5}\.[0-9]{3}\.[0-9]{2}", "REGISTRY"),
    ("PACTR", r"PACTR[0-9]{15,16}", "REGISTRY"),
    ("REBEC", r"RBR-[0-9a-z]{6,8}", "REGISTRY"),
    ("RPCEC", r"RPCEC[0-9]{8}", "REGISTRY"),
    ("SLCTR", r"SLCTR/20[0-9]{2}/[0-9]{3}", "REGISTRY"),
    ("TCTR", r"TCTR20[0-9]{9}", "REGISTRY"),
    ("LBCTR", r"LBCTR20[0-9]{8}", "REGISTRY"),
    ("PHRR", r"PHRR[0-9]{6}-[0-9]{6}", "REGISTRY"),
    ("REPEC", r"PER-[0-9]{3}-[0-9]{2}", "REGISTRY"),
    ("EUPAS", r"EUPAS[0-9]{3,15}", "REGISTRY"),
    ("ID_RCB", r"(?:ID[ -]?RCB[ :#-]*(?:n[°o]?\.?[ :]*)?)?20[0-9]{2}-A[0-9]{5}-[0-9]{2}", "REGISTRY"),
    ("IRAS", r"IRAS(?: project)?(?: ID)?[ :#-]*[0-9]{5,7}", "REGISTRY"),
    ("EUDAMED", r"CIV-(?:[A-Z]{2}-)?[0-9]{2}-[0-9]{2}-[0-9]{6}", "REGISTRY"),
    ("PDQ", r"CDR[0-9]{10}", "REGISTRY"),
    ("CTRP", r"NCI-20[0-9]{2}-[0-9]{5}", "REGISTRY"),
    ("IND", rf"(?:FDA |US |BB-)?IND{_NUMBER}[0-9]{{2,3}},?[0-9]{{3}}", "OTHER"),
    ("IDE", rf"(?:FDA |US )?IDE{_NUMBER}G[0-9]{{6}}", "OTHER"),
    ("NIH", _GRANT.format(_NIH.replace(" ", "|")), "NIH"),
    ("AHRQ", _GRANT.format("HS"), "AHRQ"),
    ("CDC", _GRANT.format(_CDC.replace(" ", "|")), "CDC"),
    ("SAMHSA", _GRANT.format("SM|SP|TI"), "SAMHSA"),
    ("VA", _GRANT.format("BX|CX|HX|RX"), "VA"),
    ("DOD", r"(?:W81XWH|HT9425|DAMD17)-?[0-9]{2}-?[12C]-?[0-9]{4}", "OTHER_GRANT"),
)  # fmt: skip
_FORM = re.compile("|".join(f"(?P<f{place}>{form})" for place, (_, form, _) in enumerate(_FORMS)), re.IGNORECASE)
_WITH_KIND = re.compile(r"(\S.*?) ?\( ?([^():]{2,40}?) ?(?::[^()]*)?\)")  # `R01CA1 (U.S. NIH Grant/Contract)`


@dataclass(frozen=True, slots=True)
class IdKind:
    """AACT's type of an id, and the register that gave it; None where neither its form nor words beside it say so."""

    id_type: str | None
    registry: str | None


_UNKNOWN = IdKind(None, None)


def id_kind(text: str) -> IdKind:
    """Return the kind of an id, by its form or by the registry's own words in brackets behind it.

    >>> id_kind("2011-005334-20"), id_kind("NCT01234567")
    (IdKind(id_type='EUDRACT_NUMBER', registry='EUDRACT'), IdKind(id_type='REGISTRY', registry='NCT'))
    >>> id_kind("B-17 (Other Grant/Funding Number: Light Fund)"), id_kind("KY-2023-2-6-2")
    (IdKind(id_type='OTHER_GRANT', registry=None), IdKind(id_type=None, registry=None))
    """
    if len(text) > _LONGEST:
        return _UNKNOWN
    if found := _FORM.fullmatch(text):
        registry, _, id_type = _FORMS[int((found.lastgroup or "f0")[1:])]
        return IdKind(id_type, registry)
    said = _WITH_KIND.fullmatch(text)
    id_type = code("id_type", said[2]) if said else None
    return IdKind(id_type, id_kind(said[1]).registry) if said and id_type else _UNKNOWN
