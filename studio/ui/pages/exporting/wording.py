"""How the Export tab says numbers and verdicts: a symbol, a word and a colour, and always a unit."""

from __future__ import annotations

from dataclasses import dataclass

from studio.spec.exports import ExportedFile, Verdict, format_info
from studio.spec.quantities import size
from studio.ui.widgets.bar_chart import Bar

NOTHING = "–"


@dataclass(frozen=True)
class VerdictWords:
    """A verdict as it is shown; `color` is a token of the theme."""

    text: str
    below: str
    color: str


_VERDICTS: dict[Verdict, VerdictWords] = {
    "equal": VerdictWords("✓ Equal", "bit for bit", "good"),
    "equal within tolerance": VerdictWords("✓ Equal within tolerance", "every sample agrees", "good"),
    "not equal": VerdictWords("✗ Not equal", "the file was not kept", "bad"),
    "failed": VerdictWords("! Failed", "no file was left", "bad"),
}


def verdict_words(verdict: Verdict) -> VerdictWords:
    """How a verdict is shown."""
    return _VERDICTS[verdict]


def size_text(count: int | None) -> str:
    """A size with its unit: ``18.7 MB``."""
    return NOTHING if count is None else size(count)


def difference_text(value: float | None) -> str:
    """A difference in two digits: ``5.7e-6``; ``0`` only where it is exactly that."""
    if value is None:
        return NOTHING
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def latency_text(value: float | None) -> str:
    """A time given in milliseconds, in three digits: ``6.1 ms``, ``25.1 µs``."""
    if value is None:
        return NOTHING
    if value < 0.9995:
        return f"{1000 * value:.3g} µs"
    return f"{value:.0f} ms" if value >= 100 else f"{value:.3g} ms"


def share_text(value: float | None) -> str:
    """A share in percent; ``100 %`` only where it is all."""
    if value is None:
        return NOTHING
    return "100 %" if value == 1 else f"{min(100 * value, 99.9):.1f} %"


def speed_text(file: ExportedFile) -> str:
    """How fast a file is beside the model itself: ``2.9× eager``."""
    return f"{file.speed:.1f}× eager" if file.speed else ""


def proof_facts(file: ExportedFile) -> list[tuple[str, str]]:
    """What a verdict rests on, as names and values."""
    samples = [f"{file.real_samples} real"] if file.real_samples else []
    samples += [f"{file.made_samples} made"] if file.made_samples else []
    facts = [
        ("Samples", ", ".join(samples) or NOTHING),
        ("Largest", f"{difference_text(file.max_rel_diff)} relative"),
        ("", f"{difference_text(file.max_abs_diff)} absolute"),
        ("Model’s own", f"{difference_text(file.own_floor)} (f32–f64)" if file.own_floor is not None else NOTHING),
        ("Batch sizes", ", ".join(str(size) for size in file.batch_sizes) or NOTHING),
        ("Top class", f"{share_text(file.top1_agreement)} agree" if file.top1_agreement is not None else NOTHING),
    ]
    if file.max_rel_diff is None:
        facts = [fact for fact in facts if fact[0] not in ("Largest", "", "Top class")]
    if file.opset:
        facts.append(("Opset", str(file.opset)))
    if file.sha256:
        facts.append(("SHA-256", f"{file.sha256[:8]}…{file.sha256[-8:]}"))
    return facts


def latency_bars(files: list[ExportedFile], eager: float | None) -> list[Bar]:
    """The model itself and every measured file, the fastest marked as the best."""
    measured = [(format_info(file.format).engine, file.latency_ms) for file in files if file.latency_ms]
    if eager is None or not measured:
        return []
    times = [("eager PyTorch", eager), *measured]
    best = min(time for _, time in times)
    return [Bar(name, time, latency_text(time), time == best) for name, time in times]
