"""The learning rate over a run as a small picture: SVG in the theme's own colours."""

from __future__ import annotations

from collections.abc import Sequence

from ftkit.fields.source import literal
from ftkit.wizards.markup import Html, tag

WIDTH, HEIGHT = 520, 130
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 12, 26


def schedule_svg(points: Sequence[tuple[int, float]], warmup: int, total: int) -> Html:
    """Draw pairs of step and learning rate; the warm-up is shaded.

    Parameters
    ----------
    points
        As :func:`ftkit.recipe.schedule.learning_rates` gives them.
    warmup, total
        Steps of the warm-up, and of the run.
    """
    peak = max((rate for _, rate in points), default=0.0)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def across(step: float) -> float:
        return LEFT + wide * (step - 1) / max(1, total - 1)

    def up(rate: float) -> float:
        return TOP + high * (1 - rate / peak if peak else 1)

    path = " ".join(
        f"{'L' if at else 'M'}{across(step):.1f},{up(rate):.1f}" for at, (step, rate) in enumerate(points)
    )
    ground = TOP + high
    pieces = []
    if warmup > 1:
        end = across(min(warmup + 1, total))
        pieces.append(
            f'<rect class="ftkit-svg-soft" x="{LEFT}" y="{TOP}" width="{end - LEFT:.1f}" height="{high}"/>'
        )
    pieces += [
        f'<path class="ftkit-svg-axis" d="M{LEFT},{TOP} V{ground} H{WIDTH - RIGHT}"/>',
        f'<path class="ftkit-svg-line" d="{path}"/>',
        _word(LEFT - 8, TOP + 5, str(literal(float(f"{peak:.3g}"))), "end"),
        _word(LEFT - 8, ground + 4, "0", "end"),
        _word(LEFT, HEIGHT - 8, "step 1", "start"),
        _word(WIDTH - RIGHT, HEIGHT - 8, f"step {total:,}", "end"),
    ]
    name = f"The learning rate over the run: at most {literal(float(f'{peak:.3g}'))}, {total:,} steps."
    drawn = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}" class="ftkit-schedule">'
        f"{''.join(pieces)}</svg>"
    )
    return tag("div", Html(drawn))


def _word(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>'
