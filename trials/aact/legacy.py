"""How AACT wrote values and columns before 2024: what the schema `ctgov_legacy` has otherwise than `ctgov`."""

from registry.vocabularies import wordings

VOCABULARIES = {
    ("studies", "overall_status"): "overall_status",
    ("studies", "phase"): "phase",
    ("eligibilities", "gender"): "sex",
    ("designs", "allocation"): "allocation",
    ("designs", "intervention_model"): "intervention_model",
    ("designs", "observational_model"): "observational_model",
    ("designs", "primary_purpose"): "primary_purpose",
    ("designs", "time_perspective"): "time_perspective",
    ("designs", "masking"): "masking",
    ("interventions", "intervention_type"): "intervention_type",
}
"""Columns whose codes were wordings then: the first one of their vocabulary, but for `_OTHERWISE`."""
_OTHERWISE = {("phase", "NA"): "Not Applicable"}

VALUES = {
    ("studies", "study_type"): (
        "CASE WHEN patient_registry THEN 'Observational [Patient Registry]' "
        "ELSE list_extract(['Interventional', 'Observational', 'Expanded Access'], "
        "list_position(['INTERVENTIONAL', 'OBSERVATIONAL', 'EXPANDED_ACCESS'], study_type)) END"
    ),
    ("studies", "delayed_posting"): "delayed_posting::VARCHAR",
    ("eligibilities", "healthy_volunteers"): (
        "CASE WHEN healthy_volunteers THEN 'Accepts Healthy Volunteers' WHEN NOT healthy_volunteers THEN 'No' END"
    ),
    ("result_agreements", "pi_employee"): "pi_employee::VARCHAR",
    ("result_agreements", "restrictive_agreement"): "restrictive_agreement::VARCHAR",
}
"""Columns that had other values or another type then."""

NEW_SINCE = {
    "studies": ("patient_registry",),
    "facilities": ("latitude", "longitude"),
    "result_groups": ("outcome_id",),
}
"""Columns that were not there then."""


def spellings(vocabulary: str) -> dict[str, str]:
    """Return how each code of a vocabulary was written, by the code.

    >>> spellings("phase")["PHASE1/PHASE2"], spellings("phase")["NA"]
    ('Phase 1/Phase 2', 'Not Applicable')
    """
    first = {code: wording for wording, code in reversed(wordings(vocabulary))}
    return {code: _OTHERWISE.get((vocabulary, code), wording) for code, wording in first.items()}
