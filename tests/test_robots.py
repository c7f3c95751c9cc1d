"""robots.txt: which bytes are rules, which of them speak to us, and what a site allows whose rules cannot be read."""

import time

import pytest

from scraper.robots import AGENT, MAX_BYTES, Robots, read_robots

_SITE = "https://registry.example"
_ALL = "User-agent: *\n"
_FILLING = b"# as long as a line may be\n"


def _allows(body: bytes | str, path: str = "/x") -> bool:
    return read_robots(200, body.encode() if isinstance(body, str) else body).allows(_SITE + path)


# --- the answer (RFC 9309 §2.3.1) -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 203, 299])
def test_the_rules_of_a_good_answer_count(status: int) -> None:
    robots = read_robots(status, b"User-agent: *\nDisallow: /x")
    assert (robots.allows(f"{_SITE}/x"), robots.allows(f"{_SITE}/y"), robots.closed_because) == (False, True, None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451, 499])
def test_a_site_that_has_no_rules_allows_everything_whatever_its_page_says(status: int) -> None:
    assert read_robots(status, b"User-agent: *\nDisallow: /") == Robots()


@pytest.mark.parametrize("status", [100, 301, 302, 304, 429, 500, 502, 503, 504, 599, 600, 0])
def test_a_site_that_cannot_say_is_closed_whatever_its_page_says(status: int) -> None:
    robots = read_robots(status, b"User-agent: *\nAllow: /")
    assert not robots.allows(f"{_SITE}/x")
    assert str(status) in str(robots.closed_because)


def test_a_site_that_does_not_answer_is_closed() -> None:
    assert read_robots(None, b"User-agent: *\nAllow: /") == Robots.closed("no answer")
    assert not Robots.closed("no answer").allows(f"{_SITE}/robots.txt")


@pytest.mark.parametrize(("status", "body"), [(204, b""), (200, b""), (200, b"\xef\xbb\xbf"), (200, b"\n\r\n \t\n")])
def test_an_empty_file_allows_everything(status: int, body: bytes) -> None:
    robots = read_robots(status, body)
    assert robots.allows(f"{_SITE}/x")
    assert robots.closed_because is None


# --- which bytes are rules (§2.2, §2.5) -----------------------------------------------------------------------------

_FORBIDS_X = [
    b"\xef\xbb\xbfUser-agent: *\nDisallow: /x",
    b"\xef\xbb\xbf\xef\xbb\xbfUser-agent: *\nDisallow: /x",
    "User-agent: *\nDisallow: /x".encode("utf-16"),
    b"User-agent: *\rDisallow: /x\r",
    b"User-agent: *\r\nDisallow: /x\r\n",
    b"User-agent: *\n\r\n\rDisallow: /x",
    b"User-agent:\x00*\nDisa\x00llow: /y\nDisallow:\x00/x",
    b"# caf\xe9 \xff\xfe\nUser-agent: *\nDisallow: /x # \xe9",
    b"User-agent: *\x0cDisallow: /y\nDisallow: /x",
    "User-agent: *\u2028Disallow: /y\nDisallow: /x".encode(),
    b"  User-agent\t:\t*\n\tDISALLOW : /x\t# why",
    b"# no rule\n\nUser-agent: * # all\n\n# more\n\nDisallow: /x",
    b"<!-- from the cache -->\nUser-agent: *\nDisallow: /x",
    b"<br />\n<b>Warning</b>: no such file\nUser-agent: *\nDisallow: /x",
    b"not a rule\nUser-agent: *\nCrawl-delay: 1\nSitemap: /s\n: x\n=\nDisallow: /x",
]


@pytest.mark.parametrize("body", _FORBIDS_X)
def test_a_rule_is_read_whatever_the_bytes_around_it(body: bytes) -> None:
    assert (_allows(body, "/x"), _allows(body, "/y")) == (False, True)


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html>\n<title>Not found</title>\n{rules}",
        "\n\n  <html lang=en><body><pre>\n{rules}\n</pre>",
        "<?xml version='1.0'?>\n<html>\n{rules}\n</html>",
        "<!-- page 404 -->\n<!doctype html>\n{rules}",
        "<div user-agent: *\ndisallow: / >",
        "<p>User-agent: *</p>\n<p>Disallow: /</p>",
        "<meta\n name='robots'\n content='disallow: /'>",
        '{{"error": "not found", "user-agent": "*", "disallow": "/"}}',
    ],
)
def test_a_page_in_the_place_of_the_file_forbids_nothing(page: str) -> None:
    assert _allows(page.format(rules="User-agent: *\nDisallow: /\nSitemap: https://a/1"))


def test_half_a_mebibyte_is_read() -> None:
    rules = b"User-agent: *\nDisallow: /x\n"
    for place in (0, 500 * 1024, 511_000, MAX_BYTES - len(rules)):
        before = (_FILLING * (place // len(_FILLING) + 1))[:place]
        if place:
            before = before[:-1] + b"\n"
        assert not _allows((before + rules).ljust(600 * 1024, b"#"), "/x"), place


def test_a_line_that_is_cut_is_no_rule() -> None:
    allowed = b"User-agent: *\nDisallow: /xyz\nAllow: /xyz/open\n"
    before = b"#" * (MAX_BYTES - len(allowed) + 5) + b"\n"
    assert (before + allowed)[:MAX_BYTES].endswith(b"Allow: /xyz")
    assert not _allows(before + allowed, "/xyz/closed")


def test_a_file_without_a_whole_line_has_no_rules() -> None:
    assert _allows(b"User-agent: * Disallow: /".ljust(MAX_BYTES + 1, b"x"))


@pytest.mark.parametrize(
    "line",
    ["user-agent" + " " * 400_000 + "!", "allow" + " /index.html" * 40_000 + "x", "<!--" * 100_000, "\t" * 500_000],
    ids=["blanks", "index", "comments", "tabs"],
)
def test_no_line_takes_long(line: str) -> None:
    start = time.process_time()
    assert _allows(line)
    assert time.process_time() - start < 5  # each takes milliseconds; a quadratic one would take minutes


# --- which of them speak to us (§2.2.1) -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "token",
    ["trials", "Trials", "TRIALS", "trials/1.0", "trials 2 (+https://a)", "trials, other", "trials*", "trials # us"],
)
def test_our_group_counts_and_that_of_everybody_does_not(token: str) -> None:
    rules = f"User-agent: *\nDisallow: /x\n\nUser-agent: {token}\nDisallow: /y"
    assert (_allows(rules, "/x"), _allows(rules, "/y")) == (True, False)


@pytest.mark.parametrize(
    "token",
    ["trial", "tri", "t", "trialsbot", "trials-bot", "trials_x", "mytrials", "my-trials", "mozilla trials", "a"],
)
def test_a_group_of_another_name_is_not_ours(token: str) -> None:
    rules = f"User-agent: {token}\nDisallow: /x\n\nUser-agent: *\nDisallow: /y"
    assert (_allows(rules, "/x"), _allows(rules, "/y")) == (True, False)
    assert _allows(f"User-agent: {token}\nDisallow: /")


@pytest.mark.parametrize(
    ("begin", "claim"),
    [
        ("User-agent: * everybody", "text behind the star"),
        ("user agent: *", "a blank for the hyphen"),
        ("useragent: *", "no hyphen"),
        ("User-agent *", "no colon"),
        ("User-agent:\u00a0*", "a blank that does not break"),
    ],
)
def test_the_line_of_everybodys_group_may_be_written_badly(begin: str, claim: str) -> None:
    assert not _allows(f"{begin}\nDisallow: /x"), claim


def test_groups_of_one_name_are_one_group() -> None:
    rules = "User-agent: trials\nDisallow: /x\n\nUser-agent: a\nDisallow: /z\n\nUser-agent: TRIALS/2\nDisallow: /y"
    assert [_allows(rules, path) for path in ("/x", "/y", "/z")] == [False, False, True]


def test_names_without_a_rule_between_them_share_a_group() -> None:
    rules = "User-agent: a\n\n# and\nSitemap: https://a/1\nUser-agent: trials\nUser-agent: b\nDisallow: /x"
    assert not _allows(rules)


def test_a_rule_ends_the_names_of_a_group() -> None:
    assert _allows("User-agent: trials\nDisallow: /y\nUser-agent: a\nDisallow: /x")
    assert _allows("User-agent: trials\nDisallow:\nUser-agent: *\nDisallow: /x")


@pytest.mark.parametrize("other", ["Content-Signal: ai-train=no", "Host: a", "Noindex: /q", "Clean-param: a /", "x: y"])
def test_a_line_that_is_no_rule_does_not_end_the_names_of_a_group(other: str) -> None:
    assert not _allows(f"User-agent: trials\n{other}\nUser-agent: a\nDisallow: /x")


def test_rules_of_nobody_count_for_nobody() -> None:
    assert _allows("Disallow: /x\nUser-agent: a\nDisallow: /x")


def test_an_empty_group_of_ours_frees_us_from_that_of_everybody() -> None:
    assert _allows("User-agent: *\nDisallow: /\n\nUser-agent: trials\nDisallow:")


# --- what a rule says (§2.2.2, §2.2.3) ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("Disallow: /", "/x", False),
        ("Disallow:", "/x", True),
        ("Disallow: /x", "/xy", False),
        ("Disallow: /x/", "/x", True),
        ("Disallow: /X", "/x", True),
        ("Disallow: /x\nAllow: /x/open", "/x/open/1", True),
        ("Allow: /x/open\nDisallow: /x", "/x/closed", False),
        ("Allow: /\nDisallow: /x", "/x", False),
        ("Disallow: /x\nAllow: /x", "/x", True),
        ("Allow: /x\nDisallow: /x", "/x", True),
        ("Disallow: /*/details", "/gout/NCT01572038/details", False),
        ("Disallow: /*/details$", "/gout/NCT01572038/details/", True),
        ("Disallow: /*.pdf$", "/x.pdf", False),
        ("Disallow: /*.pdf$", "/x.pdf?y", True),
        ("Disallow: /x$", "/x", False),
        ("Disallow: /x$", "/xy", True),
        ("Disallow: /a*b*c", "/a-c-b", True),
        ("Disallow: /a**c", "/abc", False),
        ("Disallow: *x", "/y/x", False),
        ("Disallow: /*?", "/x?page=2", False),
        ("Disallow: /*?", "/x", True),
        ("Disallow: /x?a=1", "/x?a=1&b=2", False),
        ("Disallow: /x#y", "/x", False),
        ("Disallow: /example/*/allowed.gif\nAllow: /example/page/", "/example/page/disallowed.gif", True),
        ("Allow: /x/index.html\nDisallow: /x/", "/x/", False),
        ("Allow: /x/index.html # this\nDisallow: /x/", "/x/index.html", True),
        ("Disallow: /\u30c4", "/%E3%83%84", False),
        ("Disallow: /%E3%83%84", "/\u30c4", False),
        ("Disallow: /%e3%83%84", "/%E3%83%84", False),
        ("Disallow: /%62%61%7A", "/baz", False),
        ("Disallow: /baz", "/%62%61%7A", False),
        ("Disallow: /a%2Fb", "/a%2fb", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("Disallow: /a%2Ab", "/a*b", False),
        ("Disallow: /a%2Ab", "/axb", True),
        ("Disallow: /a%24", "/a$", False),
        ("Disallow: /a%24", "/a", True),
        ("Disallow: /100%", "/100%", False),
        ("Disallow: //x", "//x", False),
        ("Disallow: /", "", False),
        ("Disallow: /", "/robots.txt", True),
        ("Dissallow: /x", "/x", False),
    ],
)
def test_the_longest_rule_that_matches_decides(rules: str, path: str, allowed: bool) -> None:
    assert _allows(_ALL + rules, path) is allowed
    assert _allows(f"User-agent: {AGENT}\n{rules}", path) is allowed


# --- what else it says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10", 10.0),
        ("0.5", 0.5),
        ("0", 0.0),
        ("10 # seconds", 10.0),
        ("1e9", 1e9),
        ("abc", None),
        ("-1", None),
        ("inf", None),
        ("nan", None),
        ("1e999", None),
        ("10s", 10.0),
        ("0.5s", 0.5),
        ("10 Seconds # please", 10.0),
        ("2 sec.", 2.0),
        ("10m", None),
        ("1,5", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("token", ["*", "trials"])
def test_a_crawl_delay_is_a_number_of_seconds(token: str, text: str, seconds: float | None) -> None:
    assert read_robots(200, f"User-agent: {token}\nCrawl-delay: {text}".encode()).delay_seconds == seconds


@pytest.mark.parametrize(
    ("ours", "seconds"),
    [("Crawl-delay: 1", 1.0), ("Disallow: /x", None), ("Crawl-delay: abc", None)],
)
def test_the_crawl_delay_of_everybody_is_not_ours_once_we_have_a_group(ours: str, seconds: float | None) -> None:
    for rules in (
        f"User-agent: *\nCrawl-delay: 30\n\nUser-agent: trials\n{ours}",
        f"User-agent: trials\n{ours}\n\nUser-agent: *\nCrawl-delay: 30",
    ):
        assert read_robots(200, rules.encode()).delay_seconds == seconds


def test_the_crawl_delay_of_another_is_not_ours() -> None:
    assert read_robots(200, b"User-agent: trialsbot\nCrawl-delay: 30").delay_seconds is None


def test_a_crawl_delay_ends_the_names_of_a_group() -> None:
    assert _allows("User-agent: *\nCrawl-delay: 3\n\nUser-agent: a\nDisallow: /")


def test_sitemaps_are_named_for_everybody() -> None:
    body = "\ufeffSitemap: https://a/1\rUser-agent: a\rSITEMAP :\r\n sitemap:https://a/2 # the other\nx: https://a/3"
    assert read_robots(200, body.encode()).sitemaps == ("https://a/1", "https://a/2")
    assert read_robots(404, body.encode()).sitemaps == read_robots(500, body.encode()).sitemaps == ()
