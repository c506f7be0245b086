"""What a folder of images is, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from studio.engine.training.data_check.guessing import specification
from studio.engine.training.data_check.shares import about_balance, named
from studio.spec.data_check import DataSummary, Finding, Thumbnail
from studio.zoo.datasets.images import chosen, digest_of, labelled_images
from studio.zoo.files.errors import DataError
from studio.zoo.files.folders import Labelled
from studio.zoo.files.pictures import SUFFIXES, each, upright
from studio.zoo.files.splitting import check_classes, split_by_words, split_rows

PICTURES = 24
_SIDE = 72
_LOOKED_AT = 4000
_NEAR_BITS = 3
_NEAR_GREYS = 5.0


@dataclass(frozen=True)
class _Look:
    """One file: what tells it from others, or what is wrong with it."""

    digest: str = ""
    bits: int = 0
    greys: NDArray[np.float32] | None = None
    error: str = ""


def check_images(data: Mapping[str, Any], task: str, number: int) -> tuple[DataSummary, list[Finding]]:
    """Look at a folder of images as the specification's table `data` says it.

    Raises:
        DataError: the folder itself cannot be read, or holds no images in folders.
    """
    findings: list[Finding] = []
    data = dict(data)
    out = list(data.get("leave_out", ()))
    columns = (str(data.get("file_column", "")), str(data.get("label_column", "")))
    try:
        found = labelled_images(data["path"], str(data.get("labels_csv", "")), columns, out)
    except DataError as error:
        if error.name != "data.empty_class":
            raise
        empty = _empty_classes(Path(data["path"]), out)
        findings.append(
            Finding(error.name, "bad", error.what, error.why, "", {"leave_out": [*out, *empty]}, "Leave them out")
        )
        found = labelled_images(data["path"], "", columns, [*out, *empty])
    step = max(1, -(-len(found.files) // _LOOKED_AT))
    seen = chosen(found, range(0, len(found.files), step))
    looks = list(each(_look, seen.files))
    good = [index for index, one in enumerate(looks) if not one.error]
    findings += _about_bad(seen, looks, data)
    kept = chosen(seen, good)
    findings += _about_alike(kept, [looks[index] for index in good], data)
    findings += _about_others(data["path"], len(found.files))
    counts = Counter(found.classes)
    try:
        names = sorted(counts)
        check_classes(names, [counts[name] for name in names], f"folder {Path(data['path']).name}", "refuse")
    except DataError as error:
        small = [name for name in names if counts[name] == 1] if error.name == "data.class_of_one" else []
        fix = {"leave_out": [*out, *small]} if small else None
        findings.append(Finding(error.name, "bad", error.what, error.why, "", fix, "Leave it out" if fix else ""))
    findings += about_balance(counts.most_common(), "images")
    if step > 1:
        findings.append(Finding("data.looked_at", "info", f"Every {step}th file was looked at."))
    return _summary(data, task, number, found, kept), findings


def _summary(data: dict[str, Any], task: str, number: int, found: Labelled, kept: Labelled) -> DataSummary:
    counts = Counter(found.classes).most_common()
    words = f"{len(found.files):,} images · {len(counts):,} classes"
    if found.parts:
        tests = found.parts.count("test")
        words += f" · {len(found.parts) - tests:,} train · {tests:,} test"
    return DataSummary(
        number,
        specification(data, task, len(found.files)),
        Path(data["path"]).name,
        words,
        classes=tuple(counts[:200]),
        pictures=tuple(_thumbnails(kept)),
    )


def _thumbnails(kept: Labelled) -> list[Thumbnail]:
    """A few pictures of each class in turn."""
    by_class: dict[str, list[str]] = {}
    for file, name in zip(kept.files, kept.classes, strict=True):
        by_class.setdefault(name, []).append(file)
    turns = max((len(files) for files in by_class.values()), default=0)
    order = [(files[turn], name) for turn in range(turns) for name, files in by_class.items() if turn < len(files)]
    found = []
    for file, name in order[:PICTURES]:
        image = ImageOps.fit(upright(file, _SIDE), (_SIDE, _SIDE))
        found.append(Thumbnail(*image.size, image.tobytes(), name, Path(file).name))
    return found


def _look(path: str) -> _Look:
    try:
        image = upright(path, 64).convert("L")
        small = np.asarray(image.resize((9, 8), Image.Resampling.BOX), np.int16)
        greys = np.asarray(image.resize((16, 16), Image.Resampling.BOX), np.float32)
    except Exception as error:
        # Decoders raise what they like, whatever the file holds.
        return _Look(error=f"{type(error).__name__}: {error}")
    bits = int("".join("1" if one else "0" for one in (small[:, 1:] > small[:, :-1]).ravel()), 2)
    return _Look(digest_of(path), bits, greys)


def _about_bad(seen: Labelled, looks: Sequence[_Look], data: Mapping[str, Any]) -> list[Finding]:
    bad = [Path(file).name for file, look in zip(seen.files, looks, strict=True) if look.error]
    if not bad:
        return []
    verb = "file cannot" if len(bad) == 1 else "files cannot"
    what = f"{len(bad):,} of {len(looks):,} {verb} be read: {named(bad)}."
    if data.get("skip_bad"):
        return [Finding("data.bad_image", "info", what, "They are left out.")]
    why = "They are damaged, cut off, or no images."
    return [Finding("data.bad_image", "bad", what, why, "", {"skip_bad": True}, "Leave them out")]


def _about_alike(kept: Labelled, looks: Sequence[_Look], data: Mapping[str, Any]) -> list[Finding]:
    """Files that are there twice, in two classes, or in both parts of the split."""
    try:
        train, test = _split(kept, data)
    except DataError:
        return []  # said elsewhere
    found, root = [], Path(data["path"])
    where = [str(Path(file).relative_to(root)) for file in kept.files]
    drops = data.get("duplicates") == "drop"
    digests = np.array([look.digest for look in looks])
    groups: dict[str, list[int]] = {}
    for index, digest in enumerate(digests):
        groups.setdefault(digest, []).append(index)
    torn = [group for group in groups.values() if len({kept.classes[index] for index in group}) > 1]
    if torn:
        what = f"{len(torn):,} images are in more than one class, such as {where[torn[0][0]]}."
        out = [*data.get("leave_out", ()), *(where[index] for group in torn for index in group)]
        gone, title = {"leave_out": out}, "Leave them out"
        found.append(Finding("data.contradictions", "warn", what, "No model can tell both.", "", gone, title))
    both = test[np.isin(digests[test], digests[train])]
    twice = sum(len(group) - 1 for group in groups.values())
    fix, title = {"duplicates": "drop"}, "Keep each file once"
    if len(both) and not drops:
        what = (
            f"{len(both):,} test images are among the training images too: {named([where[one] for one in both])}."
        )
        why = "The test then measures what was learnt by heart."
        found.append(Finding("data.duplicates_across", "warn", what, why, "", fix, title))
    elif twice and not drops:
        found.append(Finding("data.duplicates", "info", f"{twice:,} files are there twice.", "", "", fix, title))
    near = [index for index in _near(looks, train, test) if index not in set(both.tolist())]
    if near:
        what = (
            f"{len(near):,} test images look almost like training images: {named([where[one] for one in near])}."
        )
        why = "They may be the same picture in another size or quality."
        out = [*data.get("leave_out", ()), *(where[index] for index in near)]
        found.append(Finding("data.near_duplicates", "warn", what, why, "", {"leave_out": out}, "Leave them out"))
    return found


def _split(kept: Labelled, data: Mapping[str, Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    if kept.parts:
        return split_by_words(np.array(kept.parts), "folder")
    fraction, seed = float(data.get("test_fraction", 0.2)), int(data.get("split_seed", 0))
    classes = np.unique(np.array(kept.classes), return_inverse=True)[1]
    return split_rows(len(kept.files), fraction, seed, classes=classes)


def _near(looks: Sequence[_Look], train: NDArray[Any], test: NDArray[Any]) -> list[int]:
    """The test images that differ from a training image in a few bits and greys only."""
    bits = np.array([look.bits for look in looks], np.uint64)
    found = []
    for index in test.tolist():
        differ = np.bitwise_count(bits[train] ^ bits[index])
        for other in train[differ <= _NEAR_BITS][:50].tolist():
            one, two = looks[index].greys, looks[other].greys
            if looks[index].digest == looks[other].digest or one is None or two is None:
                continue
            # Plain pictures have no edges to compare; what they have in common says nothing.
            if one.std() > 2 * _NEAR_GREYS and float(np.abs(one - two).mean()) < _NEAR_GREYS:
                found.append(index)
                break
    return found


def _empty_classes(folder: Path, out: Sequence[str]) -> list[str]:
    found = []
    for one in sorted(folder.rglob("*")):
        if one.is_dir() and one.name not in out and not one.name.startswith((".", "__")):
            files = (inner for inner in one.rglob("*") if inner.suffix.lower()[1:] in SUFFIXES)
            found += [] if any(files) else [one.name]
    return found


def _about_others(path: str, images: int) -> list[Finding]:
    files = [one for one in Path(path).rglob("*") if one.is_file() and not one.name.startswith(".")]
    others = [one.name for one in files if one.suffix.lower()[1:] not in SUFFIXES]
    if not others or not images:
        return []
    what = f"{len(others):,} other files are passed over: {named(others)}."
    return [Finding("data.other_files", "info", what)]
