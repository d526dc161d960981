# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 3: tiering customers
#
# You will: apply a tier policy and explain it to a customer, score with ties, sort customers into ABC classes,
# turn judgements into weights, compare two standards and two groups, measure how stable tiers are, and write
# a policy that keeps within limits.
#
# **Time:** about two hours, in as many sittings as you like. **Goes with:**
# [chapter 3, tiering](../notebooks/03_tiering.ipynb). **Data:** a small retailer, 400 customers and three years of
# orders. There are no returns, and nobody orders twice on one day. With your own student id below, the
# customers are yours alone: a neighbour has other numbers.
#
# **How it works.** Each question has a cell to fill in, and a cell that checks it within a second. Write as
# many lines as you need, and store the result under the name that is already there, in place of the dots. A check
# says *not attempted*, *wrong* (and where to look) or *right*. Check as often as you like: points once
# earned stay. Level 1 is a warm-up, level 2 takes some thought, level 3 is hard.
#
# Stuck? Put `ex.repeat_rate.hint()` in a cell of its own: the first hint is a nudge, the last nearly tells.
# `ex.repeat_rate.solution()` shows one way to do it; try on your own before. Neither costs points
# in this set; `ex.progress()` only notes them.

# %%
import numpy as np
import pandas as pd

import crmlab

# put your own student id between the quotes, then run the cell
ex = crmlab.exercise("03_tiering", student="demo")
ex

# %% [markdown]
# Have a look at your data first.

# %%
ex.customers.head()

# %%
ex.transactions.head()

# %% [markdown]
# ## 1. Repeat rate (level 1, 2 points)
#
# What share of the customers has ordered at least twice?
#
# A share is a number between 0 and 1. Three decimals are enough.

# %%
# solution
orders = ex.transactions.groupby("customer_id").size()
repeat_rate = (orders >= 2).mean()
# end solution

# %%
ex.repeat_rate.check(repeat_rate)

# %% [markdown] tags=["solution"]
# About six in ten come back. The denominator is the point: those who came only once count too.

# %% [markdown]
# ## 2. A tier policy (level 1, 3 points)
#
# Give every customer a tier by the orders of the year 2025:
#
# - **gold**: at least 4 orders *and* at least 200.00 spent in 2025;
# - **silver**: not gold, but at least 2 orders in 2025;
# - **regular**: everyone else, also those who did not order in 2025.
#
# Make `tier` a Series with `"gold"`, `"silver"` or `"regular"` for each customer in `ex.customers`, with
# `customer_id` as its index.

# %%
# solution
orders_2025 = ex.transactions[ex.transactions["date"].dt.year == 2025]
by_customer = orders_2025.groupby("customer_id")["amount"]
count = by_customer.size().reindex(ex.customers["customer_id"], fill_value=0)
spent = by_customer.sum().reindex(ex.customers["customer_id"], fill_value=0)
labels = np.select([(count >= 4) & (spent >= 200), count >= 2], ["gold", "silver"], "regular")
tier = pd.Series(labels, index=count.index)
# end solution

# %%
ex.tier.check(tier)

# %% [markdown] tags=["solution"]
# The customers without an order in 2025 are the trap: `groupby` has never heard of them,
# `reindex` brings them back.

# %% [markdown]
# ## 3. What is lacking (level 2, 3 points)
#
# What does each customer in `ex.letters` lack for the next tier?
#
# Six customers write and ask what would have put them one tier up in 2025. The policy is that of
# the question before: gold takes 4 orders and 200.00, silver takes 2 orders. For each of them find
#
# - `more_orders`: how many more orders the next tier takes, 0 if the orders suffice;
# - `more_money`: how much more money it takes in 2025, 0 if the money suffices or is not asked for.
#
# The next tier of a regular customer is silver, of a silver one gold. Gold customers lack nothing: 0 and 0.
# Make `next_tier` a DataFrame: one row for each customer in `ex.letters`, with `customer_id` and these two columns.

# %%
# solution
asking = ex.letters["customer_id"]
count_asking, spent_asking = count.reindex(asking), spent.reindex(asking)
next_tier = pd.DataFrame(
    {
        "more_orders": (4 - count_asking).clip(lower=0).where(count_asking >= 2, 2 - count_asking),
        "more_money": (200 - spent_asking).clip(lower=0).where(count_asking >= 2, 0),
    }
)
# end solution

# %%
ex.next_tier.check(next_tier)

# %% [markdown] tags=["solution"]
# One of the six lacks nothing but money, and has ordered more often than most. Who explains the rule to that
# customer will be asked why money counts more than loyalty.

# %% [markdown]
# ## 4. A fair frequency score (level 2, 3 points)
#
# Score each customer's number of orders from 1 (few) to 5 (many), and treat equals equally.
#
# Quintiles cut the customers into fifths. But more than a hundred of yours have exactly one order, and a cut
# through the middle of them would be unfair. So our rule is:
#
# > score = 1 + (5 * number of customers with strictly fewer orders) // number of customers
#
# Customers with equally many orders then get the same score, and some scores may not occur.
# Make `f_score` a Series with `customer_id` as its index.

# %%
# solution
orders = ex.transactions.groupby("customer_id").size()
fewer = orders.rank(method="min") - 1
f_score = (1 + 5 * fewer // len(orders)).astype(int)
# end solution

# %%
ex.f_score.check(f_score)

# %% [markdown] tags=["solution"]
# Four in ten are tied at one order and share the 1: twice a fifth.
# With more ties a score can stay empty; a neighbour may have no 2.

# %% [markdown]
# ## 5. Eight customers by hand (level 1, 2 points)
#
# Sort the eight business customers in `ex.eight` into A, B and C by hand.
#
# Line them up, the largest revenue first. The share in front of a customer is the share of all revenue that
# comes from customers with *strictly larger* revenue. Equal customers get equal classes:
#
# - less than 80 % in front: class **A**;
# - from 80 % but less than 95 %: class **B**;
# - 95 % or more: class **C**.
#
# Two of them are tied, and stand across the first cut. Make `abc_eight` a Series of the eight classes, with
# `customer_id` as its index. Pencil and paper will do.

# %%
ex.eight

# %%
# solution
revenue_eight = ex.eight.set_index("customer_id")["revenue"]
in_front_eight = revenue_eight.map(lambda own: revenue_eight[revenue_eight > own].sum()) / revenue_eight.sum()
abc_eight = pd.Series(
    ["A" if share < 0.80 else "B" if share < 0.95 else "C" for share in in_front_eight],
    index=revenue_eight.index,
)
# end solution

# %%
ex.abc_eight.check(abc_eight)

# %% [markdown] tags=["solution"]
# The tied two have the same customers in front of them, so both are A. A tool that cuts by the order of the rows
# would send one of them to B, and nobody could tell that customer why.

# %% [markdown]
# ## 6. ABC classes (level 2, 3 points)
#
# Put each customer into class A, B or C by revenue over all three years.
#
# Line the customers up, the one with the largest revenue first. For each customer, take the share of all
# revenue that comes from customers with *strictly larger* revenue:
#
# - below 0.80: class **A**;
# - from 0.80 but below 0.95: class **B**;
# - from 0.95: class **C**.
#
# So the first customer in line is always an A, and whoever crosses a line still belongs above it.
# Make `abc_class` a Series with `customer_id` as its index.

# %%
# solution
revenue = ex.transactions.groupby("customer_id")["amount"].sum().sort_values(ascending=False)
in_front = revenue.cumsum() - revenue
share = in_front.groupby(revenue).transform("min") / revenue.sum()  # equal revenue, equal class
abc_class = pd.Series(np.select([share < 0.80, share < 0.95], ["A", "B"], "C"), index=share.index)
# end solution

# %%
ex.abc_class.check(abc_class)

# %% [markdown] tags=["solution"]
# About a quarter of the customers bring 80 % of the revenue: not far from the proverbial fifth.

# %% [markdown]
# ## 7. Two standards (level 3, 4 points)
#
# Do the tier policy for 2025 and the ABC classes agree more than chance would?
#
# Take gold for A, silver for B and regular for C. Over all 400 customers compute Cohen's kappa:
#
# > kappa = (agree - chance) / (1 - chance)
#
# where *agree* is the share of customers with the same grade by both standards, and *chance* what that share would
# be if the two had nothing to do with each other: for each grade the product of its two shares, added up.
# Three decimals are enough.
#
# *Predict before you run: the share that agrees, and kappa.*

# %%
# solution
shares = pd.crosstab(tier, abc_class, normalize=True).loc[["gold", "silver", "regular"], ["A", "B", "C"]]
agree = np.trace(shares)
chance = (shares.sum(axis=1).to_numpy() * shares.sum(axis=0).to_numpy()).sum()
kappa = 1 - (1 - agree) / (1 - chance)  # the same formula, the other way round
# end solution

# %%
ex.kappa.check(kappa)

# %% [markdown] tags=["solution"]
# The two look at different things: one year against three, orders and money against money alone. They agree on
# six in ten customers, and more than half of that is what chance would give.

# %% [markdown]
# ## 8. A fair policy? (level 2, 3 points)
#
# How far apart are the gold rates of women and men?
#
# The gold rate of a group is the share of *its* customers who are gold by the tier policy for 2025 above. Divide
# the lower of the two rates by the higher: 1 means equal rates, and the smaller the ratio, the wider the gap.
#
# Women have the `gender` F in `ex.customers`, men M; X (neither, or not said) is in neither group. Three decimals
# are enough.

# %%
# solution
gender = ex.customers.set_index("customer_id")["gender"]
rate = (tier == "gold").groupby(gender).mean()[["F", "M"]]
gold_ratio = rate.min() / rate.max()
# end solution

# %%
ex.gold_ratio.check(gold_ratio)

# %% [markdown] tags=["solution"]
# With some seventy gold customers a ratio well below 1 can be luck: a few customers more or less move it by a tenth.
# An audit gives an interval with it, and asks whether the two groups buy differently.

# %% [markdown]
# ## 9. Weights from judgements (level 2, 3 points)
#
# Turn the judgements in `ex.judgements` into weights.
#
# The entry in row *revenue* and column *orders* says how many times as important revenue is as orders, and
# so on. Take the eigenvector of the largest eigenvalue, and scale it so that the weights sum to 1.
#
# Make `ahp_weights` a dict: `{"revenue": ..., "orders": ..., "recency": ...}`. Three decimals are enough.

# %%
ex.judgements

# %%
# solution
eigenvalues, eigenvectors = np.linalg.eig(ex.judgements)
largest = eigenvalues.real.argmax()
principal_vector = np.abs(eigenvectors[:, largest].real)
ahp_weights = pd.Series(principal_vector / principal_vector.sum(), index=ex.judgements.index).to_dict()
# end solution

# %%
ex.ahp_weights.check(ahp_weights)

# %% [markdown] tags=["solution"]
# With three criteria the geometric means of the rows, divided by their sum, give the same weights. With four
# or more they do not quite.

# %% [markdown]
# ## 10. Do the judgements fit together? (level 3, 3 points)
#
# How far do the judgements in `ex.judgements` contradict each other?
#
# Compute the consistency ratio. The index is (largest eigenvalue - n) / (n - 1), with n criteria; the ratio is the
# index divided by what random judgements have on average: 0.58 for 3 criteria (0.90 for 4, 1.12 for 5).
# Up to 0.10 is usually accepted. Three decimals are enough.

# %%
# solution
consistency = (eigenvalues.real.max() - 3) / 2 / 0.58
# end solution

# %%
ex.consistency.check(consistency)

# %% [markdown] tags=["solution"]
# Above 0.10 the next step is a talk, not a computation: which of the three judgements would the person change?

# %% [markdown]
# ## 11. Label churn (level 3, 4 points)
#
# How stable are tiers? Compute the label churn between the two halves of 2025.
#
# In each half-year, January to June and July to December 2025, a customer's tier follows from the money
# spent *in that half-year*:
#
# - **gold**: at least 150.00; **silver**: at least 50.00; **regular**: less, or nothing.
#
# Label churn is the share of customers whose tier in the second half differs from the first. Look at everyone
# who signed up before 1 January 2025, whether they bought in 2025 or not. Three decimals are enough.
#
# *Predict before you run: one in twenty? one in five? one in two?*

# %%
# solution
known = ex.customers.loc[ex.customers["signup_date"] < "2025-01-01", "customer_id"]


def half_year_tier(start, end):
    orders = ex.transactions[ex.transactions["date"].between(start, end)]
    spent = orders.groupby("customer_id")["amount"].sum().reindex(known, fill_value=0)
    return pd.Series(np.select([spent >= 150, spent >= 50], ["gold", "silver"], "regular"), index=known)


first, second = half_year_tier("2025-01-01", "2025-06-30"), half_year_tier("2025-07-01", "2025-12-31")
label_churn = (first != second).mean()
# end solution

# %%
ex.label_churn.check(label_churn)

# %% [markdown] tags=["solution"]
# One in four changes tier in half a year, some up and some down:
# a half-year holds few orders of most customers, so chance has a say.

# %% [markdown]
# ## 12. Who stays gold (level 2, 2 points)
#
# Of the customers who are gold in the first half of 2025, what share is gold in the second half as well?
#
# The tiers are those of the question on label churn: gold is who spent at least 150.00 in that half-year,
# January to June or July to December. Here all customers count, whenever they signed up. Three decimals are enough.

# %%
# solution
half_money = {}
for half, (start, end) in {"first": ("2025-01-01", "2025-06-30"), "second": ("2025-07-01", "2025-12-31")}.items():
    bought = ex.transactions[ex.transactions["date"].between(start, end)]
    money_each = bought.groupby("customer_id")["amount"].sum()
    half_money[half] = money_each.reindex(ex.customers["customer_id"], fill_value=0)
was_gold, is_gold = half_money["first"] >= 150, half_money["second"] >= 150
stayed_gold = is_gold[was_gold].mean()
# end solution

# %%
ex.stayed_gold.check(stayed_gold)

# %% [markdown] tags=["solution"]
# The denominator is the point again: those who *were* gold. Divided by those who *are*, it answers another
# question: how many of today's gold customers are old acquaintances.

# %% [markdown]
# ## 13. Held by hysteresis (level 2, 3 points)
#
# Which customers keep gold in the second half of 2025 only thanks to hysteresis?
#
# Gold takes 150.00 in a half-year, as before. Now the policy gets a hysteresis of 20 %: who was gold in the
# first half loses it only with *less than* 80 % of 150.00 in the second half. For everybody else gold takes
# 150.00 as before. Make `held_gold` a set or list with the ids of those who would have lost gold without
# hysteresis, and keep it with it.

# %%
# solution
a_little_short = (half_money["second"] >= 0.8 * 150) & ~is_gold
held_gold = set(was_gold.index[was_gold & a_little_short])
# end solution

# %%
ex.held_gold.check(held_gold)

# %% [markdown] tags=["solution"]
# A handful, and each of them is spared a letter that takes gold away over a few coins. The price: they have gold, and
# somebody who spent just as much and was silver before has not.

# %% [markdown]
# ## 14. A policy within limits (level 3, 5 points)
#
# Write a tier policy that keeps within all the limits in `ex.limits`.
#
# Your policy is run twice: first on `ex.first_review` (30 June 2025), then on `ex.second_review` (31 December
# 2025), where customers hold the tiers of the first. Both tables have `customer_id`, and the `orders` and
# `revenue` of the twelve months before. The limits:
#
# - `gold_customers_at_most`: the share of customers who are gold, at each review; at the first, somebody has to be;
# - `gold_and_silver_customers_at_most`: the share of customers who are gold or silver, at each review;
# - `gold_and_silver_revenue_at_least`: what they bring at the second review, as a share of all revenue;
# - `label_churn_at_most`: the share of customers whose tier differs between the two reviews;
# - `hysteresis_at_most`: the hysteresis of your policy.
#
# Make `policy` a `crmlab.TierPolicy` with the tiers regular, silver and gold. It may use either column or both, but
# no overrides and no minimum stay. Whatever keeps within the limits is right. To run yours as the check does:
# `before = policy.assign(ex.first_review)`, then `policy.assign(ex.second_review, previous=before)`.

# %%
ex.limits

# %%
# solution
silver_from, gold_from = ex.second_review["revenue"].quantile([0.80, 0.96])
policy = crmlab.TierPolicy(
    "mine", "revenue", {"regular": None, "silver": silver_from, "gold": gold_from}, hysteresis=0.2
)
# end solution

# %%
ex.policy.check(policy)

# %% [markdown] tags=["solution"]
# The limits pull against each other: more revenue in the upper tiers means a lower entry, and a lower entry has
# more customers close to it, who change sides. Hysteresis buys some churn back, at the price of larger tiers.

# %% [markdown]
# ## How far are you?

# %%
ex.progress()

# %% [markdown]
# **In this set you have** computed shares with their proper denominators, applied a policy to every customer and
# explained it to six, scored ties fairly, sorted customers into ABC classes, weighed judgements and found how far
# they contradict each other, compared standards and groups, measured label churn with and without hysteresis,
# and declared a policy that keeps within limits.
#
# **To discuss:** Who would complain about each of these rules, and would they have a point? What would make
# the tiers steadier, and what would that cost?
