import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.patches import PathPatch
from matplotlib.text import Text

import crmlab
from crmlab import foundations, plots
from crmlab.errors import DataError, UnknownNameError

TODAY = "2025-12-28"
LAYOUT = {
    "goods": ["order_lines", "categories"],
    "transactions": ["transactions", "programme", "points", "referrals"],
    "customers": ["customers", "stores"],
    "interaction": ["tickets", "survey_invitations", "surveys", "store_feedback"],
    "no common key": ["web_accounts", "till_cards", "call_contacts"],
}
TIERS = ["regular", "silver", "gold"]
LABELS = pd.DataFrame(
    {"Jan": ["regular", "regular", "silver", "gold"], "Feb": ["silver", "regular", "silver", "silver"],
     "Mar": ["gold", "regular", "regular", "silver"]},
    index=["C1", "C2", "C3", "C4"],
)  # fmt: skip


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail")


@pytest.fixture(scope="module")
def inputs(retail):
    policy = crmlab.TierPolicy("p", "revenue", {"regular": None, "silver": 100, "gold": 300, "vip": 800})
    ends = [*pd.date_range("2024-12-31", "2025-11-30", freq="ME"), pd.Timestamp(TODAY)]
    known = foundations.identify(retail.transactions, ends)
    quarters = known[known["review"].isin(ends[::3])]
    history = foundations.classify(quarters, policy)
    stages = foundations.lifecycle_stages(retail.transactions, TODAY)
    cohorts = foundations.cohort_conversion(retail.transactions, TODAY)["share_second"]
    tables, found = foundations.list_entities(retail), foundations.references(retail)
    return {
        "tier_flow": (foundations.labels_over_time(history), policy.names),
        "funnel": (foundations.relationship_funnel(retail, TODAY),),
        "entity_diagram": (tables, found, LAYOUT),
        "customer_timeline": (foundations.customer_events(retail, "C0000568", TODAY), "C0000568"),
        "stage_bars": (stages, stages["purchases"] > 1, "bought twice"),
        "cohort_lines": ({"until today": cohorts, "half": cohorts / 2}, "share with a second order", "Falls"),
        "rhythm_bars": (foundations.rhythms(known, policy),),
    }


@pytest.fixture(
    params=["tier_flow", "funnel", "entity_diagram", "customer_timeline", "stage_bars", "cohort_lines", "rhythm_bars"]
)
def draw(request, inputs):
    yield lambda **more: getattr(plots, request.param)(*inputs[request.param], **more)
    plt.close("all")


def test_every_figure_keeps_the_house_rules(draw, keep_house):
    keep_house(draw)


# --- what each figure says is true ----------------------------------------------------------------------------------


def test_flow_counts_moves_and_sizes():
    ax = plots.tier_flow(LABELS, TIERS)
    assert ax.get_title(loc="left") == "2 moves up and 2 down among 4 customers"
    assert "Jan to Feb: 1 up, 1 down; Feb to Mar: 1 up, 1 down" in plots.alt_text(ax)
    heights = [[bar.get_height() for bar in group] for group in ax.containers]
    assert heights == [[2, 1, 1], [1, 3, 0], [2, 1, 1]]
    assert len([p for p in ax.patches if isinstance(p, PathPatch)]) == 4 + 4
    assert [t.get_text() for t in ax.get_yticklabels()] == TIERS


def test_ribbons_leave_and_arrive_inside_their_bars():
    ax = plots.tier_flow(LABELS, TIERS)
    tops = {}
    for i, group in enumerate(ax.containers):
        tops[i] = [(b.get_y(), b.get_y() + b.get_height()) for b in group]
    for ribbon in (p for p in ax.patches if isinstance(p, PathPatch)):
        x, y = ribbon.get_path().vertices.T
        for at, column in ((x.min(), round(x.min())), (x.max(), round(x.max()))):
            low, high = y[x == at].min(), y[x == at].max()
            assert any(a - 1e-9 <= low and high <= b + 1e-9 for a, b in tops[column])


def test_flow_says_what_is_wrong():
    with pytest.raises(DataError, match=r"column 'Feb', row 'C3': 'bronze' is none of the tiers regular"):
        plots.tier_flow(LABELS.assign(Feb=["silver", "regular", "bronze", "silver"]), TIERS)
    with pytest.raises(DataError, match="two reviews"):
        plots.tier_flow(LABELS[["Jan"]], TIERS)


def test_funnel_puts_each_dot_at_its_count(inputs):
    steps = inputs["funnel"][0]
    ax = plots.funnel(steps)
    counted = steps.dropna(subset=["count"]).set_index("stage")["count"].astype(float)
    dots = {c.get_label(): sorted(np.asarray(c.get_offsets())[:, 0]) for c in ax.collections[1:]}
    chain = ["reached", "visits", "first order", "second order", "regular"]
    assert dots == {
        "part of the one before": sorted(counted[chain]),
        "a branch": sorted(counted.drop(chain)),
    }
    assert ax.get_xscale() == "log"
    assert "No count: positioning, system" in plots.alt_text(ax)
    with pytest.raises(DataError, match="no count is above 0"):
        plots.funnel(steps.assign(count=0))
    with pytest.raises(DataError, match="no column 'stage'"):
        plots.funnel(steps.drop(columns="stage"))


def test_entities_are_connected_as_the_rows_are(inputs):
    tables, found, layout = inputs["entity_diagram"]
    ax = plots.entity_diagram(tables, found, layout)
    named = [t for column in layout.values() for t in column]
    pairs = found[found["table"] != found["refers_to"]].drop_duplicates(["table", "refers_to"])
    arrows = [t for t in ax.texts if getattr(t, "arrow_patch", None) is not None]
    assert len(arrows) == len(pairs)
    shown = "\n".join(t.get_text() for t in ax.texts)
    assert all(f"{t}\n{tables.loc[t, 'rows']:,} rows" in shown for t in named)
    assert ax.get_title(loc="left") == "8 of 15 tables refer to customers; 3 stand alone"
    with pytest.raises(UnknownNameError, match="Did you mean 'points'"):
        plots.entity_diagram(tables, found, {"all": ["point"]})


def test_stage_bars_have_the_sizes_and_shares(inputs):
    stages, marked, what = inputs["stage_bars"]
    ax = plots.stage_bars(stages, marked, what)
    sizes = stages["stage"].value_counts()
    assert [b.get_width() for b in ax.containers[0]] == [sizes[s] for s in foundations.stages.STAGES]
    inside = marked.groupby(stages["stage"], observed=False).sum()
    assert [b.get_width() for b in ax.containers[1]] == inside.tolist()
    assert "100% of the" in ax.get_title(loc="left")
    with pytest.raises(DataError, match="no column 'stage'"):
        plots.stage_bars(stages.drop(columns="stage"))


def test_timeline_shows_every_event(inputs):
    events, customer = inputs["customer_timeline"]
    ax = plots.customer_timeline(events, customer)
    assert len(ax.collections[0].get_offsets()) == len(events)
    assert "23 orders, 491 after returns" in ax.get_title(loc="left")
    with pytest.raises(DataError, match="nothing has happened"):
        plots.customer_timeline(events.head(0), customer)
    with pytest.raises(DataError, match="'fax' is none of"):
        plots.customer_timeline(events.assign(what="fax"), customer)


def test_lines_and_bars_say_what_is_wrong(inputs):
    with pytest.raises(DataError, match="one to four curves"):
        plots.cohort_lines({}, "share", "title")
    with pytest.raises(DataError, match="no column 'too_high'"):
        plots.rhythm_bars(inputs["rhythm_bars"][0].drop(columns="too_high"))


def test_a_dollar_sign_is_a_dollar_sign():
    odd = LABELS.replace({"regular": "$x_1$", "silver": "$\\frac$", "gold": "$$"}).set_axis(["$a$", "b", "c"], axis=1)
    ax = plots.tier_flow(odd, ["$x_1$", "$\\frac$", "$$"])
    ax.figure.canvas.draw()
    texts = [t.get_text() for t in ax.findobj(Text)]
    assert any("$" in t for t in texts) and not any(is_math_text(t) for t in texts)
    plt.close("all")
