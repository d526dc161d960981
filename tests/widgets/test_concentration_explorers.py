import re
import time

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab import widgets
from crmlab.errors import DataError
from crmlab.foundations import ServiceTier, best_split, customer_profit, group_again, service_plan

TIERS = [
    ServiceTier("gold", 45, 589.0, 0.25, 10.0),
    ServiceTier("silver", 135, 160.0, 0.25, 10.0),
    ServiceTier("regular", 721, 12.0, 0.25, 10.0),
]


@pytest.fixture(scope="module")
def profits():
    return customer_profit(crmlab.load("retail"), "2025-01-01", "2025-12-31")


@pytest.fixture(scope="module")
def months():
    orders = crmlab.load("retail").transactions
    orders = orders[orders["returns"].isna()].assign(month=lambda t: t["date"].dt.to_period("M"))
    sales = orders.pivot_table(index="customer_id", columns="month", values="amount", aggfunc="sum").fillna(0)
    return sales.loc[:, "2024-01":"2024-12"], sales.loc[:, "2025-01":"2025-12"].sum(axis=1).rename("2025")


def parts(box):
    controls, image, sentence = box.children
    return controls.children, image, sentence


def money(words, after):
    return float(re.search(re.escape(after) + r" (-?[\d,]+)", words).group(1).replace(",", ""))


def test_dearer_returns_make_more_losses(profits):
    (returns,), image, sentence = parts(widgets.whale_explorer(profits, {"cost_of_returns": 14.0}))
    picture = bytes(image.value)
    assert picture.startswith(b"\x89PNG")
    assert f"{(profits['profit'] < 0).sum():,} customers make a loss" in sentence.value
    returns.value = 28.0
    assert image.value != picture
    dearer = profits["profit"] - profits["cost_of_returns"]
    assert f"{(dearer < 0).sum():,} customers make a loss" in sentence.value
    assert money(sentence.value, "Profit is") == pytest.approx(dearer.sum(), abs=1)


def test_costs_at_which_nothing_is_earned_keep_the_picture(profits):
    (orders,), image, sentence = parts(widgets.whale_explorer(profits, {"cost_of_orders": 6.5}))
    picture = image.value
    orders.value = orders.max
    assert image.value == picture and "Not possible" in sentence.value
    orders.value = 6.5
    assert "Not possible" not in sentence.value


def test_a_shorter_window_ranks_by_more_luck(months):
    monthly, after = months
    (length, best), image, sentence = parts(widgets.window_explorer(monthly, after))
    year = sentence.value
    length.value = 3
    assert sentence.value != year and bytes(image.value).startswith(b"\x89PNG")
    found = group_again(monthly.iloc[:, -3:].sum(axis=1), after)
    assert f"brought {found['share_before']:.0%} of sales" in sentence.value
    assert f"{found['again']:.0%} of them are among the best again" in sentence.value
    length.value, best.value = 1, 0.50
    assert "Not possible" in sentence.value and "longer period" in sentence.value


def test_the_budget_moves_between_tiers():
    (budget, gold, silver), _, sentence = parts(widgets.service_explorer(TIERS, 6_000.0))
    equal = service_plan(TIERS, 6_000.0)
    assert money(sentence.value, "Profit after service:") == pytest.approx(equal["profit"].sum(), abs=1)
    gold.value, silver.value = 0.40, 0.40
    plan = service_plan(TIERS, 6_000.0, [0.4, 0.4, 0.2])
    assert money(sentence.value, "Profit after service:") == pytest.approx(plan["profit"].sum(), abs=1)
    assert f"{plan.loc['regular', 'satisfaction']:.0%} in regular" in sentence.value
    best = service_plan(TIERS, 6_000.0, best_split(TIERS, 6_000.0))
    assert plan["profit"].sum() < best["profit"].sum()
    budget.value = 9_000
    plan = service_plan(TIERS, 9_000.0, [0.4, 0.4, 0.2])
    assert money(sentence.value, "Profit after service:") == pytest.approx(plan["profit"].sum(), abs=1)


def test_more_than_the_whole_budget_is_refused():
    (_, gold, silver), image, sentence = parts(widgets.service_explorer(TIERS, 6_000.0))
    gold.value = 0.7
    picture = image.value
    silver.value = 0.5
    assert image.value == picture and "add up to 120.0%" in sentence.value


def test_explorers_answer_quickly(profits, months):
    costs = {"cost_of_orders": 6.5, "cost_of_returns": 14.0}
    for box, move in (
        (widgets.whale_explorer(profits, costs), lambda c, i: setattr(c[1], "value", 5.0 + i)),
        (widgets.window_explorer(*months), lambda c, i: setattr(c[0], "value", 4 + i)),
        (widgets.service_explorer(TIERS, 6_000.0), lambda c, i: setattr(c[1], "value", 0.2 + 0.05 * i)),
    ):
        controls, times = box.children[0].children, []
        for i in range(5):
            begin = time.process_time()
            move(controls, i)
            times.append(time.process_time() - begin)
        assert np.median(times) < 0.2, times


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: widgets.whale_explorer(pd.DataFrame({"profit": [1.0]}), {"cost_of_x": 1.0}), "cost column"),
        (lambda: widgets.window_explorer(pd.DataFrame({"May": [1.0]}), pd.Series([1.0])), "two months"),
        (lambda: widgets.service_explorer(TIERS[:1], 5.0), "at least two tiers"),
        (lambda: widgets.service_explorer(TIERS, 0.0), "budget above 0"),
    ],
)
def test_bad_input_gets_a_clear_answer(call, says):
    with pytest.raises(DataError, match=says):
        call()
