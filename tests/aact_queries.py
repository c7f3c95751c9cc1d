"""Queries of the kinds that researchers put to AACT, in Postgres' dialect as people write it."""

from collections.abc import Callable
from typing import NamedTuple

from tests import aact_answers as answers
from tests.aact_answers import Rows, Trials


class Query(NamedTuple):
    """A query, the schema of tables that stand without one, and the function that answers it, rows in their order."""

    name: str
    schema: str
    answer: Callable[[Trials], Rows]
    sql: str


QUERIES = (
    Query(
        "recruiting trials by country and phase",
        "ctgov",
        answers.by_country_and_phase,
        """
        SELECT f.country, s.phase, COUNT(DISTINCT s.nct_id) AS trials
        FROM ctgov.studies s
        INNER JOIN ctgov.facilities f ON f.nct_id = s.nct_id
        WHERE s.overall_status = 'RECRUITING' AND s.phase IS NOT NULL
        GROUP BY f.country, s.phase
        ORDER BY trials DESC, f.country, s.phase;
        """,
    ),
    Query(
        "lead sponsors with trials past their completion date",
        "ctgov",
        answers.overdue,
        """
        select sp.name, count(*) as overdue, min(s.completion_date)
        from studies s
        join sponsors sp on sp.nct_id = s.nct_id and sp.lead_or_collaborator = 'lead'
        where s.completion_date < '2026-01-01'::date
          and s.overall_status = any (array['RECRUITING', 'ACTIVE_NOT_RECRUITING'])
        group by sp.name
        order by 2 desc, 1
        """,
    ),
    Query(
        "trials per MeSH term and year",
        "ctgov",
        answers.per_term_and_year,
        """
        SELECT bc.downcase_mesh_term, EXTRACT(YEAR FROM s.start_date)::int AS start_year, COUNT(*)
        FROM browse_conditions AS bc, studies AS s
        WHERE bc.nct_id = s.nct_id AND s.start_date IS NOT NULL
        GROUP BY 1, 2 HAVING COUNT(*) > 1 ORDER BY 1, 2
        """,
    ),
    Query(
        "small trials",
        "ctgov",
        answers.small,
        """
        WITH sized AS (
            SELECT nct_id, CASE WHEN enrollment = 0 THEN 'none' WHEN enrollment <= 20 THEN '1-20'
                                WHEN enrollment <= 100 THEN '21-100' WHEN enrollment > 100 THEN 'over 100' END AS size
            FROM ctgov.studies
        )
        SELECT v.size, COUNT(sized.nct_id)
        FROM (VALUES ('none', 1), ('1-20', 2), ('21-100', 3), ('over 100', 4)) AS v(size, place)
        LEFT JOIN sized ON sized.size = v.size
        GROUP BY v.size, v.place ORDER BY v.place
        """,
    ),
    Query(
        "median duration by phase",
        "ctgov",
        answers.median_duration,
        """
        SELECT s.phase, COUNT(cv.actual_duration),
               PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY cv.actual_duration) AS median_months
        FROM ctgov.studies s
        JOIN ctgov.calculated_values cv USING (nct_id)
        WHERE cv.actual_duration IS NOT NULL AND s.phase IS NOT NULL
        GROUP BY s.phase ORDER BY s.phase
        """,
    ),
    Query(
        "starts a month",
        "ctgov",
        answers.per_month,
        """
        SELECT to_char(date_trunc('month', start_date), 'YYYY-MM') AS month, count(nct_id)
        FROM studies WHERE start_date >= to_date('01/01/2024', 'DD/MM/YYYY')
        GROUP BY date_trunc('month', start_date) ORDER BY date_trunc('month', start_date)
        """,
    ),
    Query(
        "drug trials without a placebo",
        "ctgov",
        answers.drug_and_no_placebo,
        """
        SELECT s.nct_id FROM studies s
        WHERE EXISTS (SELECT 1 FROM interventions i WHERE i.nct_id = s.nct_id AND i.intervention_type = 'DRUG')
          AND NOT EXISTS (SELECT * FROM interventions i WHERE i.nct_id = s.nct_id AND i.name ILIKE '%placebo%')
        ORDER BY s.nct_id
        """,
    ),
    Query(
        "trials of children only",
        "ctgov",
        answers.children_only,
        "SELECT nct_id FROM eligibilities WHERE child AND NOT adult AND older_adult IS FALSE ORDER BY nct_id ASC",
    ),
    Query(
        "trials in three countries or more",
        "ctgov",
        answers.multinational,
        """
        SELECT c.nct_id, count(DISTINCT c.name) AS n, string_agg(DISTINCT c.name, ', ' ORDER BY c.name)
        FROM ctgov.countries c WHERE c.removed IS NOT TRUE
        GROUP BY c.nct_id HAVING count(DISTINCT c.name) >= 3 ORDER BY c.nct_id
        """,
    ),
    Query(
        "sponsors as JSON",
        "ctgov_legacy",
        answers.sponsors_as_json,
        """
        SELECT s.nct_id, max(s.phase),
               json_agg(json_build_object('name', sp."name", 'role', sp.lead_or_collaborator, 'class', agency_class))
        FROM ctgov_legacy.studies s JOIN ctgov_legacy.sponsors sp ON sp.nct_id = s.nct_id
        WHERE s.overall_status = 'Completed' GROUP BY s.nct_id HAVING count(*) = 1 ORDER BY s.nct_id;
        """,
    ),
    Query(
        "who works with whom",
        "ctgov",
        answers.collaborations,
        """
        SELECT l.name, c.name, count(*) AS together
        FROM sponsors l JOIN sponsors c ON l.nct_id = c.nct_id
        WHERE l.lead_or_collaborator LIKE 'lead' AND c.lead_or_collaborator = 'collaborator'
        GROUP BY l.name, c.name ORDER BY together DESC, l.name, c.name LIMIT 10
        """,
    ),
    Query(
        "share of randomized trials, in whole percent",
        "ctgov",
        answers.share_randomized,
        """
        SELECT s.study_type, COUNT(*), SUM(CASE WHEN d.allocation = 'RANDOMIZED' THEN 1 ELSE 0 END),
               100 * COUNT(*) FILTER (WHERE d.allocation = 'RANDOMIZED') / COUNT(*) AS percent
        FROM studies s JOIN designs d ON s.nct_id = d.nct_id
        WHERE s.study_type <> '' GROUP BY s.study_type ORDER BY s.study_type
        """,
    ),
    Query(
        "span of updates by status",
        "ctgov",
        answers.first_and_last_update,
        """
        select overall_status, min(last_update_submitted_date), max(last_update_submitted_qc_date)
        from studies where last_update_submitted_date is not null group by overall_status order by overall_status
        """,
    ),
    Query(
        "open and masked trials by purpose",
        "ctgov",
        answers.masking_by_purpose,
        """
        SELECT primary_purpose,
               COALESCE(SUM((masking = 'NONE')::int), 0), COALESCE(SUM((masking != 'NONE')::int), 0)
        FROM designs WHERE masking IS NOT NULL AND primary_purpose IS NOT NULL
        GROUP BY primary_purpose ORDER BY primary_purpose
        """,
    ),
    Query(
        "primary outcomes that are scores",
        "ctgov",
        answers.score_outcomes,
        """
        SELECT nct_id, COUNT(*) FROM design_outcomes
        WHERE outcome_type = 'primary' AND measure ~* 'score' GROUP BY nct_id ORDER BY nct_id
        """,
    ),
    Query(
        "outcomes to measure",
        "ctgov",
        answers.outcomes_to_measure,
        """
        SELECT s.nct_id, cv.number_of_primary_outcomes_to_measure, cv.number_of_secondary_outcomes_to_measure,
               cv.number_of_other_outcomes_to_measure
        FROM studies s RIGHT JOIN calculated_values cv ON s.nct_id = cv.nct_id ORDER BY s.nct_id
        """,
    ),
    Query(
        "trials by their number of sites",
        "ctgov",
        answers.single_site,
        """
        SELECT count(*), count(*) - count(has_single_facility), sum(has_single_facility::int), max(number_of_facilities)
        FROM ctgov.calculated_values
        """,
    ),
    Query(
        "trials with a site in the United States",
        "ctgov",
        answers.american,
        """
        SELECT cv.has_us_facility, COUNT(*) FROM studies s LEFT JOIN calculated_values cv ON cv.nct_id = s.nct_id
        GROUP BY cv.has_us_facility ORDER BY coalesce(initcap(cv.has_us_facility::text), 'None')
        """,
    ),
    Query(
        "states that recruit",
        "ctgov",
        answers.states,
        """
        SELECT f.state, COUNT(DISTINCT f.nct_id) FROM facilities f
        WHERE f.country IN ('United States') AND f.state IS NOT NULL AND f.nct_id IN (
            SELECT nct_id FROM studies WHERE overall_status IN ('RECRUITING', 'NOT_YET_RECRUITING'))
        GROUP BY f.state ORDER BY COUNT(DISTINCT f.nct_id) DESC, f.state
        """,
    ),
    Query(
        "first condition of each trial",
        "ctgov",
        answers.first_condition,
        "SELECT DISTINCT ON (nct_id) nct_id, name FROM ctgov.conditions ORDER BY nct_id, id",
    ),
    Query(
        "trials with papers",
        "ctgov",
        answers.reporting_papers,
        """
        SELECT has_paper, COUNT(*) FROM (
            SELECT s.nct_id, bool_or(r.pmid IS NOT NULL) AS has_paper
            FROM studies s LEFT OUTER JOIN study_references r ON r.nct_id = s.nct_id GROUP BY s.nct_id
        ) AS papers GROUP BY has_paper ORDER BY has_paper DESC
        """,
    ),
    Query(
        "EudraCT numbers among the other ids",
        "ctgov",
        answers.secondary_ids,
        """
        SELECT nct_id, id_value FROM id_information
        WHERE id_source = 'secondary_id' AND id_value SIMILAR TO '[0-9]{4}-[0-9]{6}-[0-9]{2}'
        ORDER BY nct_id, id_value
        """,
    ),
    Query(
        "registrations a year, and in all",
        "ctgov",
        answers.running_total,
        """
        SELECT registered_in_calendar_year, COUNT(*),
               SUM(COUNT(*)) OVER (ORDER BY registered_in_calendar_year ROWS UNBOUNDED PRECEDING)::int
        FROM calculated_values WHERE registered_in_calendar_year IS NOT NULL
        GROUP BY registered_in_calendar_year ORDER BY 1
        """,
    ),
    Query(
        "units of age limits",
        "ctgov",
        answers.age_units,
        """
        SELECT minimum_age_unit, min(minimum_age_num), max(minimum_age_num) FROM calculated_values
        WHERE minimum_age_unit IS NOT NULL GROUP BY minimum_age_unit ORDER BY minimum_age_unit
        """,
    ),
    Query(
        "largest trial of each phase",
        "ctgov",
        answers.largest_of_each_phase,
        """
        SELECT phase, nct_id, enrollment FROM (
            SELECT phase, nct_id, enrollment,
                   ROW_NUMBER() OVER (PARTITION BY phase ORDER BY enrollment DESC NULLS LAST, nct_id) AS place
            FROM studies WHERE phase IS NOT NULL
        ) ranked WHERE place = 1 AND enrollment IS NOT NULL ORDER BY phase
        """,
    ),
    Query(
        "withdrawn trials, those of unknown size first as Postgres sorts them",
        "ctgov",
        answers.unknown_size_last,
        "SELECT nct_id, enrollment FROM studies WHERE overall_status = 'WITHDRAWN' ORDER BY enrollment DESC, nct_id",
    ),
    Query(
        "a word in criteria or summary",
        "ctgov",
        answers.texts_with,
        """
        SELECT s.nct_id FROM studies s
        LEFT JOIN eligibilities e ON e.nct_id = s.nct_id
        LEFT JOIN LATERAL (SELECT b.description FROM brief_summaries b WHERE b.nct_id = s.nct_id LIMIT 1) b ON TRUE
        WHERE position('pregnan' in lower(e.criteria)) > 0 OR lower(b.description) LIKE '%pregnan%'
        ORDER BY 1
        """,
    ),
    Query(
        "sex and healthy volunteers",
        "ctgov",
        answers.women_only,
        """
        SELECT gender, healthy_volunteers, count(*) FROM eligibilities
        WHERE gender IS NOT NULL AND healthy_volunteers IS NOT NULL
        GROUP BY gender, healthy_volunteers ORDER BY gender, healthy_volunteers
        """,
    ),
    Query(
        "starts a year, years without any too",
        "ctgov",
        answers.quiet_years,
        """
        SELECT extract(year from y.first)::integer, count(s.nct_id)
        FROM generate_series('2015-01-01'::date, '2026-01-01'::date, '1 year'::interval) AS y(first)
        LEFT JOIN studies s ON s.start_date >= y.first AND s.start_date < y.first + INTERVAL '1 year'
        GROUP BY y.first ORDER BY y.first
        """,
    ),
    Query(
        "phases of completed trials, as before 2024",
        "ctgov_legacy",
        answers.legacy_phases,
        """
        SELECT phase, count(*) AS n FROM studies
        WHERE overall_status = 'Completed' AND phase <> 'N/A' GROUP BY phase ORDER BY n DESC, phase
        """,
    ),
    Query(
        "how trials ended, as before 2024",
        "ctgov_legacy",
        answers.legacy_ended,
        """
        SELECT date_part('year', start_date)::int AS began, overall_status, COUNT(DISTINCT nct_id)
        FROM studies
        WHERE overall_status IN ('Completed', 'Terminated', 'Withdrawn', 'Unknown status')
          AND start_date BETWEEN '2018-01-01' AND '2100-12-31'
        GROUP BY began, overall_status ORDER BY began, overall_status
        """,
    ),
    Query(
        "first trials in healthy people, as before 2024",
        "ctgov_legacy",
        answers.legacy_healthy,
        """
        SELECT s.nct_id FROM ctgov_legacy.studies s INNER JOIN ctgov_legacy.eligibilities e ON s.nct_id = e.nct_id
        WHERE s.phase IN ('Early Phase 1', 'Phase 1') AND e.healthy_volunteers = 'Accepts Healthy Volunteers'
        ORDER BY s.nct_id
        """,
    ),
    Query(
        "masked parallel trials, as before 2024",
        "ctgov_legacy",
        answers.legacy_designs,
        """
        SELECT SUM(CASE WHEN allocation = 'Randomized' AND intervention_model = 'Parallel Assignment'
                         AND masking IN ('Double', 'Triple', 'Quadruple') THEN 1 ELSE 0 END)::int,
               COUNT(CASE WHEN masking = 'None (Open Label)' THEN nct_id END)
        FROM designs
        """,
    ),
    Query(
        "types of study, as before 2024",
        "ctgov_legacy",
        answers.legacy_types,
        "SELECT study_type, COUNT(*) FROM studies WHERE study_type IS NOT NULL GROUP BY study_type ORDER BY study_type",
    ),
    Query(
        "what is given in trials that go on, as before 2024",
        "ctgov_legacy",
        answers.legacy_drugs,
        """
        WITH going_on AS (SELECT nct_id FROM studies WHERE overall_status = 'Active, not recruiting')
        SELECT i.intervention_type, COUNT(*) FROM interventions i JOIN going_on USING (nct_id)
        WHERE i.intervention_type IN ('Drug', 'Biological', 'Dietary Supplement')
        GROUP BY i.intervention_type ORDER BY i.intervention_type
        """,
    ),
)
