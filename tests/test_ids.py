"""Lists and tables of ids, as people hand them over on standard input."""

import io
import sys

import pytest

from trials.ids import distinct, read_ids

IDS = [f"NCT0641670{number}" for number in range(1, 6)]


@pytest.mark.parametrize(
    ("text", "given", "bad"),
    [
        ("{0},{1},{2}\n{3},hello,{4}\n", 5, ["hello"]),
        ("{0},{1}\n{2},NCT0641670\n", 3, ["NCT0641670"]),
        ("{0}, NCT0641670", 1, ["NCT0641670"]),
        ("{0}  # the first, of all\n{1}, # and, the second\n", 2, []),
        ("Title\tNCT Number\nA, B, and C\t{0}\nD, E\t{1}\n", 2, []),
        ("A, B, and C;{0}\nD;{1}\n", 2, []),
        ("{0},a,b\n{1},c,d\n\n,,\n", 2, []),
        ("NCT0641670,a,b\n{0},c,d\n", 1, ["NCT0641670"]),
        ("trial_id,nct_number\n1,{0}\n2,{1}\n", 2, []),
        ('Study;NCT Number\nfoo;"{0}, {1}"\nbar;{2}\n', 3, []),
        ('Study;NCT Number\nfoo;"{0}\n{1}"\nbar;{2}\n', 3, []),
        ("nct_id\n{0}, {1}, {2}\n", 3, []),
        ("NCT Number\n{0}\n{1}, {2}\n{3}\n", 4, []),
        ("{0}\n{1} {2}, typo\n", 3, ["typo"]),
        ("https://x.example/lung-cancer,nsclc/{0}/details\n{1}\nNTC06416799\n", 2, ["NTC06416799"]),
        ("https://x.example/a;b/{0}/details\n{1}\n", 2, []),
        ("trial,notes\n{0},a; b\nNTC09999999,see {1}; e\n", 1, ["NTC09999999"]),
        ("NCT-Nr.;Titel;Link\n{0};A;https://x.example/1\n{1};B;https://x.example/2\n", 2, []),
        ("Studie;Titel\n{0};as in {2}\n{1};{3} again\n", 2, []),
        ('Titel;"NCT\nNumber";Notiz\na;{0};NCT1 is good\nb;{1};\n', 2, []),
        ("sep=;\nnct_id;x\n{0};a\n", 1, []),
        ("Exported in 2024\nnct_id,x\n{0},a\n", 1, []),
        ("nct_id,notes\n{0},a\n# {1},withdrawn\n", 1, []),
        ("nct_id,x\r{0},a\r{1},b\r", 2, []),
        (",,\n\n,nct_id,\n,{0},\n,{1}\n", 2, []),
        ("{0}," + "x" * 200_000 + "\n{1},y\n", 2, []),
        ("x" * 5000 + "\n{0}\n/proc/1/fd/x\nNCT\x00\n", 1, ["/proc/1/fd/x", "NCT\x00"]),
        ("🧪" * 90 + "1\n{0}\n", 1, ["🧪" * 90 + "1"]),
    ],
)
def test_no_id_is_lost(
    text: str, given: int, bad: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.format(*IDS).encode())))
    found = read_ids(["-"])
    assert [one.nct_id for one in distinct(found)] == IDS[:given]
    assert [one.spelling for one in found if one.nct_id is None] == bad
    said = capsys.readouterr().err
    assert said.count(" is no id of a trial") == len(bad)
