from __future__ import annotations

import pytest

from infra.clouds.local.sizes import ask_size, pool_sizes
from sre_cli.errors import UsageError
from sre_cli.specs.paths import state_dir
from tests.unit.infra.clouds.local.specs import SPEC


def test_a_pool_starts_as_its_spec_says_and_keeps_what_was_asked_for() -> None:
    assert pool_sizes(SPEC) == {"core": 3, "workers": 2}
    ask_size(SPEC, "workers", 4)
    ask_size(SPEC, "core", 3)
    assert pool_sizes(SPEC) == {"core": 3, "workers": 4}


def test_a_spec_with_narrower_bounds_wins_over_what_was_asked_for_before() -> None:
    ask_size(SPEC, "workers", 4)
    workers = SPEC.pools["workers"]
    for bounds, size in (({"max": 3}, 3), ({"min": 5, "max": 9}, 5)):
        narrower = {**SPEC.pools, "workers": workers.model_copy(update=bounds)}
        assert pool_sizes(SPEC.model_copy(update={"pools": narrower}))["workers"] == size


@pytest.mark.parametrize("text", ["", "[]", '{"workers": null}', '{"workers": "many"}'])
def test_sizes_that_cannot_be_read_are_told_with_their_file(text: str) -> None:
    path = state_dir("local") / "pools.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(UsageError, match=r"pools\.json: not a size for each pool"):
        pool_sizes(SPEC)


@pytest.mark.parametrize(
    ("pool", "size", "said"),
    [
        ("workers", 5, "5 is not within 2 to 4"),
        ("workers", 1, "1 is not within"),
        ("gpu", 1, "no pool 'gpu'"),
    ],
)
def test_what_the_spec_does_not_allow_is_refused(pool: str, size: int, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        ask_size(SPEC, pool, size)
    assert pool_sizes(SPEC) == {"core": 3, "workers": 2}
