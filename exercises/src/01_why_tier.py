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
# # Exercises 1: why tier customers?
#
# You will: measure how much hangs on how few, work out profit after cost to serve, draw the whale curve,
# find the customers who flip sign, divide a budget, and recommend a measure.
#
# **Time:** about 75 minutes. **Goes with:** [chapter 1, why tier customers](../notebooks/01_why_tier.ipynb).
# **Data:** a small retailer, 300 customers who came before 2025, with what they bought, sent back and asked.
# With your own student id below, the customers are yours alone: a neighbour has other numbers.
#
# **How it works.** Each question has a cell to fill in, and a cell that checks it within a second. Write as
# many lines as you need, and store the result under the name that is already there, in place of the dots. A check
# says *not attempted*, *wrong* (and where to look) or *right*. Check as often as you like: points once
# earned stay. Level 1 is a warm-up, level 2 takes some thought, level 3 is hard.
#
# Stuck? Put `ex.top_share.hint()` in a cell of its own: the first hint is a nudge, the last nearly tells.
# `ex.top_share.solution()` shows one way to do it; try on your own before. Neither costs points
# in this set; `ex.progress()` only notes them.

# %%
import numpy as np
import pandas as pd

import crmlab

# put your own student id between the quotes, then run the cell
ex = crmlab.exercise("01_why_tier", student="demo")
ex

# %% [markdown]
# Have a look at your data first. An order has an id that begins with O; a return begins with R, has a negative
# amount, and says in `returns` which order it belongs to. `margin` is what is left of the amount after the goods;
# a return gives its margin back.

# %%
ex.customers.head()

# %%
ex.transactions.head()

# %%
ex.tickets.head()

# %%
ex.service_costs

# %% [markdown]
# ## 1. The top fifth (level 1, 2 points)
#
# What share of the revenue of 2024 comes from the top 20 % of the customers?
#
# - *Revenue* is the sum of `amount`: returns are in the table as negative amounts, so they are deducted.
# - The *top 20 %* are the 60 of your 300 customers with the largest revenue of 2024. Those who bought nothing in
#   2024 are customers too.
#
# Three decimals are enough. *Predict before you run: a third? a half? more?*

# %%
# solution
sold_2024 = ex.transactions[ex.transactions["date"].dt.year == 2024]
revenue = sold_2024.groupby("customer_id")["amount"].sum()
top_share = revenue.nlargest(len(ex.customers) // 5).sum() / revenue.sum()
# end solution

# %%
ex.top_share.check(top_share)

# %% [markdown] tags=["solution"]
# About three quarters. The proverb says 80; the principle is the same.

# %% [markdown]
# ## 2. One number for concentration (level 2, 3 points)
#
# Put the concentration of the revenue of 2024 into one number: the Gini coefficient.
#
# It is 0 if all customers bring the same, and near 1 if one customer brings everything. Line up all 300
# customers from the smallest revenue $x_1$ to the largest $x_n$, those who bought nothing in 2024 with 0. Then
#
# $$G = \frac{2 \sum_i i \, x_i}{n \sum_i x_i} - \frac{n + 1}{n}$$
#
# where $i$ is the place in line, from 1 to $n$. Three decimals are enough.

# %%
# solution
x = np.sort(revenue.reindex(ex.customers["customer_id"], fill_value=0))
n, place = len(x), np.arange(1, len(x) + 1)
gini = 2 * (place * x).sum() / (n * x.sum()) - (n + 1) / n
# end solution

# %%
ex.gini.check(gini)

# %% [markdown] tags=["solution"]
# Compare it with somebody who left out the customers without a purchase: theirs is clearly lower. Who is in
# the denominator decides much of what concentration says.

# %% [markdown]
# ## 3. Who stays on top? (level 2, 3 points)
#
# Of the top 20 % of 2024 by revenue, what share is among the top 20 % of 2025 as well?
#
# In both years the top 20 % are the 60 of your 300 customers with the largest revenue of that year. Three decimals
# are enough. *Predict before you run: nearly all? two thirds? a fifth?*

# %%
# solution
def top_fifth(year):
    rows = ex.transactions[ex.transactions["date"].dt.year == year]
    revenue = rows.groupby("customer_id")["amount"].sum()
    return set(revenue.nlargest(60).index)


stayed = len(top_fifth(2024) & top_fifth(2025)) / 60
# end solution

# %%
ex.stayed.check(stayed)

# %% [markdown] tags=["solution"]
# About three in five. By luck alone it would be one in five; if customers never changed, all. A year on top
# is partly character and partly chance.

# %% [markdown]
# ## 4. Profit after cost to serve (level 2, 4 points)
#
# Work out each customer's profit of 2024: what is left of the margin after cost to serve.
#
# > profit = margin - cost of orders - cost of phone orders - cost of returns - cost of tickets
#
# - *Margin* is the sum of the column `margin`: after goods and discounts, and with what returns gave back deducted.
# - `ex.service_costs` says what one order, one return and one ticket cost. A *phone order* (`channel` is `"phone"`)
#   costs its 3.00 on top of the 6.50 of an order. The orders are the rows whose `returns` is missing; the other rows
#   are returns.
# - A ticket counts in the year in which it was `opened`.
#
# Every customer has a profit, also those without orders or tickets in 2024. Make `profit` a Series with
# `customer_id` as its index. (Questions 5, 6 and 8 build on it. A function from a year to the profits will be
# handy in question 8.)

# %%
# solution
cost = ex.service_costs.set_index("kind")["unit_cost"]
everyone = ex.customers["customer_id"]


def count(rows):
    return rows["customer_id"].value_counts().reindex(everyone, fill_value=0)


def profit_in(year):
    sold = ex.transactions[ex.transactions["date"].dt.year == year]
    orders, returned = sold[sold["returns"].isna()], sold[sold["returns"].notna()]
    margin = sold.groupby("customer_id")["margin"].sum().reindex(everyone, fill_value=0)
    margin = margin - cost["order"] * count(orders) - cost["return"] * count(returned)
    margin = margin - cost["phone order"] * count(orders[orders["channel"] == "phone"])
    return margin - cost["ticket"] * count(ex.tickets[ex.tickets["opened"].dt.year == year])


profit = profit_in(2024)
# end solution

# %%
ex.profit.check(profit)

# %% [markdown] tags=["solution"]
# No join was needed: each table is counted by customer first, and what is counted lines up by its index.

# %% [markdown]
# ## 5. Who flips sign? (level 1, 2 points)
#
# Which customers flip sign in 2024: a margin above 0, and a profit below 0?
#
# They look fine as long as nobody counts what it costs to serve them. Make `flipped` a set or list of their ids. Use
# the `profit` of question 4.

# %%
# solution
margin = sold_2024.groupby("customer_id")["margin"].sum().reindex(profit.index, fill_value=0)
flipped = set(profit.index[(margin > 0) & (profit < 0)])
# end solution

# %%
ex.flipped.check(flipped)

# %% [markdown] tags=["solution"]
# More than a quarter of the customers. Most of them lose little: one small order whose margin does not pay
# for its own delivery.

# %% [markdown]
# ## 6. The whale curve (level 2, 3 points)
#
# Draw the whale curve of 2024, and read off its peak.
#
# Line up all 300 customers by profit, the most profitable first, and add their profits up as you walk along the
# line. The curve shows the sum so far as a share of the whole profit. It rises above 1, and falls back to 1 where the
# customers come who cost more than they bring.
#
# Make `whale_peak` a dict: `{"share_of_profit": ..., "share_of_customers": ...}`. The first is the height of the
# peak; the second is the smallest share of all customers with which it is reached. Three decimals are enough.
#
# To see the curve, plot your cumulative shares (`.plot()` on a Series with the index 1 to 300); or compare with
# `crmlab.plots.whale(profit)`.

# %%
# solution
curve = profit.sort_values(ascending=False).cumsum() / profit.sum()
curve.index = range(1, 301)
curve.plot(xlabel="customers, most profitable first", ylabel="cumulative share of profit")
whale_peak = {"share_of_profit": curve.max(), "share_of_customers": (curve.argmax() + 1) / 300}
# end solution

# %%
ex.whale_peak.check(whale_peak)

# %% [markdown] tags=["solution"]
# A little more than half of the customers bring more than the whole profit. Then the curve is flat: those
# customers did nothing in 2024. The rest gives the surplus back.

# %% [markdown]
# ## 7. One budget, two tiers (level 3, 4 points)
#
# Divide a service budget of 3,000 a year between two tiers so that the most margin is kept.
#
# The *top* tier holds the 60 customers with the largest revenue of 2024, the *rest* the other 240. Spending $s$ a
# customer keeps, in a tier of $n$ customers with a mean margin of $m$ each in 2024,
#
# $$n \cdot m \cdot 0.3 \cdot \frac{s}{s + 4}$$
#
# (The numbers 0.3 and 4 are assumptions: chapter 6 shows how to measure them.) Which share of the 3,000 goes to the
# top tier? Try every whole percent from 0 to 100. Store a number between 0 and 1, such as 0.25, as `top_budget`.
#
# *Predict before you run: a fifth, as their number? three quarters, as their revenue? something else?*

# %%
# solution
top = profit.index.isin(revenue.nlargest(60).index)


def kept(margins, money):
    spend = money / len(margins)
    return len(margins) * margins.mean() * 0.3 * spend / (spend + 4)


share = np.arange(101) / 100
total = kept(margin[top], 3000 * share) + kept(margin[~top], 3000 * (1 - share))
top_budget = share[total.argmax()]
# end solution

# %%
ex.top_budget.check(top_budget)

# %% [markdown] tags=["solution"]
# More than their share of the customers, less than their share of the margin. At the best division the
# next unit of money keeps equally much in both tiers.

# %% [markdown]
# ## 8. A recommendation (level 3, 4 points)
#
# Which of three measures would you recommend, on the books of 2024?
#
# - `"fee"`: every order below 30.00 pays 4.00 for delivery;
# - `"returns"`: every return is charged 10.00;
# - `"close"`: the customers who flip sign are no longer served, so their margin and their costs are gone.
#
# Suppose that nobody changes behaviour. Make `recommendation` a dict with four entries:
#
# - `"measure"`: the one that would have raised the profit of 2024 the most;
# - `"gain"`: by how much, in money;
# - `"customers"`: how many customers it would have touched, that is, who would have paid or been closed;
# - `"recovered"`: how many of the customers who flip sign in 2024 have a profit above 0 in 2025. That is what closing
#   them would have cost.

# %%
# solution
orders = sold_2024[sold_2024["returns"].isna()]
small, returned = orders[orders["amount"] < 30], sold_2024[sold_2024["returns"].notna()]
who = list(flipped)
gain = {"fee": 4 * len(small), "returns": 10 * len(returned), "close": -profit[who].sum()}
touched = {"fee": small["customer_id"], "returns": returned["customer_id"], "close": pd.Series(who)}
best_measure = pd.Series(gain).idxmax()
recommendation = {
    "measure": best_measure,
    "gain": gain[best_measure],
    "customers": touched[best_measure].nunique(),
    "recovered": (profit_in(2025)[who] > 0).sum(),
}
# end solution

# %%
ex.recommendation.check(recommendation)

# %% [markdown] tags=["solution"]
# On paper closing often wins. But about one in five of the closed would have made a profit the year after, and
# the assumption that nobody changes behaviour is the weakest for a fee.

# %% [markdown]
# ### In two lines
#
# Now write it for the board, in two lines: what you recommend, and what could make it wrong. Nobody grades
# the words; go through the list below yourself, or swap with a neighbour.

# %%
# solution
memo = """Charge or close where serving costs more than the margin: that would have raised the profit of 2024.
It rests on nobody leaving, and some who lost money then earn it now: try it on a part first, and compare."""
# end solution

# %% [markdown]
# **A good memo**
#
# - names one measure, and its gain with a unit and a period;
# - says how many customers it touches;
# - says the assumption that matters most (nobody changes behaviour), and who would be lost if it fails;
# - uses the customers who recovered: today's small customer can be tomorrow's large one;
# - says how one would find out, before all customers are treated alike;
# - fits in two lines, and a reader who has not seen the numbers understands it.

# %% [markdown]
# ## How far are you?

# %%
ex.progress()

# %% [markdown]
# **In this set you have** measured concentration in two ways, seen that the top of one year is not the top of the
# next, worked out profit after cost to serve, found who flips sign, read a whale curve, divided a budget by what the
# next unit of money does, and held a recommendation against what came after.
#
# **To discuss:** Would you tell a customer that he or she costs more than he or she brings? What would you change
# about the service instead, so that the same order makes a profit?
