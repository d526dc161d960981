"""Tickets, surveys and store feedback: what is planted comes out, and the naive reading is as wrong as it should be."""

import io

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline

from crmlab.schema.retail import COLUMNS, TRUTH_COLUMNS
from crmlab.simulate import feedback, surveys, tickets
from crmlab.simulate.interactions import interaction_effects, simulate_interactions_block
from crmlab.simulate.shop import settings as s
from crmlab.simulate.shop.block import simulate_trade_block
from crmlab.simulate.shop.company import stores

CLASS, CLASS_SEED = 4_000, 2025
SEEDS = range(24)


def simulate(n, seed, block=0):
    shop, latent = simulate_trade_block(block, n, seed)
    made = simulate_interactions_block(
        block, n, seed, shop["customers"], latent["customers"], shop["transactions"], stores(seed)
    )
    return *made, shop, latent["customers"]


@pytest.fixture(scope="module")
def class_set():
    return simulate(CLASS, CLASS_SEED)


@pytest.fixture(scope="module")
def large():
    return simulate(10_000, 7)


def change(responses):
    """Naive mean before and after, and the within-customer estimate with its standard error."""
    d = responses.assign(
        score=responses["score"].astype(float),
        after=(responses["date"] >= s.START + pd.Timedelta(days=feedback.START)).astype(float),
        tablet=(responses["mode"] == "tablet").astype(float),
    )
    naive = d.groupby("after")["score"].mean()
    columns = ["score", "after", "tablet"]
    w = d[columns] - d.groupby("customer_id")[columns].transform("mean")
    x, y = w[["after", "tablet"]].to_numpy(), w["score"].to_numpy()
    estimate = np.linalg.lstsq(x, y, rcond=None)[0]
    residual = y - x @ estimate
    variance = residual @ residual / (len(y) - d["customer_id"].nunique() - 2)
    return naive[0.0], naive[1.0], estimate[0], np.sqrt(variance * np.linalg.inv(x.T @ x)[0, 0])


# ------------------------------------------------------------------ the tables


def test_tables_are_described_complete_and_small(class_set):
    tables, truth, *_ = class_set
    for contracts, made in ((COLUMNS, tables), (TRUTH_COLUMNS, truth)):
        for name, table in made.items():
            assert list(table) == list(contracts[name]), name
            for column, (kind, missing, _) in contracts[name].items():
                assert missing or table[column].notna().all(), (name, column)
                assert kind != "key" or table[column].is_unique, (name, column)
    every = [*tables.values(), *truth.values()]
    assert sum(len(table.to_csv(index=False).encode()) for table in every) < 1_300_000
    assert 4_500 < len(tables["store_feedback"]) < 5_600


def test_tables_survive_a_file(class_set):
    tables, truth, *_ = class_set
    for name, table in [*tables.items(), *truth.items()]:
        again = pd.read_csv(io.StringIO(table.to_csv(index=False)))
        for column in table.select_dtypes("number"):
            assert again[column].equals(table[column]), (name, column)


def test_visible_tables_hold_nothing_latent(class_set):
    tables, truth, *_ = class_set
    visible = {c for table in tables.values() for c in table}
    latent = {c for table in truth.values() for c in table} - {"ticket_id", "survey_id", "customer_id"}
    assert not visible & latent


def test_same_seed_same_rows_and_blocks_are_apart():
    one, two = simulate(500, 3), simulate(500, 3)
    assert all(one[0][name].equals(two[0][name]) for name in one[0])
    other = simulate(500, 3, block=1)
    for name, key in (("tickets", "ticket_id"), ("surveys", "survey_id"), ("store_feedback", "feedback_id")):
        assert not set(one[0][name][key]) & set(other[0][name][key])
        assert (
            not one[0][name]
            .drop(columns=[key, "customer_id"])
            .equals(other[0][name].drop(columns=[key, "customer_id"]))
        )


def test_nothing_happens_outside_the_window_or_before_the_first_order(large):
    tables, _, shop, _ = large
    joined = shop["customers"].set_index("customer_id")["signup_date"]
    for name, column in (("tickets", "opened"), ("surveys", "date"), ("store_feedback", "date")):
        table = tables[name]
        assert table[column].between(s.START, s.END, inclusive="left").all(), name
        assert (table[column] >= table["customer_id"].map(joined)).all(), name
    opened = tables["store_feedback"]["store_id"].map(stores(7).set_index("store_id")["opened"])
    assert (tables["store_feedback"]["date"] >= opened).all()


def test_wrong_number_of_rows_is_refused():
    shop, latent = simulate_trade_block(0, 50, 1)
    with pytest.raises(ValueError, match="50 latent rows, not 60"):
        simulate_interactions_block(0, 60, 1, shop["customers"], latent["customers"], shop["transactions"], stores(1))


# ------------------------------------------------------------------ tickets


def fictitious(n, amount, opened="2022-01-03"):
    """Customers with one transaction each in the middle of the window, and one store that opened long before."""
    ids = pd.Series([f"C{i:07d}" for i in range(n)])
    customers = pd.DataFrame({"customer_id": ids, "region": "North", "language": "en", "home_store": "S01"})
    orders = pd.DataFrame({"customer_id": ids, "date": pd.Timestamp("2024-03-04"), "amount": amount})
    shops = pd.DataFrame({"store_id": ["S01"], "region": ["North"], "opened": [pd.Timestamp(opened)]})
    return customers, pd.DataFrame({"satisfaction": np.zeros(n)}), orders, shops


def test_tickets_are_more_likely_after_returns():
    n = 20_000
    counts = [
        len(simulate_interactions_block(0, n, seed, *fictitious(n, amount))[0]["tickets"])
        for seed, amount in ((1, 20.0), (2, -20.0))
    ]
    ratio = np.log(counts[1] / counts[0])
    error = np.sqrt(1 / counts[0] + 1 / counts[1])  # of a log ratio of two counts
    # chances are cut at 1, which takes a little from the customers of the highest propensity
    assert abs(ratio - np.log(tickets.RETURN_FACTOR)) < 4 * error + 0.02


def test_some_customers_write_more_than_others(large):
    tables, truth, shop, latent = large
    count = tables["tickets"]["customer_id"].value_counts().reindex(latent["customer_id"], fill_value=0).to_numpy()
    orders = shop["transactions"].groupby("customer_id").size().reindex(latent["customer_id"]).to_numpy()
    propensity = truth["contacts"]["ticket_propensity"].to_numpy()
    high = propensity > np.median(propensity)
    rate = [count[group].sum() / orders[group].sum() for group in (high, ~high)]
    assert rate[0] > 2 * rate[1]
    assert propensity.mean() == pytest.approx(1, abs=4 * propensity.std() / 100)


def test_a_quarter_waits_longer_than_a_day():
    late = [(simulate(CLASS, seed)[0]["tickets"]["first_response_hours"] > 24).mean() for seed in range(6)]
    assert np.mean(late) == pytest.approx(0.25, abs=0.02)


def test_response_times_get_worse_when_a_store_opens(large):
    tables, truth, shop, _ = large
    answered = tables["tickets"].dropna(subset="first_response_hours")
    region = answered["customer_id"].map(shop["customers"].set_index("customer_id")["region"])
    new = np.zeros(len(answered))
    for store in stores(7).itertuples():
        age = (answered["opened"] - store.opened).dt.days
        new += ((region == store.region) & age.between(0, 55)).to_numpy()
    x = np.column_stack([new, pd.get_dummies(answered["channel"]).to_numpy(dtype=float)])
    y = np.log(answered["first_response_hours"].to_numpy())
    slope, *_ = np.linalg.lstsq(x, y, rcond=None)[0]
    error = 1.2 * np.sqrt(np.linalg.inv(x.T @ x)[0, 0])
    assert abs(slope - np.log(tickets.OPENING_SLOW)) < 4 * error
    assert slope > 4 * error
    both = tables["tickets"].merge(truth["tickets"], on="ticket_id").dropna()
    assert (both["first_response_hours"] >= both["first_response_hours_without_openings"]).all()


def test_what_is_not_yet_answered_is_missing(large):
    table = large[0]["tickets"]
    left = (s.END - table["opened"]) / pd.Timedelta(hours=1)
    assert (table["first_response_hours"].dropna() < left[table["first_response_hours"].notna()]).all()
    assert (table["resolution_hours"] > table["first_response_hours"])[table["resolution_hours"].notna()].all()
    open_ = table["resolution_hours"].isna()
    assert 0 < open_.mean() < 0.01
    assert (table["opened"][open_] > s.END - pd.Timedelta(days=60)).all()


# ------------------------------------------------------------------ surveys


def test_the_content_and_the_very_angry_answer_more(large):
    truth = large[1]["surveys"]
    edges = [-9, -2, -1.2, -0.8, 0, 1, 9]  # the least inclined are those of an experience of -1
    chance = truth.groupby(pd.cut(truth["experience"], edges))["answer_probability"].mean().tolist()
    assert chance[0] > chance[1] > chance[2] < chance[3] < chance[4] < chance[5]


def test_answers_are_those_of_the_truth_and_as_many_as_their_chances(large):
    tables, truth, *_ = large
    asked, answers = truth["surveys"].set_index("survey_id"), tables["surveys"].set_index("survey_id")
    assert tables["survey_invitations"]["survey_id"].tolist() == asked.index.tolist()
    assert (answers["csat"] == asked["csat_if_answered"].reindex(answers.index)).all()
    assert (answers["nps"] == asked["nps_if_answered"].reindex(answers.index)).all()
    chance = asked["answer_probability"]
    assert abs(len(answers) - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum())


def test_answers_flatter_the_company_and_weights_by_the_chance_mend_it():
    naive, weighted = [], []
    for seed in range(8):
        tables, truth, *_ = simulate(CLASS, seed)
        asked = truth["surveys"]
        true = asked["csat_if_answered"].mean()
        answered = asked["survey_id"].isin(tables["surveys"]["survey_id"])
        csat, weight = asked["csat_if_answered"][answered], 1 / asked["answer_probability"][answered]
        naive.append(csat.mean() - true)
        weighted.append(np.average(csat, weights=weight) - true)
    error = np.std(weighted, ddof=1) / np.sqrt(8)
    assert abs(np.mean(weighted)) < 4 * error
    assert np.mean(naive) > 0.08
    assert min(naive) > 0


def test_a_late_response_spoils_the_experience(large):
    _, truth, _, latent = large
    asked = truth["surveys"]
    # the simulator's own identity: what remains after the lasting satisfaction is the day's luck and the late response
    customers = large[0]["survey_invitations"]["customer_id"]
    lasting = 0.8 * customers.map(latent.set_index("customer_id")["satisfaction"]).to_numpy()
    rest = asked["experience"] - lasting
    late = asked["late_response"]
    error = 0.6 * np.sqrt(1 / late.sum() + 1 / (~late).sum())
    assert abs(rest[late].mean() - rest[~late].mean() - surveys.LATE_EFFECT) < 4 * error


def test_comments_are_in_the_language_of_the_answer(large):
    answers = large[0]["surveys"].dropna(subset="comment")
    assert (answers["comment"].str.contains(r"[一-鿿]") == (answers["language"] == "zh")).all()
    assert 0.5 < large[0]["surveys"]["comment"].notna().mean() < 0.8
    assert answers["comment"].nunique() > 0.8 * len(answers)
    assert 0.10 < (answers["language"] == "zh").mean() < 0.17


def test_a_small_classifier_reads_most_comments_and_never_all():
    found = []
    for seed in range(3):
        tables, truth, *_ = simulate(10_000, 100 + seed)
        both = tables["surveys"][["survey_id", "comment"]].dropna().merge(truth["surveys"], on="survey_id")
        blame = both["sentiment"] < 0
        cut = len(both) * 2 // 3
        model = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 3)), LogisticRegression(C=3))
        model.fit(both["comment"][:cut], blame[:cut])
        found.append(balanced_accuracy_score(blame[cut:], model.predict(both["comment"][cut:])))
    # one third of about 3,000 comments: a balanced accuracy has a standard error of about 0.012
    assert 0.80 < np.mean(found) < 0.92
    assert set(both["style"]) == {"plain", "mixed", "sarcastic", "vague"}


# ------------------------------------------------------------------ feedback in the stores


@pytest.fixture(scope="module")
def changes():
    return np.array([change(simulate(CLASS, seed)[0]["store_feedback"]) for seed in SEEDS])


def test_headline_75_to_85_on_the_class_set(class_set):
    before, after, *_ = change(class_set[0]["store_feedback"])
    assert before == pytest.approx(75, abs=1)
    assert after == pytest.approx(85, abs=1)


def test_headline_75_to_85_on_average(changes):
    error = changes[:, :2].std(axis=0, ddof=1) / np.sqrt(len(SEEDS))
    assert np.all(np.abs(changes[:, :2].mean(axis=0) - [75, 85]) < 4 * error)


def test_the_same_customers_asked_the_same_way_change_far_less(changes):
    naive, estimate, error = changes[:, 1] - changes[:, 0], changes[:, 2], changes[:, 3]
    covered = np.abs(estimate - feedback.EFFECT) < 1.96 * error
    # at a true coverage of 92 % (the cut at 100 costs a little) 17 or more of 24 are covered in 99.7 of 100 cases
    assert covered.sum() >= 17
    assert abs(estimate.mean() - feedback.EFFECT) < 4 * estimate.std(ddof=1) / np.sqrt(len(SEEDS)) + 0.1
    assert (naive > estimate + 10 * error).all()


def test_who_is_handed_a_tablet_is_more_content(large):
    tables, truth, _, latent = large
    responses = tables["store_feedback"]
    content = responses["customer_id"].map(latent.set_index("customer_id")["satisfaction"])
    by_mode = content.groupby(responses["mode"]).mean()
    assert by_mode["tablet"] > by_mode["mail"] + 0.5
    level = truth["contacts"]["usual_score"]
    assert level.mean() == pytest.approx(75, abs=1)


def test_effects_are_listed():
    effects = interaction_effects().set_index("name")["value"]
    assert effects["feedback_programme"] == feedback.EFFECT
    assert effects["opening_response_time"] == tickets.OPENING_SLOW
    assert interaction_effects().notna().all(axis=None)
