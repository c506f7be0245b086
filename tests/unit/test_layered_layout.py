"""The layout of graphs: nothing overlaps, everything flows down, the same input gives the same picture."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.spec.job import Control
from studio.ui.widgets.layered_layout import Layout, LayoutRequest, crossings, layered, run

SIZE = (150.0, 60.0)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[tuple[float, float]], list[tuple[int, int]]]:
    count = draw(st.integers(1, 30))
    node = st.integers(0, count - 1)
    width = st.floats(10, 300)
    sizes = draw(st.lists(st.tuples(width, st.floats(10, 120)), min_size=count, max_size=count))
    return sizes, draw(st.lists(st.tuples(node, node), max_size=60))


def overlaps(sizes: list[tuple[float, float]], layout: Layout) -> list[tuple[int, int]]:
    found = []
    for a, (ax, ay) in enumerate(layout.centres):
        for b, (bx, by) in enumerate(layout.centres[:a]):
            across = (sizes[a][0] + sizes[b][0]) / 2 - abs(ax - bx)
            down = (sizes[a][1] + sizes[b][1]) / 2 - abs(ay - by)
            if across > 1e-6 and down > 1e-6:
                found.append((a, b))
    return found


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_nothing_overlaps_and_all_lies_in_the_frame(
    graph: tuple[list[tuple[float, float]], list[tuple[int, int]]],
) -> None:
    sizes, edges = graph
    layout = layered(sizes, edges)
    assert not overlaps(sizes, layout)
    for (width, height), (x, y) in zip(sizes, layout.centres, strict=True):
        assert x - width / 2 >= -1e-6
        assert x + width / 2 <= layout.width + 1e-6
        assert y - height / 2 >= -1e-6
        assert y + height / 2 <= layout.height + 1e-6
    assert layered(sizes, edges) == layout


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_an_acyclic_graph_flows_down(graph: tuple[list[tuple[float, float]], list[tuple[int, int]]]) -> None:
    sizes, edges = graph
    forward = [(min(edge), max(edge)) for edge in edges if edge[0] != edge[1]]
    layout = layered(sizes, forward)
    for source, target in forward:
        ys = [layout.centres[source][1], *(y for _, y in layout.routes[source, target]), layout.centres[target][1]]
        assert all(above < below for above, below in pairwise(ys))


def test_a_binary_tree_has_no_crossing_and_parents_in_the_middle() -> None:
    edges = [(child, (child - 1) // 2) for child in range(1, 15)]
    layout = layered([SIZE] * 15, edges)
    assert crossings(layout, edges) == 0
    for parent in range(3):
        left, right = (layout.centres[2 * parent + side][0] for side in (1, 2))
        assert abs(layout.centres[parent][0] - (left + right) / 2) < 1


def test_a_leaf_lies_right_above_its_first_reader() -> None:
    edges = [(0, 1), (1, 2), (2, 3), (4, 3)]
    centres = layered([SIZE] * 5, edges).centres
    assert centres[4][1] == centres[2][1]


def test_a_chain_that_only_a_source_feeds_lies_right_above_its_reader() -> None:
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (5, 6), (6, 4)]
    centres = layered([SIZE] * 7, edges).centres
    assert centres[6][1] == centres[3][1]
    assert centres[5][1] == centres[2][1]


def test_a_tangle_that_can_be_drawn_without_crossings_is() -> None:
    edges = [(source, 5 + (4 - source)) for source in range(5)]
    assert crossings(layered([SIZE] * 10, edges), edges) == 0


def test_a_thousand_nodes_are_laid_out() -> None:
    draw = random.Random(0)
    count = 1000
    edges = [(draw.randint(max(0, node - 12), node - 1), node) for node in range(1, count) for _ in range(2)]
    layout = layered([SIZE] * count, edges)
    assert len(layout.centres) == count


def loop_with_one_leaf(steps: int) -> tuple[int, list[tuple[int, int]]]:
    """The leaf 0 is read by every second card of a chain, as a weight is in a loop."""
    edges, last = [], 0
    for card in range(1, 2 * steps, 2):
        edges += [(last, card), (card, card + 1), (0, card + 1)]
        last = card + 1
    return 2 * steps + 1, list(dict.fromkeys(edges))


def test_a_leaf_that_every_step_reads_costs_one_line_beside_the_chain() -> None:
    count, edges = loop_with_one_leaf(100)
    layout = layered([SIZE] * count, edges)
    assert layout.width < 2 * SIZE[0], "the chain goes straight down"
    assert sum(len(route) for route in layout.routes.values()) < 2 * len(edges)
    for x, y in (point for route in layout.routes.values() for point in route):
        assert not any(abs(x - cx) < SIZE[0] / 2 and abs(y - cy) < SIZE[1] / 2 for cx, cy in layout.centres)


def test_skips_within_skips_do_not_fill_memory_with_bends() -> None:
    count = 1600
    edges = [(node, node + 1) for node in range(count - 1)]
    edges += [(node, count - 1 - node) for node in range(count // 2 - 1)]
    layout = layered([SIZE] * count, edges)
    assert len(layout.centres) == count
    assert set(layout.routes) == set(edges)
    assert layout.width < 60 * SIZE[0], "the longest skips run straight and take no room"


def test_a_layout_that_is_stopped_ends_at_once_and_shows_nothing() -> None:
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return True

    count, edges = loop_with_one_leaf(100)
    layered([SIZE] * count, edges, should_stop=should_stop)
    assert asked < 2 * len(edges)
    control = Control()
    control.stop()
    names = [type(event).__name__ for event in run(LayoutRequest((SIZE,) * count, tuple(edges)), control)]
    assert names == ["Started", "Ended"]


def test_an_empty_graph() -> None:
    assert layered([], []) == Layout((), {}, 0.0, 0.0)
