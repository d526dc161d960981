# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Chapter 2: one customer, many systems: the CRM loop
#
# Customer relationship management promises one picture of each customer, and a loop that never ends: identify,
# classify, maintain, upgrade. This chapter builds both from tables, and counts what goes wrong on the way.
#
# **After it you can**
#
# - read a company's customer data as tables with keys, and draw how they hang together,
# - build a 360 view by joins that neither lose nor double a row, and prove it,
# - measure what happens when the keys of three systems disagree,
# - label lifecycle stages by a declared rule, and work out conversion from step to step fairly,
# - run the core loop over a year, with its costs, and say how much of the movement is noise.
#
# **Time** 90 minutes. **Covers** sections 2, 2.1, 2.3 and 2.4 of the courseware "Customer relationship tier
# management". **Data** `retail` with its three source systems (simulated, truth known).

# %%
import numpy as np
import pandas as pd

import crmlab
from crmlab import foundations

retail = crmlab.load("retail", truth=True)
truth = retail.truth
today = "2025-12-28"

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1 Customer data, interaction, analysis and prediction, as tables
#
# The courseware's claim: CRM rests on customer data, on interaction, and on analysis and prediction. The first
# two are on record. Here they are: each box is a table, each arrow runs from many rows to the one row they
# refer to. The arrows are not drawn by hand. They come from the declared columns, and every value was looked
# up.

# %%
layout = {
    "goods": ["order_lines", "categories"],
    "transactions": ["transactions", "programme", "points", "referrals"],
    "customers": ["customers", "stores"],
    "interaction": ["tickets", "survey_invitations", "surveys", "store_feedback"],
    "no common key": [
        "web_accounts", "till_cards", "call_contacts", "acquisition_costs", "service_costs",
    ],
}
found = foundations.references(retail)
print(f"{len(found)} references; {found['unmatched'].sum()} values in them point at nothing.")
ax = crmlab.plots.entity_diagram(foundations.list_entities(retail), found, layout)

# %% [markdown]
# Two things to see. First, the customer number ties nearly everything together, and it is clean here. Second,
# the web shop, the till and the call centre do not have that number. They know the same people under ids of
# their own. Section 2.3 is about them.
#
# Analysis and prediction have no table. They are what this course computes from the others.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2 Customer 360: one customer in one row
#
# ### 2.1 A join that loses and doubles
#
# The task sounds easy: customers, with their orders and their tickets. Join the three tables on the customer
# number.
#
# **Stop and predict.** All orders and returns together are worth 1,186,747. If you add up the amounts after
# this join, what will you get?

# %%
my_guess = 1_186_747

# %%
joined = retail.customers.merge(retail.transactions, on="customer_id")
joined = joined.merge(retail.tickets, on="customer_id")
print(f"You said {my_guess:,}; the join gives {joined['amount'].sum():,.0f}.")
orders = retail.transactions
check = pd.DataFrame({
    "before": [len(orders), len(retail.customers), orders["amount"].sum()],
    "after": [len(joined), joined["customer_id"].nunique(), joined["amount"].sum()],
}, index=["rows", "customers", "revenue"])
crmlab.table(check, "Before and after the join", formats=dict.fromkeys(check, "{:,.0f}"))

# %% [markdown]
# The sum is 22% too high, and more than three quarters of the customers are gone. Both happen in one step. Who
# has no ticket is *lost*: the join keeps matches only. Who has three tickets has each order *three times*.
# Nothing fails, and a sum that is 22% off looks like a good year.
#
# ### 2.2 The same without loss
#
# The cure is an order of work: bring each table to *one row a customer* first, then join, and say what you
# expect. `validate="one_to_one"` stops the join if a customer stands twice on either side; `how="left"` keeps
# everybody.

# %% slideshow={"slide_type": "subslide"}
per_orders = retail.transactions.groupby("customer_id", as_index=False)["amount"].sum()
per_tickets = retail.tickets.groupby("customer_id", as_index=False).size()
whole = retail.customers.merge(per_orders, on="customer_id", how="left", validate="one_to_one")
whole = whole.merge(per_tickets, on="customer_id", how="left", validate="one_to_one")

assert len(whole) == len(retail.customers)
assert np.isclose(whole["amount"].sum(), retail.transactions["amount"].sum())
everybody, in_all = len(retail.customers), whole["amount"].sum()
print(f"{len(whole):,} rows for {everybody:,} customers, {in_all:,.0f} in all.")

# %% [markdown]
# Two lines that begin with `assert` are the proof: as many rows as customers, and as much money as before.
# Write them below every join. `customers_360` does the same for all tables and gives a row with profile, orders
# by channel, returns, tickets, surveys, programme, points and profit. `customer_card` shows one row as a card.

# %%
view = foundations.customers_360(retail, today)
assert len(view) == len(retail.customers) and view["customer_id"].is_unique
who = "C0000568"
crmlab.table(foundations.customer_card(view, who), "One customer on one card")

# %% [markdown]
# Read the card as four departments would. Sales sees 23 orders and 491 of revenue. The warehouse sees 11
# returns. Service sees two tickets, both complaints. Marketing sees a member who brought four new customers and
# would recommend the shop with 9 out of 10. Only the line *profit* puts it together: after the cost to serve,
# this customer has cost the shop 143.
#
# Each department is right, and each alone would treat this person differently. That is the case for the 360
# view.
#
# **Look at some customers.** Choose a stage and a place by revenue. Find somebody whose card surprises you.

# %% tags=["nbval-ignore-output"]
crmlab.widgets.card_explorer(retail, today)

# %%
ax = crmlab.plots.customer_timeline(foundations.customer_events(retail, who, today), who)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### 2.3 When there is no common number
#
# So far the customer number was there. Somebody had to put it there. Here is the telephone number of the same
# customer as the three systems have it, and written in one way.

# %%
keys = {"web_accounts": "account_id", "till_cards": "card_id", "call_contacts": "contact_id"}
own = truth.links[truth.links["customer_id"] == who].set_index("source")["source_id"]
rows = [getattr(retail, s).set_index(key).loc[own[s], ["phone"]] for s, key in keys.items()]
raw = pd.DataFrame(rows).set_axis(list(keys))
raw["normal"] = foundations.normal_phone(raw["phone"])
crmlab.table(raw, "One telephone, three spellings")

# %% [markdown]
# Now all entries. We say that two entries are one person if they share an e-mail address or a telephone number,
# also by way of a third entry.
#
# **Stop and predict.** The three systems hold 5,666 entries of 3,470 customers. How many persons will the rule
# find: fewer than 3,470, exactly as many, or more?

# %%
my_guess = 3_470

# %%
entries = foundations.contact_entries(retail)
assert len(entries) == sum(map(len, (retail.web_accounts, retail.till_cards, retail.call_contacts)))
rules = {"e-mail": ("email",), "telephone": ("phone",), "e-mail or telephone": ("email", "phone")}
linked = {name: foundations.link_entries(entries, keys) for name, keys in rules.items()}
quality = pd.concat({n: foundations.link_quality(part, truth.links) for n, part in linked.items()})
quality = quality.droplevel(1)
print(f"You said {my_guess:,}; the last rule finds {quality['persons'].iloc[-1]:,}.")
formats = {"precision": "{:.1%}", "recall": "{:.1%}"}
crmlab.table(quality, "Persons found, held against the truth", formats=formats)

# %% [markdown] slideshow={"slide_type": "subslide"}
# More, by 582: the company believes it has 17% more customers than it has. *Precision* says how many of the
# pairs we put together belong together, *recall* how many of the true pairs we found.
#
# With both keys, 577 customers fall apart into two or more persons, and 27 persons are made of two customers.
# The reasons are different.

# %%
whose = truth.links.set_index("source_id")["customer_id"]
both = linked["e-mail or telephone"]
both = both.assign(customer_id=both["source_id"].map(whose))
pieces = both.groupby("customer_id")["person"].nunique()
largest = view[view["customer_id"].isin(pieces.index[pieces > 1])].nlargest(1, "revenue").iloc[0]
print(f"In pieces, with the highest revenue: {largest.customer_id}, {largest.revenue:,.0f}.")
shown = both[both["person"].eq("H0000016") | both["customer_id"].eq(largest.customer_id)]
shown = shown[["source_id", "name", "email", "phone", "person", "customer_id"]]
crmlab.table(shown.set_index("person").sort_index(), "Three persons by the rule, three customers")

# %% [markdown]
# The rule counts three persons here, and there are three customers; but they are not the same three. Connie
# Martinez is two persons: she left an e-mail address on the web and a telephone number at the till, so there is
# nothing in common to compare. No customer who falls apart has a higher revenue. Dawn and Gregory Akhtar are
# one person: a household with one telephone.
#
# ### 2.4 What it costs
#
# A tier needs the whole customer. Let each order stand on the entry of the system that took it, and class the
# *persons* by the last twelve months, as a company without a common number would have to.

# %%
policy = crmlab.TierPolicy(
    "Twelve-month standard", measure="revenue",
    tiers={"regular": None, "silver": 100, "gold": 300, "vip": 800},
)

# %%
rows = {}
for name, persons in linked.items():
    orders = foundations.orders_as_recorded(retail.transactions, persons, truth.links)
    ranks = foundations.tiers_in_pieces(orders[orders["date"] > "2024-12-28"], policy)
    rows[name] = {
        "above_regular": (ranks["earned_rank"] > 0).sum(),
        "seen_too_low": (ranks["seen_rank"] < ranks["earned_rank"]).sum(),
        "seen_too_high": (ranks["seen_rank"] > ranks["earned_rank"]).sum(),
    }
print(f"{orders['person'].isna().mean():.0%} of all orders are by guests, without a person.")
crmlab.table(pd.DataFrame(rows).T, "Customers whose best piece stands in another tier")

# %% [markdown]
# Of 947 customers above regular, 28 are seen in a lower tier than they have earned, because their orders are
# spread over two persons; matching by e-mail alone makes it 60. Nine are lifted by the orders of somebody else.
# (Orders by guests, whom the system of that channel does not know, are left out on both sides.) This is the
# quiet part of the damage: a customer in pieces does not complain about a letter that never came.
#
# **Doubt.** We could count this only because the data are simulated. In a company nobody hands you
# `truth.links`. Chapter 7 shows how to link with names and addresses as well, and how to estimate both errors
# from a sample that people checked.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3 The nine steps, counted
#
# The courseware's relationship process has nine steps: find the target, know its needs, take a position, choose
# the mix, build the relationship, maintain it, win back, build the system, and close the loop by referral. It
# is a story. A count at each step makes it a funnel, but only if we say what is counted.
#
# ### 3.1 Lifecycle stages by a declared rule
#
# *Regular* and *lapsed* mean nothing until a rule declares them. This one reads from the top; the first line
# that fits decides.

# %%
rule = foundations.StageRule()
print(rule)
stages = foundations.lifecycle_stages(retail.transactions, today, rule)
ax = crmlab.plots.stage_bars(stages)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Doubt: lapsed is not gone.** A quarter of the customers have been silent for more than a year. The truth
# knows who has left for good. In this simulation nobody leaves before a repeat order, so we look at repeat
# customers.

# %%
last_active = stages["customer_id"].map(truth.customers.set_index("customer_id")["last_active"])
has_left = last_active.notna()
repeat = stages["purchases"] > 1
ax = crmlab.plots.stage_bars(stages[repeat], has_left[repeat], "have left for good")

# %% [markdown]
# A third of these lapsed customers are still there: they buy rarely. And one in ten regulars has already left,
# without a word. The rule describes behaviour; it does not know the future. A letter of farewell to the lapsed
# would be a mistake one time in three. Chapter 4 replaces the label by a probability.
#
# ### 3.2 The funnel
#
# Each step now has a count, or says that it has none.

# %%
funnel = foundations.relationship_funnel(retail, today, rule)
shown = funnel[["step", "name", "stage", "count", "how"]].fillna({"stage": ""}).set_index("step")
crmlab.table(shown, "How each step maps to a count")

# %%
ax = crmlab.plots.funnel(funnel)

# %% [markdown]
# Positioning and the system have no count: they are decisions, and show only in the conversion of other steps.
# Three more cautions:
#
# - *Reached* adds up months and channels, so one person who saw two adverts counts twice.
# - Only first order, second order and regular lie inside each other. A member may have ordered once, a lapsed
#   customer may have been a regular. Those are branches, and no step down.
# - The scale is in powers of ten. Of 1,667 people reached one orders; from there on, each count is between 13%
#   and 64% of its base.
#
# An average conversion hides a mixture. By channel, against the planted shares:

# %% slideshow={"slide_type": "subslide"}
adverts = retail.acquisition_costs.groupby("channel")[["reached", "visits", "spend"]].sum()
adverts["first_orders"] = retail.customers["channel"].value_counts()
planted = truth.parameters.set_index("parameter")["value"]
channels = pd.DataFrame({
    "visit_rate": adverts["visits"] / adverts["reached"],
    "planted_visit_rate": planted[[f"visits_of_reached {c}" for c in adverts.index]].to_numpy(),
    "order_rate": adverts["first_orders"] / adverts["visits"],
    "planted_order_rate": planted[[f"orders_of_visits {c}" for c in adverts.index]].to_numpy(),
    "cost_per_customer": adverts["spend"] / adverts["first_orders"],
})
crmlab.table(channels, "Conversion by channel, estimated and planted")

# %% [markdown]
# The estimates lie close to the planted shares. Referral converts best by far, and reaches the fewest people.
# Move money to social media and the average conversion falls although no channel got worse.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### 3.3 Conversion over time, a classic trap
#
# Does the shop get better or worse at building a relationship? Take customers by the quarter of their first
# order, and see which share bought a second time.
#
# **Stop and predict.** Of the customers of early 2023, 77% bought again. What share of those of late 2025?

# %%
my_guess = 0.77

# %%
by_today = foundations.cohort_conversion(retail.transactions, today)
fair = foundations.cohort_conversion(retail.transactions, today, within_days=180)
rate = stages["customer_id"].map(truth.customers.set_index("customer_id")["purchase_rate"])
expected = (1 - np.exp(-rate * 180 / 7)).groupby(
    stages["first_date"].dt.to_period("Q").astype("str")).mean()
curves = {
    "until today": by_today["share_second"], "within 180 days": fair["share_second"],
    "expected within 180 days, from planted rates": expected,
}
last = by_today["share_second"].iloc[-1]
print(f"You said {my_guess:.0%}; of the last cohort {last:.0%} bought again.")
title = "Second orders collapse only if cohorts get unequal time"
ax = crmlab.plots.cohort_lines(curves, "share with a second order", title)

# %% [markdown]
# The orange line says collapse: from 77% to 29%. It compares three years of opportunity with a few weeks. Give
# every cohort the same 180 days and the collapse is gone. The planted rates say the same: what customers are
# like has not changed. The cohorts of the last two quarters are missing from the blue line, and that is right:
# nobody can know yet.
#
# The blue line still wanders about the grey one. Season and the loyalty programme are in it, and the grey line
# leaves both out.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4 The core loop: identify, classify, maintain, upgrade
#
# The courseware's claim: identify customers, class them, maintain each class as it deserves, lift them to the
# next, and begin again. We run it as code over the four quarters of 2025.
#
# ### 4.1 Identify and classify
#
# A rule that touches people should be *fair* (equal customers are treated equally), *explicit* (one can read
# it) and *reviewable* (one can check a single case). The policy of section 2.4 is short enough to print on a
# card. The last line below is what reviewable means: the customer of section 2 can be told why, and what the
# next tier takes. The policy is ours and stands on paper only: nobody in the data knows it, so nobody behaves
# differently because of it.

# %%
print(policy)
reviews = ["2024-12-28", "2025-03-31", "2025-06-30", "2025-09-30", "2025-12-28"]
known = foundations.identify(retail.transactions, reviews)
now = known[known["review"] == reviews[-1]].drop(columns="review")
print(policy.explain(now, who))

# %%
history = foundations.classify(known, policy)
moves = foundations.moves(history).rename(index="{:%d %b %Y}".format)
crmlab.table(moves.drop(columns="kept"), "Who comes, rises, stays and falls")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Move the quarter.** The table below the picture says what the quarter brought and cost. Then give the policy
# some *hysteresis*: whoever holds a tier keeps it until the measure falls clearly below its entry. Whom does it
# protect? The figure after the widget shows all four quarters, for those who were customers at the beginning.

# %% tags=["nbval-ignore-output"]
benefits = {"silver": 1.0, "gold": 4.0, "vip": 12.0}
crmlab.widgets.loop_explorer(retail, known, policy, benefits)

# %%
ax = crmlab.plots.tier_flow(foundations.labels_over_time(history), policy.names)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### 4.2 Maintain: what the tiers bring and cost
#
# A tier without consequences is a sticker: something is given at the rise, and taken away at the fall. Say that
# silver's privileges cost 1 a customer and quarter, gold's 4 and vip's 12. Cost to serve (orders, returns,
# tickets, redeemed points) comes from the books. The tier at the *beginning* of a quarter decides; profit is
# before the cost of winning customers.

# %%
kept = foundations.maintain(retail, history, benefits)
year = kept.groupby("tier", observed=True, sort=False)[
    ["margin", "cost_to_serve", "benefits", "profit"]].sum()
quarters = kept.groupby("tier", observed=True, sort=False)["customers"].sum()
year["profit_per_customer_and_quarter"] = year["profit"] / quarters
formats = dict.fromkeys(["margin", "cost_to_serve", "benefits", "profit"], "{:,.0f}")
crmlab.table(year, "The four quarters of 2025, by tier", formats=formats)

# %% [markdown]
# After cost to serve and privileges, a vip customer brings about 110 times what a regular one does. This is no
# proof that the privileges *cause* it: the tier was given *because* of high revenue. Chapter 6 measures causes.
#
# ### 4.3 Upgrade: who is close
#
# The usual next move: find those who are within 20% of the next tier, and send them an offer.
#
# **Stop and predict.** In 2025 nobody got an offer for being close. What share of those who were close at one
# review held a higher tier at the next?

# %%
my_guess = 0.05

# %%
close = foundations.upgrade(history, policy, within=0.2)
tried = close[close["made_it"].notna()].astype({"made_it": "float64"})
result = tried.groupby("next_tier")["made_it"].agg(["size", "mean"]).loc[policy.names[1:]]
result.columns = ["close", "share_that_rose"]
print(f"You said {my_guess:.0%}; it was {tried['made_it'].mean():.0%}, without any offer.")
voucher = retail.service_costs.set_index("kind").loc["voucher", "unit_cost"]
spent, wasted = voucher * len(tried), voucher * tried["made_it"].sum()
print(f"A voucher each: {spent:,.0f}, of which {wasted:,.0f} to those who rose anyway.")
crmlab.table(result, "Close to the next tier at one review, higher at the next")

# %% [markdown]
# More than a third rise by themselves. If a campaign reports that 35% of its targets reached the next tier, it
# may have done nothing at all. The offer must be compared with what would have happened anyway, and its cost
# includes the vouchers of those who would have come without one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5 How often, and how much of it is noise
#
# **Doubt.** Ups and downs look like news about customers. Let us take customers about whom there is no news:
# not in the programme, not sent the voucher, here since 2023 and still active by the truth. Their planted
# purchase rate has not changed.

# %%
people = retail.customers.merge(truth.customers, on="customer_id", validate="one_to_one")
since_2023 = people[people["signup_date"] <= "2023-12-28"]
quiet = ~since_2023["customer_id"].isin(retail.programme["customer_id"])
quiet &= ~since_2023["voucher"].fillna(False).astype("bool")
steady = since_2023.loc[quiet & since_2023["last_active"].isna(), "customer_id"]
ends = [*pd.date_range("2024-12-31", "2025-11-30", freq="ME"), pd.Timestamp(today)]
monthly = foundations.identify(retail.transactions, ends)

# %%
rows = {}
for name, ids in {"constant rate": steady, "all since 2023": since_2023["customer_id"]}.items():
    some = history[history["customer_id"].isin(ids)]
    ranks = some.pivot(index="customer_id", columns="review", values="tier_rank")
    upper, moved = ranks.max(axis=1) > 0, ranks.nunique(axis=1) > 1
    rows[name] = {
        "customers": len(ranks), "ever_above_regular": upper.sum(),
        "share_of_these_that_moved": moved[upper].mean(),
    }
noise = pd.DataFrame(rows).T.astype({"customers": int, "ever_above_regular": int})
crmlab.table(noise, "Changed tier at least once in 2025")

# %% [markdown]
# Of the 53 customers with a constant rate who were above regular at any time in the year, nearly nine in ten
# changed tier. That is no less than among all customers of that age. (53 is a small number, so the difference
# between the two rows is no news either.) A few orders more or less in twelve months are chance, and a sharp
# threshold turns chance into a label.
#
# So how often should one look? **Move the hysteresis**, and choose the customers with constant rates.

# %% tags=["nbval-ignore-output"]
crmlab.widgets.rhythm_explorer(monthly, policy, {"constant rate": steady})

# %%
ax = crmlab.plots.rhythm_bars(foundations.rhythms(monthly, policy))

# %% slideshow={"slide_type": "subslide"}
table = pd.concat({
    f"{slack:.0%}": foundations.rhythms(monthly, policy.replace(hysteresis=slack))
    for slack in (0.0, 0.2)
}, names=["hysteresis"]).reset_index(level=0)
crmlab.table(table, "For 100 customers: moves in a year, labels out of date", formats=dict.fromkeys(
    ["up", "down", "too_high", "too_low"], "{:.1f}"))

# %% [markdown]
# There is no free choice. Look every month, and labels flicker. Look once a year, and in an average month 20 of
# 100 hold a label that their last twelve months would not give them, most of them too low: those who grew wait
# for their reward. Hysteresis takes away falls more than rises, and its price is privileges for some who no
# longer earn them. Say the rhythm and the band in the policy, and tell customers both.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What to take along
#
# **Key ideas**
#
# - Bring each table to one row a customer, then join, then prove that no row and no money was lost or doubled.
# - Keys that disagree do two kinds of harm: customers fall apart, and strangers are joined. Precision and
#   recall count them.
# - A funnel is honest if each step says what is counted and out of what, and if all cohorts had the same time.
# - The loop is four functions. What makes it management is the comparison: with the cost, and with what would
#   have happened anyway.
# - A sharp threshold turns chance into moves. Rhythm and hysteresis trade flicker for labels that are out of
#   date.
#
# **Terms** customer tier, tier policy, tier migration, cost to serve, win-back, churn, NPS, CSAT, customer
# acquisition cost, key, reference, precision, recall, lifecycle stage, cohort, hysteresis.
#
# **Common mistakes** Joining two tables that both have many rows a customer. Counting customers by counting
# accounts. Calling the lapsed gone. Comparing conversion of cohorts of unequal age. Praising an offer for
# upgrades that come by themselves.
#
# **For discussion**
#
# 1. Two people share a telephone and a customer card. Is that one customer or two? Who decides, and what
#    follows for points and tiers?
# 2. A vip falls to gold by 3 in revenue. What do you tell them, and what would you rather have written into the
#    policy?
# 3. Which of the nine steps would you invest in first, and which number would convince you that it worked?
#
# **Read on** Payne and Frow (2005), "A strategic framework for customer relationship management", on the
# process. Fellegi and Sunter (1969), "A theory for record linkage", on keys that disagree. Fader and Hardie
# (2009), "Probability models for customer-base analysis", on why silence is not the same as leaving.
#
# **Next** the [exercises](../exercises/02_crm_foundations.ipynb) on your own numbers.
