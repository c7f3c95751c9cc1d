"""What `trials status` knows of a store, as its `--json` prints it."""

from pydantic import BaseModel, Field

from trials.report import Report


class Night(BaseModel):
    """One night, as its report says."""

    run: str
    started_at: str
    exit_code: int
    is_good: bool = Field(description="Whether it went as it should, and its build stands.")
    not_known: int = Field(description="Labels, sections, columns and wordings that it met and nobody knows.")
    sentence: str

    @classmethod
    def of(cls, report: Report) -> "Night":
        """Return the night that a report is of."""
        return cls(
            run=report.run,
            started_at=report.started_at,
            exit_code=report.exit_code,
            is_good=report.is_good,
            not_known=len(report.unknown),
            sentence=report.sentence,
        )


class Status(BaseModel):
    """What a store holds. Times are UTC, None for never or not known."""

    store: str
    pages: dict[str, dict[str, int]] = Field(description="Pages by kind and state.")
    held: int = Field(description="Trials whose details page is held.")
    known: int = Field(description="Trials that were named somewhere, obsolete ids left out.")
    oldest_fetch: str | None = Field(
        description="When the details page was fetched that was not fetched for longest, of those that the site has."
    )
    median_fetch: str | None
    seen_changed: int = Field(description="Pages that another page contradicts: due now.")
    never_tried: int
    failing: int = Field(description="Pages whose last answer was no good page, nor that there is none.")
    closed_until: str | None = Field(description="Until when the site wants no requests.")
    next_due: str | None = Field(description="When the first page is due that the site put off.")
    build: str | None = Field(description="The build that is published.")
    damaged: list[str] = Field(
        [], description="Files of its tables that are not there, or of another size than is due."
    )
    last_night: Night | None
    last_good_night: Night | None
