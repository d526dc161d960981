import numpy as np
import pytest
from scipy import optimize

from crmlab.errors import DataError
from crmlab.foundations import ServiceTier, best_split, service_plan

TIERS = [
    ServiceTier("vip", 200, 300.0, 0.30, 25.0),
    ServiceTier("gold", 600, 90.0, 0.25, 12.0),
    ServiceTier("regular", 3_200, 12.0, 0.15, 6.0),
]


def test_equal_service_spends_the_same_on_everybody():
    plan = service_plan(TIERS, 20_000.0)
    assert plan["spend_per_customer"].nunique() == 1
    assert plan["spend"].sum() == pytest.approx(20_000)
    assert (plan["profit"] == plan["margin_kept"] - plan["spend"]).all()


@pytest.mark.parametrize("budget", [500.0, 8_000.0, 60_000.0])
def test_the_best_split_beats_a_search_by_a_general_optimiser(budget):
    def loss(x):
        return -service_plan(TIERS, budget, list(np.abs(x) + 1e-9))["margin_kept"].sum()

    best = service_plan(TIERS, budget, best_split(TIERS, budget))["margin_kept"].sum()
    found = optimize.minimize(loss, [1.0, 1.0, 1.0], method="Nelder-Mead", options={"maxiter": 4_000})
    assert best >= -found.fun - 1e-6
    assert best == pytest.approx(-found.fun, rel=1e-3)


def test_tiers_with_money_share_one_marginal_return():
    plan = service_plan(TIERS, 20_000.0, best_split(TIERS, 20_000.0))
    paid = plan[plan["spend"] > 1e-6]["marginal_return"]
    assert paid.max() == pytest.approx(paid.min(), rel=1e-6)


def test_a_tier_with_little_at_stake_gets_nothing_from_a_small_budget():
    plan = service_plan(TIERS, 500.0, best_split(TIERS, 500.0))
    assert plan.loc["regular", "spend"] == 0
    assert plan.loc["regular", "marginal_return"] < plan.loc["vip", "marginal_return"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ServiceTier("x", 0, 1.0, 0.5, 1.0), "above 0"),
        (lambda: ServiceTier("x", 1, 1.0, 1.5, 1.0), "between 0 and 1"),
        (lambda: service_plan(TIERS, -1.0), "0 or more"),
        (lambda: service_plan(TIERS, 1.0, [1.0]), "each of the 3 tiers"),
        (lambda: best_split(TIERS, 0.0), "above 0"),
        (lambda: best_split([ServiceTier("x", 1, 0.0, 0.5, 1.0)], 5.0), "margin at stake"),
    ],
)
def test_bad_input_gets_a_clear_answer(call, says):
    with pytest.raises(DataError, match=says):
        call()
