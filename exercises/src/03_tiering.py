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
# You will: compute a repeat rate, apply a tier policy, score with ties, sort customers into ABC classes,
# and measure how stable tiers are.
#
# **Time:** about 45 minutes. **Goes with:** [chapter 3, tiering](../notebooks/03_tiering.ipynb). **Data:** a
# small retailer, 400 customers and three years of orders. There are no returns, and nobody orders
# twice on one day. With your own student id below, the customers are yours alone: a neighbour has other numbers.
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
# ## 3. A fair frequency score (level 2, 3 points)
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
# ## 4. ABC classes (level 2, 3 points)
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
# ## 5. Label churn (level 3, 4 points)
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
# ## How far are you?

# %%
ex.progress()

# %% [markdown]
# **In this set you have** computed a share with its proper denominator, applied a policy with two conditions
# to every customer, scored ties fairly, sorted customers into ABC classes by revenue, and measured label churn.
#
# **To discuss:** Who would complain about each of these rules, and would they have a point? What would make
# the tiers steadier, and what would that cost?
