# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Chapter 3: tiering methods and standards
#
# There is more than one way to say who the good customers are. This chapter computes two classical ones,
# RFM and ABC, and holds them against each other. Then it declares a tier policy by revenue, and runs the
# same cells on the books of a real retailer.
#
# **After it you can**
#
# - score recency, frequency and monetary value, and say what happens to ties,
# - class customers by their share of revenue,
# - cross-tabulate two standards and say how much they agree,
# - declare a tier policy and read its table,
# - do all of this on a table that is not clean.
#
# **Time** 60 minutes. **Covers** sections 3, 3.2, 3.3 and 3.4 of the courseware "Customer relationship tier
# management". **Data** `retail` (simulated, truth known) and `online_retail` (real).

# %%
import pandas as pd

import crmlab

retail = crmlab.load("retail")
customers = crmlab.summarize(retail.transactions, as_of="2025-06-01")
columns = ["customer_id", "orders", "days_since_last", "revenue", "first_date", "last_date"]
crmlab.table(customers[columns], "Customers on 1 June 2025", rows=4)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1 RFM: recency, frequency, monetary value
#
# The courseware's claim: a customer who bought lately, often and for much is a good customer. RFM gives each of the
# three a score from 1 (worst) to 5 (best). The idea is that each score holds a fifth of the customers; ties will
# spoil that in a moment. Recency is the number of days *since* the last purchase, so less is better.

# %%
scores = crmlab.rfm_scores(customers)
shown = [
    "customer_id", "days_since_last", "r_score", "orders", "f_score", "revenue", "m_score", "rfm",
]
crmlab.table(scores[shown], "Scores", rows=5)

# %% [markdown]
# **Stop and predict.** Four in ten of these customers ordered exactly once. How many different frequency
# scores will the five fifths leave us with?

# %%
my_guess = 5

# %%
sizes = scores.groupby("f_score")["orders"].agg(["size", "min", "max"])
sizes.columns = ["customers", "fewest_orders", "most_orders"]
print(f"You said {my_guess}; there are {len(sizes)}.")
crmlab.table(sizes, "Frequency scores")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Equal customers get equal scores here. A group of ties is never cut in two: it takes the score of its
# lowest place. So one score can be empty, and the fifths are not of one size.
#
# Many tools want fifths of one size and cut the ties by the order of the rows. Let us see whom that hits.

# %%
by_row_order = pd.qcut(scores["orders"].rank(method="first"), 5, labels=[1, 2, 3, 4, 5])
once = scores["orders"] == 1
treated = by_row_order[once].value_counts().sort_index()
treated = treated[treated > 0].rename_axis("f_score").to_frame("customers")
crmlab.table(treated, "Customers with one order, by frequency score: ties cut by row order")

# %% [markdown]
# All of them ordered once. Sort the table another way and other people get the better score. A fair
# standard treats equal customers equally.

# %% [markdown] slideshow={"slide_type": "subslide"}
# The grid of recency and frequency is the usual way to look at the scores.

# %%
ax = crmlab.plots.rfm_grid(scores)

# %% [markdown]
# Names make the grid easier to talk about. Here, *champions* have both scores at 4 or 5; *loyal* a recency
# of 3 and a frequency of 4 or 5; *at risk* a recency of 1 or 2 and a frequency of 4 or 5; the rest is
# *promising* with a recency of 3 or more, else *lapsed*. These are *segments*, groups that behave alike.
# They become *tiers* only when they are put in order and tied to a service.

# %%
named = crmlab.rfm_segments(scores)
segments = named.groupby("segment").agg(
    customers=("orders", "size"), revenue=("revenue", "sum"),
    median_days_since_last=("days_since_last", "median"),
)
segments["share_of_revenue"] = segments["revenue"] / segments["revenue"].sum()
crmlab.table(segments.sort_values("revenue", ascending=False), "Segments")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Doubt.** Do the names deserve trust? The truth knows who has left for good. One caution: the simulated
# customers can leave only after a repeat order, so whoever ordered once is still there. We look at repeat
# customers only.

# %%
truth = crmlab.load("retail", truth=True).truth.customers
checked = named.merge(truth[["customer_id", "last_active", "purchase_rate"]], on="customer_id")
checked = checked[checked["orders"] > 1]
checked["has_left"] = checked["last_active"] <= "2025-06-01"
left = checked.groupby("segment").agg(
    repeat_customers=("has_left", "size"),
    share_that_has_left=("has_left", "mean"),
    orders_a_year_while_active=("purchase_rate", "mean"),
)
left["orders_a_year_while_active"] *= 52
crmlab.table(left.sort_values("share_that_has_left"), "What the truth says of repeat customers")

# %% [markdown]
# The names point the right way, and no further. Of the repeat customers *at risk*, four in ten are still
# there; of the *lapsed*, more than half are. RFM counts days; it does not know each customer's own rhythm.
# A silence of 300 days says little of somebody who orders once a year, and much of somebody who orders
# every month. The models of chapter 4 make that difference.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2 ABC: share of revenue
#
# The claim: a few customers bring most of the money, so sort by revenue and cut where 80% and 95% of it are
# reached. Class A is the smallest group of whole ties that brings at least 80%.

# %%
classes = crmlab.abc_classes(named)
ax = crmlab.plots.abc_curve(classes)

# %% [markdown]
# **Move the cuts.** Which share of the customers brings half of the revenue? The picture above shows the
# usual cuts.

# %% tags=["nbval-ignore-output"]
crmlab.widgets.abc_explorer(classes)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Do the two standards agree? If they did, one of them would be enough.

# %%
order = ["champions", "loyal", "promising", "at risk", "lapsed"]
both = pd.crosstab(classes["segment"], classes["abc"]).loc[order]
crmlab.table(both, "Customers by RFM segment and ABC class")

# %%
champion, class_a = classes["segment"] == "champions", classes["abc"] == "A"
agree = (champion == class_a).mean()
chance = sum((champion == side).mean() * (class_a == side).mean() for side in (True, False))
kappa = (agree - chance) / (1 - chance)
print(f"They agree on {agree:.0%} of the customers; chance alone would give {chance:.0%}.")
print(f"Kappa is {kappa:.2f}.")

# %% [markdown]
# Cohen's kappa is 0 for agreement by chance and 1 for perfect agreement. Here it is in between: the two
# share a core and differ on many. Two thirds of the champions are in class A, but class A also holds
# customers *at risk* and *lapsed*, who spent much once, and a third of the champions order often for less
# money. Neither standard is wrong. They answer different questions, and a company has to say which one it
# asks.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3 A declared policy
#
# A policy is the declared rule that maps each customer to a tier: explicit, ordered, the same for equals.
# First by *thresholds*, which a customer can be told ("spend 500 and you are gold").

# %%
thresholds = crmlab.TierPolicy(
    "Spend standard", measure="revenue",
    tiers={"regular": None, "silver": 150, "gold": 500, "vip": 1_500},
)
print(thresholds)
crmlab.table(thresholds.table(customers), "Tiers by threshold, 1 June 2025")

# %% [markdown]
# **Move the thresholds.** The sentence under the picture counts who would change tier. The picture below
# the widget shows the policy as declared.

# %% tags=["nbval-ignore-output"]
crmlab.widgets.tier_explorer(customers, thresholds)

# %%
ax = crmlab.plots.tier_bars(thresholds.table(customers))

# %% [markdown] slideshow={"slide_type": "subslide"}
# A threshold stays where it is while the company grows. A *quantile* moves along: the top 5% stay the top 5%. Let us
# put the customers of June 2024 and those of June 2025 through both policies.

# %%
quantiles = crmlab.TierPolicy(
    "Rank standard", measure="revenue", by="quantile",
    tiers={"regular": None, "silver": 0.50, "gold": 0.80, "vip": 0.95},
)
earlier = crmlab.summarize(retail.transactions, as_of="2024-06-01")
sizes = pd.DataFrame({
    f"{policy.name}, {when}": policy.table(frame)["share_of_customers"]
    for policy in (thresholds, quantiles)
    for when, frame in (("2024", earlier), ("2025", customers))
})
crmlab.table(sizes, "Share of customers in each tier", formats=dict.fromkeys(sizes, "{:.1%}"))

# %% [markdown]
# Revenue adds up over the years, so under the thresholds the upper tiers fill up. Under the quantiles they
# keep their size, but a customer can lose a tier because others bought more. Say which of the two you mean
# before you promise anything.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4 The same on a real retailer
#
# `online_retail` holds every invoice line of a UK gift retailer, December 2010 to December 2011. `clean=True` sets
# aside exact duplicates, lines without a customer and lines without a price, and counts them. Cancellations stay, as
# negative amounts: they are returns.

# %%
real = crmlab.load("online_retail", clean=True)
crmlab.table(real.cleaning, "What was set aside")

# %%
buyers = crmlab.summarize(real.transactions)
buyers = crmlab.abc_classes(crmlab.rfm_segments(crmlab.rfm_scores(buyers)))
crmlab.table(buyers[shown], "Scores of real customers", rows=5)

# %%
ax = crmlab.plots.rfm_grid(buyers)

# %%
ax = crmlab.plots.abc_curve(buyers)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stop and predict.** In the simulated shop the vip tier of the rank standard, 5% of the customers, brings
# 42% of the revenue. Will it bring more or less here?

# %%
ax = crmlab.plots.tier_bars(quantiles.table(buyers))

# %% [markdown]
# More: the data card says that many of these customers are wholesalers. What else differs:
#
# - some customers returned more than they bought, so their revenue is negative: class C takes them,
# - one year of data cannot tell a customer who left from one who shops every Christmas,
# - nobody knows the truth here. That is why we tried the methods where we do.

# %%
below, none = (buyers["revenue"] < 0).sum(), (buyers["revenue"] == 0).sum()
print(f"Of {len(buyers):,} customers, {below} have a negative revenue and {none} have none.")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What to take along
#
# **Key ideas**
#
# - RFM looks at behaviour, ABC at money. They agree on a core and differ on many.
# - Do not let the order of the rows decide between customers who are equal in what you score.
# - A segment describes; a tier is ordered and has consequences; a policy declares the rule.
# - Thresholds can be promised, but fill up as revenue adds up. Quantiles keep their size, but cannot be promised.
#
# **Terms** segment, customer tier, tier policy, recency, frequency, monetary value, ABC classes, Cohen's
# kappa.
#
# **Common mistakes** Taking *lapsed* to mean *gone*. Cutting ties. Comparing tier sizes over time without
# saying whether the rule was a threshold or a rank. Dropping returns before adding up revenue.
#
# **For discussion**
#
# 1. You run a shop with 200 regulars. Threshold or quantile?
# 2. A customer is in class A and lapsed. Who should call, and what should they say?
# 3. Your tool cuts ties by customer number. Whom does that favour?
#
# **Read on** Hughes (1994), *Strategic Database Marketing*, on RFM. Cohen (1960), "A coefficient of
# agreement for nominal scales", on kappa.
#
# **Next** the [exercises](../exercises/03_tiering.ipynb) on your own numbers.
