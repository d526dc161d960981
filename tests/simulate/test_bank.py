"""The bank holds what it promises: contracts follow the sBG, tiers the rule, and the headline exceeds the effect."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

from crmlab.simulate import streams
from crmlab.simulate.bank import COLUMNS, TRUTH_COLUMNS, corporate, settings, simulate_bank, simulate_bank_block

CLASS = 3_000
SEEDS = 150  # a share of 0.90 then has a standard error of 2.45 points; 0.84 to 0.96 is two and a half of them
COVERS = (0.84, 0.96)
BEFORE, AFTER = "2024-06", "2025-12"
NEVER = 10**6


def months(dates):
    return ((dates.dt.year - 2017) * 12 + dates.dt.month - 1).fillna(NEVER).to_numpy().astype(np.int64)


@pytest.fixture(scope="module")
def bank():
    return simulate_bank(CLASS, 2025)


@pytest.fixture(scope="module")
def large():
    return simulate_bank(20_000, 3)


# ---------------------------------------------------------------- shape, seeds, blocks


def test_every_column_is_described(bank):
    for tables, described in zip(bank, (COLUMNS, TRUTH_COLUMNS), strict=True):
        assert {name: list(table.columns) for name, table in tables.items()} == {
            name: list(columns) for name, columns in described.items()
        }
        for name, table in tables.items():
            for column, (kind, missing, _) in described[name].items():
                values = table[column]
                assert missing or values.notna().all(), (name, column)
                assert kind != "key" or values.is_unique, (name, column)
                assert kind != "share" or values.between(0, 1).all(), (name, column)
                assert kind not in ("count", "duration", "money") or (values >= 0).all(), (name, column)
                at_rest = {"date": "datetime64[us]", "count": "Int64" if missing else "int64"}
                at_rest |= dict.fromkeys(["key", "id", "text"], "str")
                assert values.dtype == at_rest.get(kind, "float64"), (name, column)


def test_the_same_seed_gives_the_same_bytes_and_csv_gives_them_back(bank):
    again = simulate_bank(CLASS, 2025)
    for tables, same in zip(bank, again, strict=True):
        for name, table in tables.items():
            pd.testing.assert_frame_equal(table, same[name])
            text = table.to_csv(index=False, date_format="%Y-%m-%d")
            back = pd.read_csv(pd.io.common.StringIO(text), dtype=table.dtypes[table.dtypes == "str"].to_dict(),
                               keep_default_na=True)  # fmt: skip
            for column in table.columns[table.dtypes == "float64"]:
                assert (back[column] == table[column]).all(), (name, column)
    other, _ = simulate_bank(CLASS, 2026)
    assert not other["balances"].equals(bank[0]["balances"])


def test_class_size_is_small(bank):
    size = sum(len(t.to_csv(index=False, date_format="%Y-%m-%d").encode()) for tables in bank for t in tables.values())
    assert size < 3_000_000


def test_blocks_stand_alone_and_join_to_the_whole():
    n = streams.BLOCK + 300
    whole = simulate_bank(n, 5)
    second = simulate_bank_block(1, 300, 5)
    for tables, part in zip(whole, second, strict=True):
        for name, table in part.items():
            tail = tables[name].tail(len(table)).reset_index(drop=True)
            pd.testing.assert_frame_equal(tail, table)
    for table, key in (("customers", "customer_id"), ("branches", "branch_id"), ("managers", "manager_id"),
                       ("clients", "client_id"), ("facilities", "facility_id")):  # fmt: skip
        assert whole[0][table][key].is_unique


@pytest.mark.parametrize("n", [1, 2, 30])
def test_small_banks_are_whole(n):
    tables, truth = simulate_bank(n, 11)
    assert len(tables["customers"]) == len(tables["contracts"]) == len(truth["customers"]) == n
    assert len(tables["clients"]) == -(-n // 20)
    for name in ("products", "balances", "credit", "visits", "complaints", "surveys"):
        assert set(tables[name]["customer_id"]) <= set(tables["customers"]["customer_id"])


def test_monthly_statements_hold_the_quarterly_ones():
    quarterly, monthly = (simulate_bank(300, 4, monthly=m)[0] for m in (False, True))
    keys = ["customer_id", "month"]
    both = quarterly["balances"].merge(monthly["balances"], on=keys, suffixes=("", "_m"))
    assert len(both) == len(quarterly["balances"]) < len(monthly["balances"])
    for column in ("deposits", "funds", "loans", "insurance"):
        assert (both[column] == both[f"{column}_m"]).all()
    for column in quarterly.keys() - {"balances"}:
        pd.testing.assert_frame_equal(quarterly[column], monthly[column])
    assert monthly["balances"]["month"].nunique() == 36


# ---------------------------------------------------------------- tables agree with each other


def test_the_visible_rule_gives_the_visible_tier(bank):
    tables, _ = bank
    first = tables["balances"].sort_values("month").drop_duplicates("customer_id")
    first = first.assign(year=first["month"].dt.year).merge(tables["credit"], on=["customer_id", "year"])
    held = tables["products"].merge(first[["customer_id", "month"]], on="customer_id")
    held = held[(held["opened"] <= held["month"]) & ~(held["closed"] <= held["month"])]
    first["products"] = 1 + first["customer_id"].map(held["customer_id"].value_counts()).fillna(0)
    aum = first["deposits"] + first["funds"] + first["insurance"]
    tier = pd.Series("", index=first.index)
    for rule in tables["tier_rules"].itertuples():
        meets = (aum.round(2) >= rule.min_aum) & (first["products"] >= rule.min_products)
        meets &= first["credit_score"] >= rule.min_credit_score
        tier[meets & (first["months_past_due"] <= rule.max_months_past_due)] = rule.tier
    customers = tables["customers"].set_index("customer_id")["tier_at_start"].dropna()
    assert (customers[first["customer_id"]].to_numpy() == tier.to_numpy()).all() and len(customers) == len(first)
    assert customers.value_counts(normalize=True).between(0.02, 0.5).all()


def test_balances_belong_to_running_contracts_and_held_products(bank):
    tables, _ = bank
    rows = tables["balances"].merge(tables["contracts"], on="customer_id")
    assert (rows["started"] <= rows["month"]).all() and not (rows["ended"] <= rows["month"]).any()
    quarters = pd.Series(pd.date_range("2023-03-31", "2025-12-31", freq="QE").astype("datetime64[us]"), name="month")
    due = tables["contracts"].merge(quarters, how="cross")
    assert len(rows) == ((due["started"] <= due["month"]) & ~(due["ended"] <= due["month"])).sum()
    for column, product in (("funds", "funds"), ("loans", "loan"), ("insurance", "insurance")):
        held = rows.merge(tables["products"][tables["products"]["product"] == product], on="customer_id")
        held = held[(held["opened"] <= held["month"]) & ~(held["closed"] <= held["month"])]
        assert not held.duplicated(["customer_id", "month"]).any()
        assert len(held) == (rows[column] > 0).sum()
    where = tables["customers"].merge(tables["branches"], on="branch_id", suffixes=("", "_branch"))
    assert (where["region"] == where["region_branch"]).all()
    looked_after = where.dropna(subset=["relationship_manager_id"])
    assert (looked_after["relationship_manager_id"] == looked_after["manager_id"]).all()
    assert 0.05 < len(looked_after) / len(where) < 0.25


def test_money_is_concentrated_and_some_small_customers_grow_large(large):
    tables, truth = large
    rows = tables["balances"].assign(aum=lambda b: b["deposits"] + b["funds"] + b["insurance"])
    ends = rows.pivot(index="customer_id", columns="month", values="aum").iloc[:, [0, -1]]
    last = ends.iloc[:, 1].dropna().sort_values(ascending=False)
    assert 0.70 < last.head(len(last) // 5).sum() / last.sum() < 0.90
    stayed = ends.dropna()
    assert 0.85 < np.log(stayed).corr().iloc[0, 1] < 0.99
    starter = truth["customers"].set_index("customer_id")["segment"].loc[stayed.index] == "starters"
    tripled = stayed.iloc[:, 1] > 3 * stayed.iloc[:, 0]
    assert tripled[starter].mean() > 0.3 > 10 * tripled[~starter].mean()
    # nothing visible gives the segment away: the age of starters overlaps with that of the others
    born = tables["customers"].set_index("customer_id")["birth_year"].loc[stayed.index]
    assert 0.6 < stats.mannwhitneyu(born[starter], born[~starter]).statistic / (starter.sum() * (~starter).sum()) < 0.9


def test_visits_keep_to_capacity_and_go_to_the_top(bank):
    tables, _ = bank
    visits = tables["visits"].merge(tables["customers"], on="customer_id").merge(tables["contracts"], on="customer_id")
    per_desk = visits.groupby(["manager_id", visits["date"].dt.to_period("Q")]).size()
    assert per_desk.max() <= tables["managers"]["visits_per_quarter"].max()
    assert (per_desk == 30).mean() > 0.1  # capacity binds somewhere
    assert visits["tier_at_start"].isin(["important", "high-end"]).mean() > 0.85
    assert (visits["manager_id"] == visits["relationship_manager_id"]).all()
    assert (visits["started"] <= visits["date"]).all() and not (visits["ended"] <= visits["date"]).any()


# ---------------------------------------------------------------- attrition


def test_churn_is_beta_in_every_plan_and_every_segment(large):
    """24 tests of distribution: a p-value below 0.0005 would come up in one of 80 seeds, and the seed is fixed."""
    tables, truth = large
    people = truth["customers"].merge(tables["contracts"], on="customer_id")
    for plan in settings.PLANS:
        mine = people[people["plan"] == plan.name]
        law = stats.beta(plan.alpha, plan.beta)
        for _, group in [("all", mine), *mine.groupby("segment")]:
            assert stats.kstest(group["churn_probability"], law.cdf).pvalue > 5e-4


def lives(tables, plan, until):
    """Renewals survived and whether the last one was the end, as seen at the beginning of month ``until``."""
    rows = tables["contracts"].query("plan == @plan.name")
    started, ended = months(rows["started"]), months(rows["ended"])
    rows, started, ended = rows[started < until], started[started < until], ended[started < until]
    seen = ended < until
    renewals = (np.where(seen, ended, until - 1) - started) // plan.months
    return renewals, seen


def log_likelihood(log_parameters, renewals, seen, count=1):
    """Fader and Hardie (2007): P(T = t) = B(a + 1, b + t - 1) / B(a, b), S(t) = B(a, b + t) / B(a, b)."""
    a, b = np.exp(log_parameters)
    each = np.where(seen, special.betaln(a + 1, b + renewals - 1), special.betaln(a, b + renewals))
    return (count * (each - special.betaln(a, b))).sum()


def survival(log_parameters, t):
    a, b = np.exp(log_parameters)
    return np.exp(special.betaln(a, b + t) - special.betaln(a, b))


def slope(function, at, step=1e-4):
    return np.array([(function(at + h) - function(at - h)) / (2 * step) for h in step * np.eye(len(at))])


def fit(renewals, seen):
    """Maximum likelihood: estimates of the logarithms of alpha and beta, and their covariance."""
    table, count = np.unique(np.column_stack([renewals, seen]), axis=0, return_counts=True)

    def loss(p):
        return -log_likelihood(p, table[:, 0], table[:, 1] == 1, count)

    found = optimize.minimize(loss, [0.0, 1.5], method="BFGS", options={"gtol": 1e-3})
    hessian = np.array([slope(lambda p, i=i: slope(loss, p)[i], found.x) for i in range(2)])
    return found.x, np.linalg.inv(hessian)


def test_the_likelihood_counted_is_the_likelihood_of_the_paper():
    renewals, seen = np.array([1, 2, 2, 5]), np.array([True, False, True, False])
    table = np.log([0.9, 5.1])
    a, b = 0.9, 5.1
    by_hand = np.log(a / (a + b)) + 2 * np.log(b / (a + b)) + np.log((b + 1) / (a + b + 1)) + np.log(a / (a + b + 1))
    by_hand += np.log(np.prod([(b + k) / (a + b + k) for k in range(5)]))
    assert log_likelihood(table, renewals, seen) == pytest.approx(by_hand)


def test_renewals_follow_the_planted_survival_before_the_roll_out(large):
    """Customers who leave at each renewal, of those who reach it, are binomial: 45 deviations in standard errors."""
    tables, _ = large
    off = []
    for plan in settings.PLANS:
        renewals, seen = lives(tables, plan, settings.ROLLOUT[0])
        for t in range(1, 8 if plan.months == 12 else 25):
            reached = (renewals >= t).sum()
            expected = plan.alpha / (plan.alpha + plan.beta + t - 1)
            left = (seen & (renewals == t)).sum()
            off.append((left - reached * expected) / np.sqrt(reached * expected * (1 - expected)))
    off = np.array(off)
    assert stats.kstest(off, "norm").pvalue > 0.01
    assert 0.001 < stats.chi2.cdf((off**2).sum(), len(off)) < 0.999


# ---------------------------------------------------------------- the CRM roll-out, over many seeds


def panel_difference(tables, truth):
    """Change of the same customers between the waves, rolled-out branches minus the others; effect, error, truth."""
    rows = tables["surveys"].merge(tables["customers"][["customer_id", "branch_id"]], on="customer_id")
    rows = rows.merge(tables["branches"][["branch_id", "crm_rollout"]], on="branch_id")
    rows = rows.assign(live=rows["crm_rollout"].notna(), y=rows["satisfaction"].astype("float64"))
    wide = rows[rows["wave"].isin([BEFORE, AFTER])].pivot(index=["customer_id", "live"], columns="wave", values="y")
    change = (wide[AFTER] - wide[BEFORE]).dropna()
    live = change.index.get_level_values("live")
    one, other = change[live], change[~live]
    error = np.sqrt(one.var() / len(one) + other.var() / len(other))
    means = rows.groupby(["live", "wave"])["y"].mean()
    full = rows.merge(truth["satisfaction"], on=["customer_id", "wave"])
    treated = full[full["live"] & (full["wave"] == AFTER)]
    effect = (treated["satisfaction_with"] - treated["satisfaction_without"]).mean()
    level = full[full["live"] & (full["wave"] == BEFORE)]["satisfaction_without"].mean()
    answered = full.dropna(subset=["y"]).assign(w=lambda f: 1 / f["response_probability"])
    weighted = answered.groupby(["live", "wave"])[["y", "w"]].apply(lambda g: np.average(g["y"], weights=g["w"]))
    double = lambda m: (m[True, AFTER] - m[True, BEFORE]) - (m[False, AFTER] - m[False, BEFORE])  # noqa: E731
    return {
        "satisfaction": (one.mean() - other.mean(), error, effect),
        "naive": means[True, AFTER] / means[True, BEFORE] - 1,
        "true": effect / level,
        "cross_section": double(means) - effect,
        "weighted": double(weighted) - effect,
    }


def churn_ratio(tables):
    """Mantel-Haenszel risk ratio of leaving at yearly renewals since July 2024, live against not, with its log error.

    Strata are plan, number of the renewal and half-year, because the risk depends on the first two and the roll-out on
    the third. Variance: Greenland and Robins (1985).
    """
    rows = tables["contracts"].query("plan != 'flex'").merge(tables["customers"][["customer_id", "branch_id"]])
    rows = rows.merge(tables["branches"][["branch_id", "crm_rollout"]])
    started, ended, live = months(rows["started"]), months(rows["ended"]), months(rows["crm_rollout"])
    number = np.arange(1, 10)
    month = started[:, None] + 12 * number
    who, which = np.nonzero((month >= settings.ROLLOUT[0]) & (month < settings.END) & (month <= ended[:, None]))
    month = month[who, which]
    stratum = pd.factorize(rows["plan"])[0][who] * 1000 + which * 10 + (month - settings.ROLLOUT[0]) // 6
    _, stratum = np.unique(stratum, return_inverse=True)
    x, left = month >= live[who], month == ended[who]
    a, n1, b, n0 = (np.bincount(stratum, weights=w) for w in (x & left, x, ~x & left, ~x))
    n = n1 + n0
    top, bottom = (a * n0 / n).sum(), (b * n1 / n).sum()
    variance = ((a + b) * n1 * n0 / n**2 - a * b / n).sum() / (top * bottom)
    return np.log(top / bottom), np.sqrt(variance), np.log1p(settings.CHURN_EFFECT)


def opening_ratio(tables):
    """Openings per product not yet held and month: after over before, rolled-out branches over the others, as a log."""
    rows = tables["customers"][["customer_id", "branch_id"]].merge(tables["branches"][["branch_id", "crm_rollout"]])
    rows = rows.merge(tables["contracts"][["customer_id", "started", "ended"]])
    live, started, ended = rows["crm_rollout"].notna(), months(rows["started"])[:, None], months(rows["ended"])[:, None]
    opened = tables["products"].assign(m=months(tables["products"]["opened"]))
    opened = opened.pivot(index="customer_id", columns="product", values="m").reindex(rows["customer_id"])
    opened = opened.fillna(NEVER).to_numpy()

    def counts(begin, end, group):
        new = (opened >= begin) & (opened < end) & (opened > started)
        risk = np.clip(np.minimum(np.minimum(opened, ended), end) - np.maximum(started, begin), 0, None)
        return new[group].sum(), risk[group].sum()

    windows = (settings.ROLLOUT[1] + 1, settings.END), (settings.ROLLOUT[0] - 12, settings.ROLLOUT[0])
    (a, at), (b, bt), (c, ct), (d, dt) = (counts(*w, g) for w in windows for g in (live, ~live))
    return np.log(a / at / (b / bt) / (c / ct / (d / dt))), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d), np.log(1.2)


@pytest.fixture(scope="module")
def many():
    """Estimates on 150 banks of class size: value, standard error, truth."""
    basic, early, far = settings.PLANS[1], settings.FIRST, 9
    truth = np.log([basic.alpha, basic.beta])
    rows = []
    for seed in range(SEEDS):
        tables, planted = simulate_bank_block(0, CLASS, seed)
        row = panel_difference(tables, planted)
        row["churn"], row["products"] = churn_ratio(tables), opening_ratio(tables)
        renewals, seen = lives(tables, basic, settings.ROLLOUT[0])
        p, covariance = fit(renewals, seen)
        for name, of, at in (
            ("mean_churn", lambda p: np.exp(p[0]) / np.exp(p).sum(), settings.ROLLOUT[0]),
            ("survival", lambda p: survival(p, far), early),
        ):
            if at != settings.ROLLOUT[0]:  # project from January 2023: nobody had come to a sixth renewal
                renewals, seen = lives(tables, basic, at)
                p, covariance = fit(renewals, seen)
            g = slope(of, p)
            # where the likelihood is flat (alpha runs away) there is no interval: counted as not covering
            row[name] = (of(p), np.sqrt(max(g @ covariance @ g, 0.0)), of(truth))
        row["constant"] = (1 - seen.sum() / renewals.sum()) ** far
        rows.append(row)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("name", ["satisfaction", "churn", "products", "mean_churn", "survival"])
def test_the_right_estimator_recovers_what_was_planted(many, name):
    """Its 90 % interval covers at the nominal rate, and its mean is off by less than three standard errors."""
    value, error, truth = np.array(many[name].tolist()).T
    assert COVERS[0] <= (np.abs(value - truth) < 1.645 * error).mean() <= COVERS[1]
    assert abs((value - truth).mean()) < 3 * (value - truth).std() / np.sqrt(SEEDS)


def test_the_naive_survey_comparison_reproduces_the_headline_and_is_wrong(many):
    assert 0.13 < many["naive"].mean() < 0.17  # reported: +15 %
    assert 0.035 < many["true"].mean() < 0.05
    assert (many["naive"] > 2 * many["true"]).all()
    # a control group alone does not mend it: who answers changed in one group and not in the other
    assert many["cross_section"].mean() > 3
    # weighting by the inverse of the planted response probabilities does
    assert abs(many["weighted"].mean()) < 3 * many["weighted"].std() / np.sqrt(SEEDS)


def test_the_class_data_show_the_headline(bank):
    found = panel_difference(*bank)
    value, error, truth = found["satisfaction"]
    assert 0.13 < found["naive"] < 0.17 and found["true"] < 0.05
    assert abs(value - truth) < 1.645 * error


def test_constant_churn_underestimates_survivors(many):
    truth = many["survival"].iloc[0][2]
    assert (many["constant"] < truth).mean() > 0.95
    assert many["constant"].mean() < 0.9 * truth
    assert abs(np.mean([v for v, _, _ in many["survival"]]) - truth) < abs(many["constant"].mean() - truth) / 5


def test_both_worlds_differ_as_planted(large):
    """Where nothing was rolled out the visible life is the one without; the effects are those of the table."""
    tables, truth = large
    people = truth["customers"].merge(tables["contracts"]).merge(tables["customers"][["customer_id", "branch_id"]])
    people = people.merge(tables["branches"])
    live = people["crm_rollout"].notna()
    for name, group in (("ended_with", people[live]), ("ended_without", people[~live])):
        pd.testing.assert_series_equal(group["ended"], group[name], check_names=False)
    # nobody leaves sooner for the system, and nothing differs before it came
    with_, without = months(people["ended_with"]), months(people["ended_without"])
    assert (with_ >= without).all()
    differs = with_ > without
    assert differs.any() and (without >= months(people["crm_rollout"]))[differs & live].all()
    effects = truth["effects"].set_index("name")["value"]
    for column, name, spread in (("crm_satisfaction_effect", "crm_satisfaction", settings.SATISFACTION_EFFECT_SPREAD),
                                 ("crm_product_effect", "crm_products", settings.PRODUCT_EFFECT_SPREAD)):  # fmt: skip
        assert abs(people[column].mean() - effects[name]) < 4 * spread / np.sqrt(len(people))
    assert (truth["customers"]["products_with"] >= truth["customers"]["products_without"]).mean() > 0.99


def test_those_who_answer_are_not_those_who_were_asked(large):
    tables, truth = large
    rows = (
        tables["surveys"]
        .merge(truth["satisfaction"])
        .merge(truth["customers"][["customer_id", "standing_satisfaction"]])
    )
    answered = rows["satisfaction"].notna()
    # answers come with the planted probabilities
    p = rows["response_probability"]
    assert abs((answered - p).sum()) < 4 * np.sqrt((p * (1 - p)).sum())
    before = rows["wave"] == BEFORE
    standing = rows["standing_satisfaction"]
    assert standing[before & answered].mean() < standing[before].mean() - 0.1
    shown = rows["satisfaction"].dropna().astype(int)
    assert ((shown == rows["satisfaction_with"][answered]) | (shown == rows["satisfaction_without"][answered])).all()
    assert (rows["date"].notna() == answered).all() and (rows["nps"].notna() == answered).all()


# ---------------------------------------------------------------- the corporate book


def test_defaults_and_losses_are_those_of_the_ratings():
    """Three blocks: defaults per rating against expected ones (Poisson), losses against their means."""
    made = [simulate_bank_block(block, 10_000, 8) for block in range(3)]
    facilities = pd.concat([t["facilities"].merge(h["facilities"], on="facility_id") for t, h in made])
    defaults = pd.concat([t["defaults"] for t, _ in made]).merge(facilities, on="facility_id")
    assert (defaults["date"] >= defaults["start"]).all() and (defaults["date"] < defaults["maturity"]).all()
    assert np.allclose(defaults["recovered"] + defaults["loss"], defaults["exposure_at_default"], atol=0.005)
    # a client is at risk while it has a facility: count client-months, up to and with the month of default
    month = np.arange(settings.FIRST, settings.END)
    runs = (months(facilities["start"])[:, None] <= month) & (month < months(facilities["maturity"])[:, None])
    at_risk = pd.DataFrame(runs, index=facilities["client_id"]).groupby(level=0).any()
    when = defaults.drop_duplicates("client_id").set_index("client_id")["date"].reindex(at_risk.index)
    exposed = (at_risk.to_numpy() & (month <= months(when)[:, None])).sum(axis=1)
    rating = facilities.drop_duplicates("client_id").set_index("client_id")["rating"].reindex(at_risk.index)
    for name, p in zip(corporate.RATINGS, corporate.DEFAULT_PER_YEAR, strict=True):
        mine = (rating == name).to_numpy()
        expected = exposed[mine].sum() * (1 - (1 - p) ** (1 / 12))
        assert abs(when[mine].notna().sum() - expected) < 3.5 * np.sqrt(expected) + 0.5, name
    for kind, mean in zip(corporate.KINDS, corporate.LOSS_GIVEN_DEFAULT, strict=True):
        lost = defaults[defaults["kind"] == kind].eval("loss / exposure_at_default")
        assert len(lost) > 5 and abs(lost.mean() - mean) < 4 * np.sqrt(mean * (1 - mean) / 7 / len(lost)), kind


def test_relation_scores_can_be_checked_on_the_indicators(bank):
    tables, truth = bank
    right = corporate.scores_from_indicators(tables["relation_indicators"])
    reported = tables["relation_scores"][list(corporate.FUNCTIONS)]
    wrong = (reported != right).to_numpy()
    assert wrong.sum() == len(truth["relation_faults"]) and (reported >= right).all(axis=None)
    assert 0.05 < wrong.mean() <= corporate.OVERSTATED_SHARE + 0.01
    assert right.stack().between(0, 100).all()
    assert list(tables["relation_norm"]["function"]) == list(corporate.FUNCTIONS)
