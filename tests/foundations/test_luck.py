import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab.errors import DataError
from crmlab.foundations import expected_spend, group_again, redraw_spend, top_share

YEAR = 52.32  # weeks of mean season in 2024, which has a good autumn and 366 days


def planted(**change):
    """Three customers: steady, one who leaves after each order, one who has left."""
    frame = pd.DataFrame(
        {
            "customer_id": ["A", "B", "C"],
            "purchase_rate": [0.1, 0.5, 0.5],
            "dropout_probability": [0.0, 1.0, 0.2],
            "mean_order_value": [20.0, 10.0, 10.0],
            "last_active": pd.to_datetime([None, None, "2024-03-01"]),
        }
    )
    return frame.assign(**change)


def test_expected_spend_by_hand():
    expected = expected_spend(planted(), "2025-01-01", weeks=10)
    # A orders once in 10 weeks; B at most once, with probability 1 - exp(-5); C has left
    assert expected.to_dict() == pytest.approx({"A": 20.0, "B": 10 * (1 - np.exp(-5)), "C": 0.0})
    assert expected_spend(planted(), "2024-01-01", weeks=10)["C"] == pytest.approx(10 * (1 - np.exp(-1)) / 0.2)


def test_the_mean_of_many_draws_is_the_expectation():
    many = planted().loc[np.repeat([0, 1, 2], 4_000)].reset_index(drop=True)
    for leaving, probability in ((True, many["dropout_probability"]), (False, 0.0)):
        drawn = redraw_spend(many, "2024-01-01", 10, draws=5, seed=3, leaving=leaving).mean(axis=1)
        expected = expected_spend(many.assign(dropout_probability=probability), "2024-01-01", 10)
        ratio = drawn.groupby(level=0).mean() / expected.groupby(level=0).mean()
        assert ratio.to_numpy() == pytest.approx([1, 1, 1], abs=0.03)


def test_whoever_has_left_stays_away():
    assert redraw_spend(planted(), "2025-01-01", draws=20, seed=1).loc["C"].eq(0).all()


def test_one_seed_is_one_draw_and_nothing_is_changed():
    truth = planted()
    first, second = (redraw_spend(truth, "2024-01-01", draws=3, seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(redraw_spend(truth, "2024-01-01", draws=3, seed=8))
    pd.testing.assert_frame_equal(truth, planted())


@pytest.fixture(scope="module")
def cohorts():
    """Customers of five shops who joined in 2023: truth, and the value of their orders of 2024 that nothing caused."""
    found = []
    for seed in range(11, 16):
        data = crmlab.load("retail", size=2_000, seed=seed, truth=True)
        joined = data.customers.loc[data.customers["signup_date"] < "2024-01-01", "customer_id"]
        truth = data.truth.customers.set_index("customer_id", drop=False).loc[joined]
        orders = data.transactions[data.transactions["returns"].isna()]
        orders = orders[~orders["order_id"].isin(data.truth.orders["order_id"]) & (orders["date"].dt.year == 2024)]
        found.append((truth, orders.groupby("customer_id")["amount"].sum().reindex(joined).fillna(0)))
    return found


def test_the_year_as_it_happened_is_one_of_the_draws(cohorts):
    """Total, concentration and expected order agree with what the simulator made, draw after draw of the company."""
    distance = []
    for truth, happened in cohorts:
        drawn = redraw_spend(truth, "2024-01-01", YEAR, draws=60, seed=5)
        for measure in (pd.Series.sum, top_share, lambda v: v.gt(0).mean()):
            values = drawn.apply(measure)
            distance.append((measure(happened) - values.mean()) / values.std())
    z = np.reshape(distance, (5, 3))
    assert np.abs(z).max() < 3.5
    assert np.abs(z.mean(axis=0)).max() < 3.5 / np.sqrt(5)


def test_the_best_of_a_year_are_partly_lucky(cohorts):
    for truth, happened in cohorts:
        drawn = redraw_spend(truth, "2024-01-01", YEAR, draws=20, seed=6)
        again = pd.DataFrame([group_again(happened, drawn[d]) for d in drawn]).mean()
        expected = expected_spend(truth, "2024-01-01", YEAR)
        best = happened >= np.sort(happened)[-round(0.2 * len(happened))]
        assert 0.55 < again["again"] < 0.80
        assert again["share_after"] == pytest.approx(expected[best].sum() / expected.sum(), abs=0.03)
        assert again["share_after"] < again["share_before"] - 0.05


def test_concentration_shrinks_with_the_window_to_what_is_planted(cohorts):
    truth = pd.concat([t for t, _ in cohorts])
    shares = [
        redraw_spend(truth, "2023-01-01", weeks, seed=9, leaving=False).apply(top_share).mean()
        for weeks in (13, 52, 208, 2_080)
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == pytest.approx(top_share(truth["purchase_rate"] * truth["mean_order_value"]), abs=0.01)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: redraw_spend(planted(), "2025-01-01", draws=0), "at least 1"),
        (lambda: redraw_spend(planted(), "2025-01-01", weeks=-1), "length above 0"),
        (lambda: expected_spend(planted().drop(columns="purchase_rate"), "2025-01-01"), "no column 'purchase_rate'"),
        (
            lambda: expected_spend(planted(mean_order_value=[1.0, np.nan, 1.0]), "2025-01-01"),
            "'mean_order_value': 1 of 3 values are missing",
        ),
    ],
)
def test_bad_input_gets_a_clear_answer(call, says):
    with pytest.raises(DataError, match=says):
        call()
