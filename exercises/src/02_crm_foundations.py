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
# # Exercises 2: one customer, many systems
#
# You will: see what a careless join does, build one row for every customer, match two systems by telephone number,
# label lifecycle stages, compute a conversion, count moves between tiers, and simulate one more quarter.
#
# **Time:** about 75 minutes. **Goes with:**
# [chapter 2, one customer, many systems](../notebooks/02_crm_foundations.ipynb). **Data:** a small retailer, 360
# customers and three years of orders, returns, tickets and survey answers, the accounts of its web shop and the
# customer cards of its tills. With your own student id below, the customers are yours alone: a neighbour has other
# numbers.
#
# **How it works.** Each question has a cell to fill in, and a cell that checks it within a second. Write as
# many lines as you need, and store the result under the name that is already there, in place of the dots. A check
# says *not attempted*, *wrong* (and where to look) or *right*. Check as often as you like: points once
# earned stay. Level 1 is a warm-up, level 2 takes some thought, level 3 is hard.
#
# Stuck? Put `ex.revenue_factor.hint()` in a cell of its own: the first hint is a nudge, the last nearly tells.
# `ex.revenue_factor.solution()` shows one way to do it; try on your own before. Neither costs points
# in this set; `ex.progress()` only notes them.

# %%
import numpy as np
import pandas as pd

import crmlab

# put your own student id between the quotes, then run the cell
ex = crmlab.exercise("02_crm_foundations", student="demo")
ex

# %% [markdown]
# Have a look at your data first. An order has an id that begins with O; a return begins with R, has a negative
# amount, and says in `returns` which order it belongs to. `signup_date` is the day of the first order.

# %%
ex.customers.head()

# %%
ex.transactions.head()

# %%
ex.tickets.head()

# %%
ex.surveys.head()

# %% [markdown]
# The two systems know their customers under ids of their own.

# %%
ex.web_accounts.head()

# %%
ex.till_cards.head()

# %% [markdown]
# ## 1. What a careless join does (level 1, 2 points)
#
# A colleague joins three tables in one go, and adds up `amount`. By which factor is the sum too high?
#
# ```python
# big = ex.customers.merge(ex.transactions, on="customer_id", how="left")
# big = big.merge(ex.tickets, on="customer_id", how="left")
# ```
#
# The right sum is that of `amount` in `ex.transactions`. If the colleague's sum were twice as high, the factor would
# be 2. Three decimals are enough. *Predict before you run: is it too high by a little, by a half, or by more?*

# %%
# solution
careless = ex.customers.merge(ex.transactions, on="customer_id", how="left")
careless = careless.merge(ex.tickets, on="customer_id", how="left")
revenue_factor = careless["amount"].sum() / ex.transactions["amount"].sum()
# end solution

# %%
ex.revenue_factor.check(revenue_factor)

# %% [markdown] tags=["solution"]
# Each order stands there once for every ticket of its customer. Nothing in the result looks wrong: only a sum that
# one knows from elsewhere shows it.

# %% [markdown]
# ## 2. One row for every customer (level 2, 4 points)
#
# Put together one row for *every* customer: a small customer 360.
#
# Make `view` a DataFrame with the columns `customer_id`, `orders`, `spent`, `tickets` and `last_csat`:
#
# - `orders`: the number of orders. Rows of `ex.transactions` with an entry in `returns` are returns, not orders;
# - `spent`: the sum of `amount`, returns deducted (they stand there as negative amounts);
# - `tickets`: the number of tickets, 0 for customers who never wrote;
# - `last_csat`: the satisfaction in the latest survey answer by `date`, missing for customers who never answered.
#
# Two things stay true while you join: the view has as many rows as `ex.customers`, and `spent` adds up to the
# sum of all amounts. (`customer_id` may be the index.)

# %%
# solution
sold = ex.transactions
view = ex.customers[["customer_id"]].set_index("customer_id")
view["orders"] = sold[sold["returns"].isna()].groupby("customer_id").size()
view["spent"] = sold.groupby("customer_id")["amount"].sum()
view["tickets"] = ex.tickets.groupby("customer_id").size()
view["tickets"] = view["tickets"].fillna(0)
in_order = ex.surveys.sort_values("date")
view["last_csat"] = in_order.groupby("customer_id")["csat"].last()
assert len(view) == len(ex.customers)
assert round(view["spent"].sum() - sold["amount"].sum(), 2) == 0
# end solution

# %%
ex.view.check(view)

# %% [markdown] tags=["solution"]
# Each table is brought down to one row a customer before it is joined. `merge(..., validate="1:1")` makes pandas
# check just that.

# %% [markdown]
# ## 3. One customer in two systems (level 2, 3 points)
#
# Which web accounts belong to somebody who also has a customer card? Match them by telephone number.
#
# The web shop writes `+44 6944 803338` or `+86 154 1057 9841`, the till `06944803338` or `15410579841`: no blanks,
# a 0 in place of `+44`, nothing in place of `+86`. A customer may have two accounts. An account or card without a
# number matches nothing.
#
# Make `both_systems` a set or list with the `account_id` of every account whose number is on a card.

# %%
# solution
accounts = ex.web_accounts.dropna(subset="phone")
number = accounts["phone"].str.replace(" ", "")
number = number.str.replace("+44", "0", regex=False).str.replace("+86", "", regex=False)
on_a_card = number.isin(ex.till_cards["phone"].dropna())
both_systems = set(accounts.loc[on_a_card, "account_id"])
# end solution

# %%
ex.both_systems.check(both_systems)

# %% [markdown] tags=["solution"]
# A telephone number finds some of the customers who are in both systems, not all: many cards and accounts have
# none. Chapter 7 uses names and addresses as well.

# %% [markdown]
# ## 4. Lifecycle stages (level 1, 3 points)
#
# Label the lifecycle stage of every customer on 30 June 2025.
#
# Count the days from an order to 30 June 2025. The first rule that holds decides:
#
# - **new**: the first order is at most 90 days old;
# - **active**: the last order is at most 180 days old;
# - **sleeping**: the last order is at most 365 days old;
# - **lost**: it is older.
#
# On that day nobody knew what came later: orders after 30 June 2025 do not count, and customers who signed up later
# are not labelled. Returns are not orders. Make `stage` a Series with `customer_id` as its index.

# %%
# solution
today = pd.Timestamp("2025-06-30")
until = sold[sold["returns"].isna() & (sold["date"] <= today)]
age = today - until.groupby("customer_id")["date"].agg(["min", "max"])
oldest, newest = age["min"].dt.days, age["max"].dt.days
labels = np.select([oldest <= 90, newest <= 180, newest <= 365], ["new", "active", "sleeping"], "lost")
stage = pd.Series(labels, index=age.index)
# end solution

# %%
ex.stage.check(stage)

# %% [markdown] tags=["solution"]
# "Lost" is a label by a rule, not a fact: some of them order again after 30 June. You could count them.

# %% [markdown]
# ## 5. From the first order to the second (level 3, 4 points)
#
# What share of the customers places a second order within 90 days of the first?
#
# The data end on 28 December 2025. Who ordered for the first time in, say, November has not had 90 days yet. So look
# only at customers who had: those whose first order was on 29 September 2025 or before.
#
# A second order on day 90 counts, and so does one on the day of the first. Returns are not orders. Store the share as
# `conversion`. Three decimals are enough.

# %%
# solution
ordered = sold[sold["returns"].isna()].sort_values(["customer_id", "date"])
place = ordered.groupby("customer_id").cumcount()
first_day = ordered[place == 0].set_index("customer_id")["date"]
second_day = ordered[place == 1].set_index("customer_id")["date"].reindex(first_day.index)
had_time = first_day <= "2025-09-29"
conversion = ((second_day - first_day).dt.days <= 90)[had_time].mean()
# end solution

# %%
ex.conversion.check(conversion)

# %% [markdown] tags=["solution"]
# Between a third and a half. With the newcomers in the denominator it looks lower, and the more newcomers a shop has,
# the worse it looks: growth would be punished.

# %% [markdown]
# ## 6. Who moves up, and who falls? (level 2, 3 points)
#
# Who moves up, and who falls? Count the moves between tiers from 30 June to 30 September 2025.
#
# On both days a customer's tier follows from the money spent (the sum of `amount`, returns deducted) in the
# twelve months that end on that day, from 1 July 2024 and from 1 October 2024:
#
# - **gold**: at least 300.00; **silver**: at least 100.00; **regular**: less, or nothing.
#
# Take the customers who signed up on 30 June 2025 or before. Make `flow` a DataFrame with one row for each tier on 30
# June (`before`: the column or the index) and the columns `gold`, `silver` and `regular` for the tier on 30
# September. A cell holds the number of customers.

# %%
# solution
known = ex.customers.loc[ex.customers["signup_date"] <= "2025-06-30", "customer_id"]


def tier(start, end):
    rows = sold[sold["date"].between(start, end)]
    spent = rows.groupby("customer_id")["amount"].sum().reindex(known, fill_value=0)
    return pd.Series(np.select([spent >= 300, spent >= 100], ["gold", "silver"], "regular"), index=known)


flow = pd.crosstab(tier("2024-07-01", "2025-06-30"), tier("2024-10-01", "2025-09-30"))
flow = flow.rename_axis("before")
# end solution

# %%
ex.flow.check(flow)

# %% [markdown] tags=["solution"]
# Most customers stay where they are: nine of the twelve months are the same in both windows.

# %% [markdown]
# ## 7. One more quarter (level 3, 3 points)
#
# Simulate one more quarter: how many of these customers do you expect in each tier on 31 December 2025?
#
# Suppose that customers move in the fourth quarter as they did in the third. Turn each row of `flow` into shares: of
# those who were gold, which part stayed, which part became silver, which part regular? Apply these shares to the
# sizes of the tiers on 30 September (the same customers, without newcomers).
#
# Make `next_quarter` a Series with the expected number of customers, indexed by `tier`. Expected numbers need not
# be whole; two decimals are enough.

# %%
# solution
shares = flow.div(flow.sum(axis=1), axis=0)
in_september = flow.sum()
next_quarter = in_september @ shares.loc[in_september.index]
# end solution

# %%
ex.next_quarter.check(next_quarter)

# %% [markdown] tags=["solution"]
# Hold it against what happened: `tier("2025-01-01", "2025-12-31").value_counts()`. The fourth quarter has Christmas in
# it, and the third had not; and a tier does not remember how long somebody has been in it.

# %% [markdown]
# ## How far are you?

# %%
ex.progress()

# %% [markdown]
# **In this set you have** found out what a join can double, built a view with one row for every customer, matched two
# systems and looked after what is missing, labelled stages without looking into the future, chosen the right
# denominator, and taken a table of moves one quarter further.
#
# **To discuss:** Which of your numbers would a manager have accepted if it had been wrong? What check would have
# caught it?
