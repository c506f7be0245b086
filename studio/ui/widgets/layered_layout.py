"""Positions for a graph that flows from top to bottom in layers. No Qt in here.

The method of Sugiyama, Tagawa and Toda (1981): layers by longest path, invisible nodes where an edge
crosses a layer, order within the layers by medians, then coordinates that pull neighbours together
under the condition that nothing overlaps. The edges that leave a node share their invisible nodes, so
that a leaf which every step of a long loop reads costs one line. The same graph always gets the same
picture.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from studio.spec.events import Ended, Event, Pictured, Started
from studio.spec.job import Control

Point = tuple[float, float]
Edge = tuple[int, int]

_BEND_WIDTH = 12.0
_SWEEPS = 12
_PULLS = 16
_LARGE = 400
_MOST_BENDS = 20_000
"""The longest edges beyond these run straight, behind the cards: more cost seconds, and room between cards."""
_STRAIGHT = 0.5
"""Pixels by which a line may lean and still needs no point on its way."""


@dataclass(frozen=True)
class Layout:
    """`centres[i]` is where node i lies; `routes[edge]` are the points that the edge passes on its way."""

    centres: tuple[Point, ...]
    routes: dict[Edge, tuple[Point, ...]]
    width: float
    height: float


def _never() -> bool:
    return False


def layered(
    sizes: Sequence[tuple[float, float]],
    edges: Iterable[Edge],
    *,
    gap: float = 36.0,
    layer_gap: float = 58.0,
    should_stop: Callable[[], bool] = _never,
) -> Layout:
    """Lay a directed graph out, sources at the top.

    Args:
        sizes: width and height of each node, in pixels.
        edges: pairs of node indices, from and to; loops and repeats are ignored, cycles are broken.
        gap: smallest distance between nodes of one layer.
        layer_gap: distance between layers.
        should_stop: asked at every layer; once it says so, what is given back is of no use.
    """
    if not sizes:
        return Layout((), {}, 0.0, 0.0)
    kept = _acyclic(len(sizes), list(dict.fromkeys(edge for edge in edges if edge[0] != edge[1])))
    layer_of = _layers(len(sizes), kept)
    graph = _Layered(sizes, kept, layer_of, should_stop)
    graph.order()
    across = graph.place(gap)
    return graph.layout(across, layer_gap)


def crossings(layout: Layout, edges: Iterable[Edge]) -> int:
    """How many pairs of edges cross between neighbouring points of their routes."""
    pieces: dict[tuple[float, float], list[tuple[float, float]]] = {}
    for source, target in edges:
        points = [layout.centres[source], *layout.routes.get((source, target), ()), layout.centres[target]]
        for start, end in pairwise(points):
            pieces.setdefault((start[1], end[1]), []).append((start[0], end[0]))
    return sum(
        (first[0] - second[0]) * (first[1] - second[1]) < 0
        for group in pieces.values()
        for index, first in enumerate(group)
        for second in group[:index]
    )


def _acyclic(count: int, edges: list[Edge]) -> list[Edge]:
    """The edges without those that close a cycle, found by a depth-first walk."""
    following: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        following[source].append(target)
    state = [0] * count
    closing: set[Edge] = set()
    for root in range(count):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(following[root]))]
        while stack:
            node, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                state[node] = 2
                stack.pop()
            elif state[target] == 1:
                closing.add((node, target))
            elif state[target] == 0:
                state[target] = 1
                stack.append((target, iter(following[target])))
    return [edge for edge in edges if edge not in closing]


def _layers(count: int, edges: list[Edge]) -> list[int]:
    """The layer of each node: longest way from a source; what could lie lower then moves down."""
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    waiting = [len(sources) for sources in before]
    ready = [node for node in range(count) if not waiting[node]]
    layer = [0] * count
    for node in ready:
        for target in after[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    # Sources, and chains that only they feed, belong right above what reads them first.
    is_loose = [False] * count
    for node in ready:
        is_loose[node] = all(is_loose[source] and len(after[source]) == 1 for source in before[node])
    for node in reversed(ready):
        if is_loose[node] and after[node]:
            layer[node] = min(layer[target] for target in after[node]) - 1
    return layer


class _Layered:
    """The graph with an invisible node wherever an edge crosses a layer."""

    def __init__(
        self,
        sizes: Sequence[tuple[float, float]],
        edges: list[Edge],
        layer_of: list[int],
        should_stop: Callable[[], bool],
    ) -> None:
        self._sizes = sizes
        self._edges = edges
        self._should_stop = should_stop
        self._widths = [width for width, _ in sizes]
        self._layer = list(layer_of)
        self._up: list[list[int]] = [[] for _ in sizes]
        self._down: list[list[int]] = [[] for _ in sizes]
        self._trunks = self._grow(edges)
        self._layers: list[list[int]] = [[] for _ in range(max(self._layer) + 1)]
        for node, number in enumerate(self._layer):
            self._layers[number].append(node)
        self._rank = [0] * len(self._layer)
        for nodes in self._layers:
            self._renumber(nodes)

    def _grow(self, edges: list[Edge]) -> dict[int, list[int]]:
        """The bends below each node whose edges cross layers, and the links between all nodes."""
        layer = self._layer
        lengths: dict[int, int] = {}
        for source, target in edges:
            lengths[source] = max(lengths.get(source, 0), layer[target] - layer[source] - 1)
        trunks: dict[int, list[int]] = {}
        room = _MOST_BENDS
        for source, length in sorted(lengths.items(), key=lambda each: each[1]):
            room -= length
            if room < 0:
                break
            trunks[source] = []
        for source in sorted(trunks):
            last = source
            for depth in range(lengths[source]):
                bend = len(layer)
                layer.append(layer[source] + 1 + depth)
                self._widths.append(_BEND_WIDTH)
                self._up.append([])
                self._down.append([])
                self._link(last, bend)
                trunks[source].append(bend)
                last = bend
        for source, target in edges:
            crossed = layer[target] - layer[source] - 1
            if not crossed:
                self._link(source, target)
            elif source in trunks:
                self._link(trunks[source][crossed - 1], target)
        return trunks

    def order(self) -> None:
        """Order each layer by the medians of its neighbours, sweeping down and up; keep the best order."""
        best, fewest = [list(nodes) for nodes in self._layers], self._crossings()
        sweeps = _SWEEPS if len(self._layer) < _LARGE else _SWEEPS // 3
        for sweep in range(sweeps):
            if fewest == 0:
                break
            goes_down = sweep % 2 == 0
            for nodes in self._layers if goes_down else self._layers[::-1]:
                if self._should_stop():
                    return
                self._sort(nodes, self._up if goes_down else self._down)
            self._swap_neighbours()
            count = self._crossings()
            if count < fewest:
                best, fewest = [list(nodes) for nodes in self._layers], count
        self._layers = best
        for nodes in self._layers:
            self._renumber(nodes)

    def place(self, gap: float) -> list[float]:
        """The x of every node's centre, with `gap` pixels between nodes of a layer."""
        across = [0.0] * len(self._layer)
        for nodes in self._layers:
            self._spread(nodes, [0.0] * len(nodes), across, gap)
        pulls = _PULLS if len(self._layer) < _LARGE else _PULLS // 2
        for pull in range(pulls):
            for nodes in self._layers if pull % 2 == 0 else self._layers[::-1]:
                if self._should_stop():
                    return across
                self._pull(nodes, across, gap, both=True)
        # At the end everything settles below what flows into it, which reads best from the top down.
        for nodes in self._layers[1:]:
            self._pull(nodes, across, gap, both=False)
        return across

    def layout(self, across: list[float], layer_gap: float) -> Layout:
        """Put layers below each other and everything into a frame that starts at (0, 0)."""
        count = len(self._sizes)
        heights = [max((self._sizes[n][1] for n in nodes if n < count), default=0.0) for nodes in self._layers]
        middles, top = [], 0.0
        for height in heights:
            middles.append(top + height / 2)
            top += height + layer_gap
        left = min(across[node] - self._widths[node] / 2 for node in range(len(across)))
        right = max(across[node] + self._widths[node] / 2 for node in range(len(across)))

        def point(node: int) -> Point:
            return across[node] - left, middles[self._layer[node]]

        routes: dict[Edge, tuple[Point, ...]] = dict.fromkeys(self._edges, ())
        corners = {source: self._corners(trunk, across) for source, trunk in self._trunks.items()}
        for source, target in self._edges:
            crossed = self._layer[target] - self._layer[source] - 1
            if crossed and source in corners and not self._should_stop():
                places = corners[source]
                passed = [*places[: bisect_left(places, crossed - 1)], crossed - 1]
                routes[source, target] = tuple(point(self._trunks[source][place]) for place in passed)
        return Layout(tuple(point(node) for node in range(count)), routes, right - left, top - layer_gap)

    def _corners(self, trunk: list[int], across: list[float]) -> list[int]:
        """The places in a trunk where it does not go straight down."""
        corners: list[int] = []
        for place, bend in enumerate(trunk):
            before = across[trunk[corners[-1]]] if corners else float("inf")
            after = across[trunk[min(place + 1, len(trunk) - 1)]]
            if abs(across[bend] - before) > _STRAIGHT or abs(after - before) > _STRAIGHT:
                corners.append(place)
        return corners

    def _link(self, upper: int, lower: int) -> None:
        self._up[lower].append(upper)
        self._down[upper].append(lower)

    def _renumber(self, nodes: list[int]) -> None:
        for rank, node in enumerate(nodes):
            self._rank[node] = rank

    def _sort(self, nodes: list[int], neighbours: list[list[int]]) -> None:
        keys = {node: self._median(node, neighbours) for node in nodes}
        nodes.sort(key=lambda node: (keys[node], self._rank[node]))
        self._renumber(nodes)

    def _median(self, node: int, neighbours: list[list[int]]) -> float:
        ranks = sorted(self._rank[other] for other in neighbours[node])
        if not ranks:
            return float(self._rank[node])
        middle = len(ranks) // 2
        return float(ranks[middle]) if len(ranks) % 2 else (ranks[middle - 1] + ranks[middle]) / 2

    def _swap_neighbours(self) -> None:
        for nodes in self._layers:
            for place in range(len(nodes) - 1):
                left, right = nodes[place], nodes[place + 1]
                if self._cost(right, left) < self._cost(left, right):
                    nodes[place], nodes[place + 1] = right, left
                    self._rank[left], self._rank[right] = place + 1, place

    def _cost(self, left: int, right: int) -> int:
        """Crossings between the edges of two nodes, `left` being left of `right`."""
        return _inversions(self._rank, self._up[left], self._up[right]) + _inversions(
            self._rank, self._down[left], self._down[right]
        )

    def _crossings(self) -> int:
        """Crossings between all neighbouring layers, counted with a Fenwick tree."""
        total = 0
        for nodes in self._layers[:-1]:
            targets = [rank for node in nodes for rank in sorted(self._rank[each] for each in self._down[node])]
            if not targets:
                continue
            tree = [0] * (max(targets) + 2)
            for seen, rank in enumerate(targets):
                below, index = 0, rank + 1
                while index > 0:
                    below += tree[index]
                    index -= index & -index
                total += seen - below
                index = rank + 1
                while index < len(tree):
                    tree[index] += 1
                    index += index & -index
        return total

    def _pull(self, nodes: list[int], across: list[float], gap: float, both: bool) -> None:
        """Move the nodes of a layer towards the mean of their neighbours, above or on both sides.

        Above, a node follows cards before it follows lines: a line at the side of a chain would draw
        it a little further with every layer.
        """
        wanted = []
        for node in nodes:
            near = self._up[node] + self._down[node]
            if not both and self._up[node]:
                near = [each for each in self._up[node] if each < len(self._sizes)] or self._up[node]
            wanted.append(sum(across[each] for each in near) / len(near) if near else across[node])
        self._spread(nodes, wanted, across, gap)

    def _spread(self, nodes: list[int], wanted: list[float], across: list[float], gap: float) -> None:
        """The positions nearest to the wanted ones (least squares) that keep order and distance.

        With the distances taken off, this is isotonic regression; neighbours that want to change
        places are pooled (Ayer et al. 1955).
        """
        offsets, offset = [], 0.0
        for place, node in enumerate(nodes):
            if place:
                offset += (self._widths[nodes[place - 1]] + self._widths[node]) / 2 + gap
            offsets.append(offset)
        pools: list[tuple[float, int]] = []
        for want, start in zip(wanted, offsets, strict=True):
            mean, size = want - start, 1
            while pools and pools[-1][0] > mean:
                other, count = pools.pop()
                mean = (mean * size + other * count) / (size + count)
                size += count
            pools.append((mean, size))
        means = [mean for mean, size in pools for _ in range(size)]
        for node, mean, start in zip(nodes, means, offsets, strict=True):
            across[node] = mean + start


def _inversions(rank: list[int], left: list[int], right: list[int]) -> int:
    """How often one of the left nodes lies right of one of the right ones."""
    if not left or not right:
        return 0
    ranks = sorted([rank[node] for node in right])
    return sum([bisect_left(ranks, rank[node]) for node in left])


@dataclass(frozen=True)
class LayoutRequest:
    """A graph that is too large to lay out between two frames."""

    sizes: tuple[tuple[float, float], ...]
    edges: tuple[Edge, ...]


def run(request: LayoutRequest, control: Control) -> Iterator[Event]:
    """The job that lays a large graph out beside the window's thread."""
    yield Started({"nodes": len(request.sizes)})
    layout = layered(request.sizes, request.edges, should_stop=lambda: control.should_stop)
    if not control.should_stop:
        yield Pictured("layout", {"layout": layout})
    yield Ended("finished")
