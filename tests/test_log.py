"""The log of a run: an event a line, inert whatever the site sends."""

import json
from pathlib import Path

import pytest

from registry.wording import STEERING
from tests.pages import BASE as FACTS
from tests.sites import answer, raw_site
from tests.test_fetch import PAGE, PATH, fetch, run

_STEERING = "\x1b]0;owned\x07\x1b[2J\u202e\u2028\u2066"


def _events(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_answer_is_an_event(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    with raw_site({PATH: answer(PAGE)}) as site:
        assert fetch(site, tmp_path / "store", FACTS.nct_id, "--log", log).returncode == 0
        answers = [event for event in _events(log) if event["event"] == "answer"]
        assert [str(event["url"]).removeprefix(site.base) for event in answers] == site.asked
    assert [event["status"] for event in answers] == [404, 404, 200]
    assert [event["event"] for event in _events(log)][-1] == "page"
    assert log.stat().st_mode & 0o077 == 0


def test_runs_are_written_one_behind_the_other(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    with raw_site({PATH: answer(PAGE)}) as site:
        for _ in range(2):
            fetch(site, tmp_path / "store", FACTS.nct_id, "--refresh", "--log", log)
    assert [event["event"] for event in _events(log)].count("page") == 2


@pytest.mark.parametrize("flags", [("--log", "run.jsonl"), ("--verbose",), ()])
def test_what_the_site_sends_is_inert(flags: tuple[str, ...], tmp_path: Path) -> None:
    flags = tuple(str(tmp_path / flag) if flag.endswith("jsonl") else flag for flag in flags)
    answers = {
        PATH: f"HTTP/1.1 200 {_STEERING}\r\nX: {_STEERING}\r\nContent-Length: 9\r\n\r\n".encode() + b"<p>\x1b[2J</",
        "/robots.txt": answer(f"User-agent: *\nSitemap: {_STEERING}\n"),
        "/sitemap.xml": answer("", status="302 Found", headers={"Location": f"/{_STEERING}"}),
    }
    with raw_site(answers) as site:
        done = fetch(site, tmp_path / "store", FACTS.nct_id, *flags)
    told = run("why", FACTS.nct_id, "--store", tmp_path / "store")
    log = (tmp_path / "run.jsonl").read_text("utf-8") if "--log" in flags else ""
    shown = done.stdout + done.stderr + told.stdout + told.stderr + log
    assert not STEERING.search(shown.replace("\n", ""))


def test_a_contact_is_in_no_event(tmp_path: Path) -> None:
    canary = "zq.canary@example.org"
    page = PAGE.replace("</main>", f"<p>Contact: {canary}</p></main>") if "</main>" in PAGE else PAGE
    with raw_site({PATH: answer(page)}) as site:
        done = fetch(site, tmp_path / "store", FACTS.nct_id, "--log", tmp_path / "run.jsonl", "--verbose")
    assert canary not in done.stderr + (tmp_path / "run.jsonl").read_text("utf-8")


def test_a_log_that_cannot_be_written_ends_the_run(tmp_path: Path) -> None:
    with raw_site({PATH: answer(PAGE)}) as site:
        for place in ("/dev/full", tmp_path / "no" / "folder.jsonl"):
            done = fetch(site, tmp_path / "store", FACTS.nct_id, "--refresh", "--log", place)
            assert (done.returncode, "Traceback" in done.stderr) == (4, False)
            assert "The log" in done.stderr
        assert fetch(site, tmp_path / "store", FACTS.nct_id).returncode == 0
