"""A few hundred of the mutations of `make fuzz`, and strings that break programs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.mutate import mutated, outcome, seeds
from parsers import parse
from registry.wording import STEERING
from tests.pages import BASE, FAMILIES, render

_PAGES = seeds()


@pytest.mark.parametrize("part", range(6))
def test_any_mutation_gives_tables_or_a_refusal(part: int) -> None:
    results = {outcome(mutated(_PAGES, f"test-{part}-{number}"), parse) for number in range(50)}
    assert "record" in results
    assert len(results) > 2


_NAUGHTY = [
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "javascript:alert(1)"),
    *(
        "'><b>",
        '" onmouseover="x',
        "</td></tr></table>",
        "</html>",
        "<!--",
        "-->",
        "]]>",
        "<![CDATA[",
        "&lt;b&gt;",
        "&amp;amp;",
    ),
    *(
        "' OR 1=1 --",
        "'; DROP TABLE studies; --",
        '"; SELECT 1',
        "%",
        "%s%s%s%n",
        "%d",
        "{}",
        "{0.__class__}",
        "${7*7}",
        "{{7*7}}",
    ),
    *(
        "$(id)",
        "`id`",
        "| cat",
        "; ls",
        "../../etc/passwd",
        "C:\\CON",
        "=1+1",
        "@SUM(A1)",
        "+cmd",
        "-1",
        "\\",
        "\\n",
        "\\u0000",
    ),
    *(
        "[bold]x[/bold]",
        "[link=http://x]y[/link]",
        ":smile:",
        "\x1b[2J",
        "\x1b]0;title\x07",
        "\x1b[31mred",
        "\x9b31m",
        "\x9d0;x\x9c",
    ),
    *(
        "\x07",
        "\x08\x08\x08",
        "a\rb",
        "\x7f",
        "\u202etxt.exe",
        "\u2066x\u2069",
        "\u200fx",
        "\u061c",
        "\u2028",
        "\u2029",
        "\ufeff",
    ),
    *(
        "\u200b",
        "😀👩‍👩‍👧",
        "🇺🇸",
        "Z̵̧̛a̴l̸g̶o̷" * 20,
        "日本語",
        "שלום",
        "مرحبا",
        "ﷺ",
        "Ω≈ç√∫",
        "İıſK",
        "ﬁ",
        "\ufffe",
        "\U0010ffff",
        "\ue000",
    ),
    *(
        "null",
        "None",
        "NaN",
        "undefined",
        "true",
        "0",
        "1e309",
        "٣",
        "99999999999999999999",
        "NCT99999999",
        "N/A",
        "x" * 20_000,
    ),
]


def test_there_are_enough_naughty_strings() -> None:
    assert len(set(_NAUGHTY)) >= 60


@pytest.mark.parametrize("option", [[], ["--json"]], ids=["card", "json"])
def test_naughty_strings_in_every_field_are_inert(option: list[str], tmp_path: Path) -> None:
    names = []
    html = render(BASE, FAMILIES["two-column-table"])
    for number, naughty in enumerate(_NAUGHTY):
        page = html
        for word in (
            "LAMP-17/b",
            "Lantern",
            "lamp",
            "light",
            "Osteoarthritis",
            "Springfield",
            "Recruiting",
            "June 2027",
            "120",
        ):
            page = page.replace(word, naughty.replace("<", "&lt;"))
        names.append(str(tmp_path / f"{number}.html"))
        Path(names[-1]).write_bytes(page.encode())
    command = [sys.executable, "-m", "trials", "parse", *names, *option]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in (0, 5), done.stderr
    assert b"Traceback" not in done.stderr
    printed, said = done.stdout.decode(), done.stderr.decode()
    assert not STEERING.search(said)
    if option:
        assert len([json.loads(line) for line in printed.splitlines()]) >= len(_NAUGHTY) - 3
    else:
        assert printed.count("NCT09990001") >= len(_NAUGHTY) - 3
        assert not STEERING.search(printed)
