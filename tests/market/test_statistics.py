"""Bootstrap tests against what theory says of independent and of dependent returns; degenerate curves give None."""

import random
from statistics import NormalDist

import numpy as np
import pytest
from arch.bootstrap import SPA

from benchmarks import baseline_table
from market.metrics import sharpe
from market.statistics import LEAST_RETURNS, Column, Difference, Resampling, compare, superior_ability
from tests.source_reader import ROOT, all_imports, read_program

YEAR = 252.0
BARS = 1_500
QUICK = Resampling(replicates=200)
MANY = Resampling(replicates=2_000)
NORMAL = NormalDist()


def rng_of(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def curve_of(returns: Column) -> Column:
    return np.concatenate([[1.0], np.cumprod(1.0 + returns)])


def noise(seed: int, bars: int = BARS, mean: float = 0.0, deviation: float = 0.01) -> Column:
    """Normal returns of exactly this mean and sample deviation."""
    returns = rng_of(seed).normal(size=bars)
    scores: Column = (returns - returns.mean()) / returns.std(ddof=1)
    return mean + deviation * scores


def autoregressive(seed: int, coefficient: float, bars: int = BARS) -> Column:
    shocks, returns = noise(seed, bars), np.zeros(bars)
    for bar in range(1, bars):
        returns[bar] = coefficient * returns[bar - 1] + shocks[bar]
    return returns


def differences_of(equity: Column, benchmark: Column, resampling: Resampling = QUICK) -> tuple[Difference, Difference]:
    comparison = compare(equity, benchmark, YEAR, rng_of(), resampling)
    assert comparison is not None
    assert comparison.sharpe is not None
    assert comparison.log_return is not None
    return comparison.sharpe, comparison.log_return


def half_width(difference: Difference) -> float:
    return (difference.high - difference.low) / 2.0


def test_estimates_are_the_differences_of_the_figures() -> None:
    equity, benchmark = curve_of(noise(1)), curve_of(noise(2, mean=0.001))
    by_sharpe, by_growth = differences_of(equity, benchmark)
    assert by_sharpe.estimate == pytest.approx((sharpe(equity, YEAR) or 0.0) - (sharpe(benchmark, YEAR) or 0.0))
    assert by_growth.estimate == pytest.approx(np.log(equity[-1] / benchmark[-1]) / BARS * YEAR)


@pytest.mark.parametrize("mean", [0.0, 0.0004, 0.0010])
def test_independent_returns_get_the_interval_and_p_value_of_theory(mean: float) -> None:
    # Log returns are close to simple ones, so growth differs by `mean` a bar, with deviation 0.01 sqrt(2 / n). Blocks
    # also see the sample's own chance autocorrelation, 0.026 at a standard error, twice in every variance.
    by_sharpe, by_growth = differences_of(curve_of(noise(1, mean=mean)), curve_of(noise(2)), MANY)
    correlation = np.corrcoef(noise(1), noise(2))[0, 1]
    deviation = 0.01 * np.sqrt(2.0 * (1.0 - correlation) / BARS)
    assert half_width(by_growth) == pytest.approx(1.96 * deviation * YEAR, rel=0.15)
    assert half_width(by_sharpe) == pytest.approx(1.96 * deviation / 0.01 * np.sqrt(YEAR), rel=0.15)
    p_value = 2.0 * (1.0 - NORMAL.cdf(mean / deviation))
    assert by_growth.p_value == pytest.approx(p_value, abs=0.06)
    assert by_sharpe.p_value == pytest.approx(p_value, abs=0.06)


def test_dependent_returns_get_a_wider_interval() -> None:
    returns = autoregressive(1, coefficient=0.5)
    comparison = compare(curve_of(returns), np.ones(BARS + 1), YEAR, rng_of(), MANY)
    assert comparison is not None
    assert comparison.log_return is not None
    independent = 1.96 * returns.std() / np.sqrt(BARS) * YEAR
    expected = independent * np.sqrt((1.0 + 0.5) / (1.0 - 0.5))  # the long-run deviation of an AR(1)
    assert half_width(comparison.log_return) == pytest.approx(expected, rel=0.2)


def test_block_length_follows_the_dependence() -> None:
    benchmark = curve_of(noise(9))
    lengths = []
    for coefficient in (0.0, 0.5, 0.9):
        comparison = compare(curve_of(autoregressive(1, coefficient)), benchmark, YEAR, rng_of(), QUICK)
        assert comparison is not None
        lengths.append(comparison.block_bars)
    assert lengths == sorted(set(lengths))
    assert lengths[-1] > 20


def test_common_moves_cancel() -> None:
    common = noise(1, deviation=0.02)
    apart, _ = differences_of(curve_of(common + noise(2, deviation=0.001)), curve_of(common))
    unrelated, _ = differences_of(curve_of(noise(3, deviation=0.02)), curve_of(common))
    assert half_width(apart) < 0.1 * half_width(unrelated)


def test_swapping_the_curves_mirrors_everything() -> None:
    equity, benchmark = curve_of(noise(1, mean=0.0005)), curve_of(noise(2))
    for one, other in zip(differences_of(equity, benchmark), differences_of(benchmark, equity), strict=True):
        assert (one.estimate, one.p_value) == (-other.estimate, other.p_value)
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_same_seed_gives_the_same_answer_and_leaves_global_generators_alone() -> None:
    equity, benchmark = curve_of(noise(1)), curve_of(noise(2))
    before = random.getstate(), repr(np.random.get_state())  # noqa: NPY002  # the global generator is the point
    answers = [compare(equity, benchmark, YEAR, rng_of(seed), QUICK) for seed in (0, 0, 1)]
    values = [superior_ability({"a": equity}, benchmark, rng_of(seed), QUICK) for seed in (0, 0, 1)]
    assert (random.getstate(), repr(np.random.get_state())) == before  # noqa: NPY002
    assert answers[0] == answers[1] != answers[2]
    assert values[0] == values[1] != values[2]


CURVES: dict[str, Column] = {
    "moving": curve_of(noise(1)),
    "flat": np.ones(BARS + 1),
    "growing": 1.0001 ** np.arange(BARS + 1.0),
    "ruined": np.concatenate([curve_of(noise(1))[:-2], [0.0, 0.0]]),
    "in debt": np.concatenate([curve_of(noise(1))[:-2], [-1.0, -1.0]]),
}


@pytest.mark.parametrize(
    ("equity", "benchmark"),
    [
        ("flat", "flat"),
        ("moving", "moving"),
        ("flat", "growing"),
        ("ruined", "moving"),
        ("moving", "ruined"),
        ("in debt", "moving"),
    ],
)
def test_degenerate_curves_have_no_comparison(equity: str, benchmark: str) -> None:
    assert compare(CURVES[equity], CURVES[benchmark], YEAR, rng_of(), QUICK) is None
    assert superior_ability({"a": CURVES[equity]}, CURVES[benchmark], rng_of(), QUICK) is None


@pytest.mark.parametrize("bars", [0, 1, 2, LEAST_RETURNS - 1])
def test_too_few_bars_have_no_comparison(bars: int) -> None:
    equity, benchmark = curve_of(noise(1)[:bars]), curve_of(noise(2)[:bars])
    assert compare(equity, benchmark, YEAR, rng_of(), QUICK) is None
    assert superior_ability({"a": equity}, benchmark, rng_of(), QUICK) is None


def test_just_enough_bars_have_one() -> None:
    equity, benchmark = curve_of(noise(1, LEAST_RETURNS)), curve_of(noise(2, LEAST_RETURNS))
    assert compare(equity, benchmark, YEAR, rng_of(), QUICK) is not None
    assert superior_ability({"a": equity}, benchmark, rng_of(), QUICK) is not None


@pytest.mark.parametrize(("equity", "benchmark"), [("flat", "moving"), ("moving", "flat"), ("growing", "moving")])
def test_flat_curve_has_growth_to_compare_but_no_ratio(equity: str, benchmark: str) -> None:
    comparison = compare(CURVES[equity], CURVES[benchmark], YEAR, rng_of(), QUICK)
    assert comparison is not None
    assert comparison.sharpe is None
    assert comparison.log_return is not None


def test_curve_that_moves_in_three_bars_has_no_ratio_to_compare() -> None:
    returns = np.zeros(BARS)
    returns[700:703] = 0.01, -0.01, 0.02
    comparison = compare(curve_of(returns), CURVES["moving"], YEAR, rng_of(), QUICK)
    assert comparison is not None
    assert comparison.sharpe is None
    assert comparison.log_return is not None


def test_curves_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="same bars, found lengths 101, 51"):
        compare(curve_of(noise(1, 100)), curve_of(noise(2, 50)), YEAR, rng_of())
    with pytest.raises(ValueError, match="same bars, found lengths 51, 101"):
        superior_ability({"a": curve_of(noise(1, 100))}, curve_of(noise(2, 50)), rng_of())


def test_superior_candidate_is_found_among_noise() -> None:
    benchmark = CURVES["moving"]
    candidates = {str(seed): curve_of(noise(seed)) for seed in range(2, 8)}
    without = superior_ability(candidates, benchmark, rng_of())
    assert without is not None
    assert without > 0.3
    found = superior_ability(candidates | {"better": curve_of(noise(8, mean=0.0015))}, benchmark, rng_of())
    assert found is not None
    assert found < 0.01


def test_one_candidate_alone_gets_the_one_sided_p_value_of_theory() -> None:
    gains = noise(1, mean=0.0004)
    p_value = superior_ability({"a": curve_of(gains)}, np.ones(BARS + 1), rng_of(), MANY)
    log_gains = np.log1p(gains)
    assert p_value == pytest.approx(NORMAL.cdf(-log_gains.mean() / log_gains.std() * np.sqrt(BARS)), abs=0.03)


def test_more_candidates_make_the_same_best_one_less_remarkable() -> None:
    benchmark = np.ones(BARS + 1)
    best = {"best": curve_of(noise(1, mean=0.0006))}
    crowd = {str(seed): curve_of(noise(seed, mean=-0.00005)) for seed in range(2, 42)}
    alone, crowded = (superior_ability(names, benchmark, rng_of()) for names in (best, best | crowd))
    assert alone is not None
    assert crowded is not None
    assert alone < 0.03
    assert crowded > 0.1


def test_candidates_that_are_the_benchmark_say_nothing() -> None:
    benchmark, candidate = CURVES["moving"], {"a": curve_of(noise(2, mean=0.0008))}
    answers = [superior_ability(names, benchmark, rng_of()) for names in (candidate, {"same": benchmark, **candidate})]
    assert answers[0] == answers[1]
    assert superior_ability({}, benchmark, rng_of()) is None


def test_wild_candidate_does_not_hide_a_steady_one() -> None:
    # arch 8.0.0 takes `studentize` and does not use it for the p-value: the largest mean decides, however noisy it is
    steady, wild = noise(1, mean=0.0008, deviation=0.003), noise(2, mean=0.0, deviation=0.05)
    candidates = {"steady": curve_of(steady), "wild": curve_of(wild)}
    unscaled = []
    for studentize in (True, False):
        losses = -np.column_stack([steady, wild])
        test = SPA(np.zeros(BARS), losses, block_size=1, studentize=studentize, seed=0)
        test.compute()
        unscaled.append(float(test.pvalues["consistent"]))

    ours = superior_ability(candidates, np.ones(BARS + 1), rng_of())

    assert unscaled[0] == unscaled[1] > 0.2
    assert ours is not None
    assert ours < 0.01


def test_no_finite_number_of_replicates_gives_certainty() -> None:
    equity, benchmark = curve_of(noise(1, mean=0.01)), CURVES["flat"] * curve_of(noise(2))
    assert differences_of(equity, benchmark)[0].p_value == pytest.approx(1 / 201)
    assert superior_ability({"a": equity}, benchmark, rng_of(), QUICK) == pytest.approx(1 / 201)


@pytest.mark.slow
def test_levels_hold_on_curves_without_a_difference() -> None:
    # At a level of 10 %, 300 curves without skill are rejected 30 +- 5.2 times; the bounds are 3 standard errors
    rejected = np.zeros(3)
    for seed in range(300):
        rng = rng_of(seed)
        common = rng.standard_t(5, 400)
        curves = [curve_of(0.004 * (common + rng.standard_t(5, 400))) for _ in range(4)]
        comparison = compare(curves[0], curves[1], YEAR, rng, QUICK)
        assert comparison is not None
        assert comparison.sharpe is not None
        assert comparison.log_return is not None
        family = superior_ability({str(index): curve for index, curve in enumerate(curves)}, curves[0], rng, QUICK)
        assert family is not None
        rejected += np.array([comparison.sharpe.p_value, comparison.log_return.p_value, family]) <= 0.1
    assert (np.abs(rejected - 30.0) < 16.0).all(), rejected


@pytest.mark.slow
def test_baseline_document_is_what_its_script_writes() -> None:
    written = baseline_table.DOCUMENT.read_text(encoding="utf-8")

    assert written == baseline_table.text(), "docs/baselines.md is stale: run `python -m benchmarks.baseline_table`"


def test_server_does_not_import_it_at_its_start() -> None:
    modules = read_program(ROOT)
    below: dict[str, set[str]] = {name: set() for name in modules}
    for found in all_imports(modules):
        if found.target in modules and not found.is_inside_function:
            below[found.source.name].add(found.target)
    reached, waiting = set[str](), ["web_app"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += below[name]
    assert "market.data" in reached
    assert "market.statistics" not in reached
