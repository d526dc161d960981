import time

import ipywidgets
import pandas as pd
import pytest

import crmlab
from crmlab import foundations, widgets
from crmlab.errors import DataError, UnknownNameError
from crmlab.widgets.explorer import explorer

TODAY = "2025-12-28"
POLICY = crmlab.TierPolicy("p", "revenue", {"regular": None, "silver": 100, "gold": 300, "vip": 800})
BENEFITS = {"silver": 1.0, "gold": 4.0, "vip": 12.0}


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail")


@pytest.fixture(scope="module")
def known(retail):
    return foundations.identify(retail.transactions, ["2024-12-28", "2025-03-31", "2025-06-30", "2025-09-30", TODAY])


@pytest.fixture(scope="module")
def monthly(retail):
    ends = [*pd.date_range("2024-12-31", "2025-11-30", freq="ME"), pd.Timestamp(TODAY)]
    return foundations.identify(retail.transactions, ends)


def parts(box):
    controls, image, sentence = box.children
    return controls.children, image, sentence


def seconds(control, values):
    """CPU time of the quickest redraw, so that a busy machine does not count."""
    spent = []
    for value in values:
        start = time.process_time()
        control.value = value
        spent.append(time.process_time() - start)
    return min(spent)


def test_quarter_and_hysteresis(retail, known):
    (quarter, slack), image, sentence = parts(widgets.loop_explorer(retail, known, POLICY, BENEFITS))
    assert [label for label, _ in quarter.options] == ["31 Mar 2025", "30 Jun 2025", "30 Sep 2025", "28 Dec 2025"]
    picture, words = bytes(image.value), sentence.value
    assert picture.startswith(b"\x89PNG")
    table = foundations.moves(foundations.classify(known, POLICY))
    assert f"{table['up'].iloc[1]:,} up, {table['down'].iloc[1]:,} down" in words
    quarter.value = 4
    assert image.value != picture
    # the second quarter's newcomers are not in the flow of the last one
    assert f"{table['up'].iloc[4]:,} up, {table['down'].iloc[4]:,} down" in sentence.value
    assert f"{table['new'].iloc[4]:,} customers are new" in sentence.value
    slack.value = 0.2
    kept = foundations.moves(foundations.classify(known, POLICY.replace(hysteresis=0.2)))
    assert f"{kept['up'].iloc[4]:,} up, {kept['down'].iloc[4]:,} down" in sentence.value
    assert f"{kept['kept'].iloc[4]:,} hold a tier by hysteresis" in sentence.value


def test_the_table_below_is_the_quarter(retail, known):
    (quarter, _), _, sentence = parts(widgets.loop_explorer(retail, known, POLICY, BENEFITS))
    quarter.value = 3
    costs = foundations.maintain(retail, foundations.classify(known, POLICY), BENEFITS)
    vip = costs[(costs["period"] == "2025-09-30") & (costs["tier"] == "vip")].iloc[0]
    for value in (vip["customers"], vip["profit"], vip["cost_to_serve"]):
        assert f"<td>{value:,.0f}</td>" in sentence.value


def test_rhythm_follows_the_slider_and_the_group(retail, monthly):
    some = retail.customers["customer_id"].head(300)
    (slack, who), image, sentence = parts(widgets.rhythm_explorer(monthly, POLICY, {"first 300": some}))
    picture = image.value
    slack.value = 0.3
    row = foundations.rhythms(monthly, POLICY.replace(hysteresis=0.3)).loc[1]
    assert f"every 1 months: {row['up']:.0f} moves up, {row['down']:.0f} down" in sentence.value
    assert image.value != picture
    who.value = "first 300"
    row = foundations.rhythms(monthly[monthly["customer_id"].isin(some)], POLICY.replace(hysteresis=0.3)).loc[12]
    assert f"every 12 months: {row['up']:.0f} moves up, {row['down']:.0f} down" in sentence.value


def test_cards_go_from_the_highest_revenue_to_the_lowest(retail):
    (which, place), image, sentence = parts(widgets.card_explorer(retail, TODAY))
    view = foundations.customers_360(retail, TODAY)
    best = view.sort_values("revenue", ascending=False)["customer_id"].iloc[0]
    assert best in sentence.value
    picture = image.value
    which.value = "lapsed"
    stages = foundations.lifecycle_stages(retail.transactions, TODAY).set_index("customer_id")["stage"]
    place.value = 100
    lapsed = view[view["customer_id"].map(stages) == "lapsed"].sort_values(
        ["revenue", "customer_id"], ascending=[True, False]
    )
    assert f"{lapsed['customer_id'].iloc[0]}, lapsed" in sentence.value
    assert image.value != picture


def test_a_policy_with_a_band_of_its_own_starts_there(retail, known):
    (_, slack), _, sentence = parts(widgets.loop_explorer(retail, known, POLICY.replace(hysteresis=0.15), BENEFITS))
    assert slack.value == 0.15
    assert "0 hold a tier by hysteresis" not in sentence.value


@pytest.fixture
def limit():
    """A fifth of a second; on a busy machine, in which an empty picture is slow too, four empty pictures."""
    slider = ipywidgets.IntSlider(0, 0, 9)
    explorer([slider], lambda ax: ax.set_title("nothing").get_text())
    return max(0.2, 4 * seconds(slider, [1, 2, 3, 4, 5]))


def test_answers_come_within_a_fifth_of_a_second(retail, known, monthly, limit):
    (quarter, slack), *_ = parts(widgets.loop_explorer(retail, known, POLICY, BENEFITS))
    assert seconds(quarter, [2, 3, 4, 1, 2]) < limit
    assert seconds(slack, [0.1, 0.2, 0.3, 0.0, 0.4]) < limit
    (slack, who), *_ = parts(widgets.rhythm_explorer(monthly, POLICY, {"some": retail.customers["customer_id"][:99]}))
    assert seconds(slack, [0.1, 0.2, 0.3, 0.0, 0.4]) < limit
    assert seconds(who, ["some", "all customers", "some", "all customers"]) < limit
    (which, place), *_ = parts(widgets.card_explorer(retail, TODAY))
    assert seconds(which, ["regular", "lapsed", "won back"]) < limit
    assert seconds(place, [10, 50, 90]) < limit


def test_explorers_say_what_is_wrong(retail, known, monthly):
    with pytest.raises(UnknownNameError, match="Did you mean 'gold'"):
        widgets.loop_explorer(retail, known, POLICY, {"glod": 1.0})
    with pytest.raises(DataError, match="between two reviews"):
        widgets.loop_explorer(retail, known[known["review"] == TODAY], POLICY, BENEFITS)
    with pytest.raises(DataError, match="nobody of 'strangers' is in known"):
        widgets.rhythm_explorer(monthly, POLICY, {"strangers": pd.Series(["X"])})
