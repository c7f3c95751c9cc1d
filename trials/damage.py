"""Builds whose files are not as their manifest says: how they are told of, and how they are made anew."""

from collections.abc import Collection, Iterator
from pathlib import Path

from normalizers.builds import AS_OF, current_build, kept_builds
from normalizers.manifest import MANIFEST, damaged_files
from registry.errors import StoreError

_COMPARED = frozenset({MANIFEST, "studies.parquet"})  # without which the next build cannot be compared with it


def damaged(store: Path) -> Iterator[str]:
    """Yield a sentence for each build of a store that is damaged, and if `current` leads to none; each file is read."""
    current = None
    try:
        current = current_build(store)
    except StoreError as error:
        yield str(error)
    for build in sorted(kept_builds(store)):
        files = damaged_files(build)
        if files and build.is_dir():  # else it went meanwhile
            is_read = build == current or build.name.startswith(AS_OF)
            what_to_do = how_anew(build, files) if is_read else "It is not published, and may be removed."
            yield f"{said(build, files)} {what_to_do}"


def said(build: Path, files: Collection[str]) -> str:
    """Return that files of a build are damaged."""
    are = "are" if len(files) > 1 else "is"
    return f"{str(build)!r} is damaged: {', '.join(files)} {are} not as its manifest says."


def how_anew(build: Path, files: Collection[str]) -> str:
    """Return how a build is made anew: the published one, or the tables as known on a day."""
    if build.name.startswith(AS_OF):
        return f"`trials build --as-of {build.name.removeprefix(AS_OF)}` makes it anew."
    if _COMPARED.intersection(files):
        return (
            "Remove the link `current`, which removes no table: `trials build` then makes it anew, compared with none."
        )
    return "`trials build` makes it anew."
