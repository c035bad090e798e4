"""The confusion matrix of a classifier, from judged texts."""

from __future__ import annotations

import re

from ftkit.comparison.judged import Judged, Judgement, as_html, figures

LABELS = ("fees", "lost", "plan")


def judgement(*rows: tuple[str, str]) -> Judgement:
    judged = tuple(Judged("a text", expected, found, 0.9) for expected, found in rows)
    return Judgement(
        run="office-1",
        rows=judged,
        shown=0,
        chance=None,
        base_difference=0.0,
        tuned_difference=0.0,
        **figures(judged, sorted({label for row in rows for label in row})),
    )


def matrix(result: Judgement) -> str:
    found = re.search('<table class="ftkit-confusion">.*?</table>', as_html(result), re.DOTALL)
    return found[0] if found else ""


def test_the_matrix_counts_each_row_and_shades_by_its_share() -> None:
    pairs = [("fees", "fees")] * 3 + [("fees", "plan"), ("lost", "lost"), ("plan", "fees")]
    shown = matrix(judgement(*pairs))
    assert re.findall("<td[^>]*>([0-9]+)</td>", shown) == ["3", "0", "1", "0", "1", "0", "1", "0", "0"]
    shades = [float(alpha) for alpha in re.findall(r"rgba\(0,114,178,([0-9.]+)\)", shown)]
    assert shades == [0.45, 0.0, 0.15, 0.0, 0.6, 0.0, 0.6, 0.0, 0.0]


def test_what_is_right_has_a_frame_and_every_row_and_column_a_head() -> None:
    result = judgement(("fees", "fees"), ("lost", "plan"), ("plan", "plan"))
    shown = matrix(result)
    cells = re.findall("<td style=[^>]*>", shown)
    assert [number for number, cell in enumerate(cells) if "border" in cell] == [0, 4, 8]
    assert re.findall('<th scope="row">([a-z]+)</th>', shown) == list(LABELS)
    assert re.findall('<th scope="col">([a-z]+)</th>', shown) == list(LABELS)
    assert "confusion matrix</i>). Rows: the right label." in as_html(result)


def test_labels_are_text_and_too_many_classes_make_no_matrix() -> None:
    assert "<script" not in matrix(judgement(("<script>", "fees")))
    assert "&lt;script&gt;" in matrix(judgement(("<script>", "fees")))
    assert matrix(judgement(*((f"class {n}", f"class {n}") for n in range(13)))) == ""
    assert matrix(judgement(*((f"class {n}", f"class {n}") for n in range(12)))) != ""
