# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Start here: the whole loop in ten minutes
#
# A company looks at its customers, puts them in tiers, asks what each tier is worth, does something for
# some of them, and checks whether it worked. Then it starts again. This notebook goes round that loop once,
# on the orders of an online retailer.
#
# **After it you can**
#
# - turn a list of orders into one row a customer,
# - declare tiers and see who brings the money,
# - estimate what customers will buy next, and check the estimate,
# - tell the effect of an action from what would have happened anyway.
#
# **Time** 10 minutes. **Covers** section 1.3 of the courseware "Customer relationship tier management".
# **Data** `retail`: 4,000 simulated customers of a shop. Because they are simulated, the truth is known, and the
# estimates below are held against it.
#
# Run a cell with **Shift+Enter**, or all of them with *Run > Run All Cells*.

# %%
import pandas as pd

import crmlab

data = crmlab.load("retail")
print(len(data.customers), "customers,", len(data.transactions), "orders and returns")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1 Look
#
# Each row is one order, or one return with a negative amount. Let us pretend that today is 31 December
# 2024: we use only what happened until then, and keep the rest to check ourselves.

# %%
today = "2024-12-31"
orders = data.transactions
crmlab.table(orders[["order_id", "customer_id", "date", "amount"]], "Orders", rows=4)

# %% [markdown]
# `summarize` turns orders into one row a customer. *Frequency* counts **repeat** purchases: days with an
# order, after the first. *Recency* here is the time from the first to the last purchase, and *T* the time
# from the first purchase until today, both in weeks. (In RFM, chapter 3, recency is counted the other way:
# the time *since* the last purchase. Both uses are common; the table says `days_since_last` for the
# second.)

# %%
customers = crmlab.summarize(orders, as_of=today, time_unit="W")
columns = ["customer_id", "frequency", "recency", "T", "days_since_last", "orders", "revenue"]
crmlab.table(customers[columns], "Customers", rows=4)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Stop and predict.** What share of revenue do the best 20% of the customers bring? Write your guess, then
# run the next cell.

# %%
my_guess = 0.50

# %%
best_fifth = customers["revenue"].nlargest(round(0.2 * len(customers)))
share = best_fifth.sum() / customers["revenue"].sum()
print(f"You said {my_guess:.0%}. The best 20% bring {share:.0%}.")

# %%
ax = crmlab.plots.concentration(customers)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2 Tier
#
# A tier is an ordered label with consequences for service. A *policy* is the declared rule that gives every
# customer a tier. This one goes by revenue: a customer is `vip` if at least 95% of all customers have
# brought less.

# %%
policy = crmlab.TierPolicy(
    "First standard", measure="revenue", by="quantile",
    tiers={"regular": None, "silver": 0.50, "gold": 0.80, "vip": 0.95},
)
print(policy)

# %%
crmlab.table(policy.table(customers), "Tiers on 31 December 2024")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Where should the line of the top tier be? **Move the slider** and watch how much of the revenue stands
# above it, for a policy with only two tiers. The picture below the slider shows the four tiers as declared,
# so that a printed page has a picture too.

# %% tags=["nbval-ignore-output"]
one_line = crmlab.TierPolicy("One line", "revenue", {"regular": None, "vip": 0.95}, by="quantile")
crmlab.widgets.tier_explorer(customers, one_line)

# %%
ax = crmlab.plots.tier_bars(policy.table(customers))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3 Value
#
# What will these customers buy in the next 26 weeks? The naive answer: as much as in the last 26 weeks. A
# purchase model reckons instead with each customer's whole history, and with the chance that he or she has
# left for good without saying so. We use the BG/NBD model, which chapter 4 takes apart.
#
# To be fair to the naive answer, we compare on customers who have been there for at least 26 weeks.

# %%
tiered = policy.assign(customers)
model = crmlab.BetaGeoModel().fit(tiered)
tiered["model"] = model.expected_purchases(tiered, future_t=26)
tiered = tiered[tiered["T"] > 26]
model


# %%
def days_with_orders(customers, after, until):
    """Days on which each customer ordered, later than `after` and up to `until`."""
    inside = orders.query("amount > 0 and @after < date <= @until")
    inside = inside.drop_duplicates(["customer_id", "date"])
    return customers["customer_id"].map(inside["customer_id"].value_counts()).fillna(0)


# %%
now, weeks = pd.Timestamp(today), pd.Timedelta(weeks=26)
tiered = tiered.assign(naive=days_with_orders(tiered, now - weeks, now))
tiered["what came"] = days_with_orders(tiered, now, now + weeks)
forecast = tiered.groupby("tier", observed=True)[["model", "naive", "what came"]].mean()
ax = crmlab.plots.expected_against_actual(forecast)

# %% [markdown]
# The naive forecast is too high at the top and too low at the bottom. Customers stand at the top partly
# because they had a good half-year, and luck does not repeat; at the bottom it is the other way round. Some
# have left. And the last 26 weeks held November, the best month of this shop. The model allows for the
# first two.
#
# **Doubt.** The model knows no November either. It says nothing on the money that a customer will spend,
# nor on how sure it is.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4 Act
#
# On 2 June 2025 the retailer sends a voucher. It draws lots: half of its customers get one, the other half
# is held back. The column `voucher` says who is who. A voucher costs 4 to print, post and redeem; margin is
# 30% of an order.
#
# We sum up and tier again on the eve of the campaign, then count orders in the eight weeks before and after
# it.

# %%
eve, eight_weeks = pd.Timestamp("2025-06-01"), pd.Timedelta(weeks=8)
june = policy.assign(crmlab.summarize(orders, as_of=eve, time_unit="W"))
june = june.merge(data.customers[["customer_id", "voucher"]], on="customer_id")
june["before"] = days_with_orders(june, eve - eight_weeks, eve)
june["after"] = days_with_orders(june, eve, eve + eight_weeks)

# %%
averages = june.groupby("voucher")[["before", "after"]].mean()
averages.index = averages.index.map({True: "with a voucher", False: "held back"})
crmlab.table(averages, "Orders per customer in eight weeks")

# %% [markdown]
# **Stop and predict.** By how much did the voucher change the orders per customer? Note your answer, and
# which two numbers of the table you subtracted.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5 Check
#
# Two analysts read that table. The first takes the customers *with* a voucher, before and after. The second
# takes the weeks *after*, with a voucher and held back. Each adds a 90% interval.

# %%
sent, held_back = june[june["voucher"]], june[~june["voucher"]]
change = sent["after"] - sent["before"]
estimates = pd.DataFrame({
    "estimate": [change.mean(), sent["after"].mean() - held_back["after"].mean()],
    "variance": [change.var() / len(change),
                 sent["after"].var() / len(sent) + held_back["after"].var() / len(held_back)],
}, index=["before against after", "voucher against held back"])

# %%
margin_of_error = 1.645 * estimates["variance"] ** 0.5
effects = pd.DataFrame({
    "estimate": estimates["estimate"],
    "low": estimates["estimate"] - margin_of_error,
    "high": estimates["estimate"] + margin_of_error,
})
signed = dict.fromkeys(effects, "{:+.3f}")
crmlab.table(effects, "Effect on orders per customer, 90% intervals", formats=signed)

# %% [markdown]
# The two disagree. The data are simulated, so we can look up the truth: for each customer, the orders with
# the voucher and without. In life nobody ever sees both.

# %%
truth = crmlab.load("retail", truth=True).truth.customers
june = june.merge(truth[["customer_id", "orders_with_voucher", "orders_without_voucher"]])
june["planted"] = june["orders_with_voucher"] - june["orders_without_voucher"]
ax = crmlab.plots.effect_bars(effects, truth=june["planted"].mean())

# %% [markdown]
# The first analyst finds less than half of the effect. People become customers by ordering, so the weeks
# *before* hold the first order of every newcomer, and the weeks after do not. The customers held back show
# that fall; those with a voucher had it too, hidden under what the voucher added. Comparing the two groups
# is right because lots were drawn: before the campaign they did not differ, except by chance.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Does it pay? In each tier: extra orders times margin per order, less the cost of the voucher. The truth
# stands beside the estimate, which has a 90% interval.

# %%
by_tier = june.groupby("tier", observed=True)
arms = june.groupby(["tier", "voucher"], observed=True)["after"].agg(["mean", "var", "size"])
margin = (0.30 * by_tier["revenue"].sum() / by_tier["orders"].sum()).rename("margin_per_order")
extra = arms["mean"].unstack()[True] - arms["mean"].unstack()[False]
plus_minus = 1.645 * (arms["var"] / arms["size"]).groupby("tier", observed=True).sum() ** 0.5
pay = pd.DataFrame({
    "gain_per_voucher": extra * margin - 4,
    "low": (extra - plus_minus) * margin - 4,
    "high": (extra + plus_minus) * margin - 4,
    "true_gain": by_tier["planted"].mean().astype(float) * margin - 4,
})
crmlab.table(pay.iloc[::-1], "Gain per voucher, after its cost of 4, with 90% intervals")

# %% [markdown]
# In the lowest tier the voucher loses money, and the experiment is large enough to say so. At the top it
# may pay, or not: with 147 vip customers the interval is too wide to tell. An honest reader would send the
# next voucher to a part of the upper tiers, by lot again, and look once more.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What to take along
#
# **Key ideas**
#
# - The loop: look, tier, value, act, check. Each turn tells you what to change in the next one.
# - Tiers show who brought the money. The order among them lasts; the distance between them shrinks, because high
#   past revenue is partly luck.
# - An effect is a comparison with what would have happened anyway. Drawing lots gives you that comparison.
# - An action that works can still lose money, and small groups leave you unsure.
#
# **Terms** customer tier, tier policy, frequency, recency, *T*.
#
# **Common mistakes** Reading last year's revenue as next year's. Calling before-against-after an effect.
# Judging an action by the orders it "brought", without those that would have come anyway.
#
# **For discussion**
#
# 1. The voucher was drawn by lot. A colleague finds it unfair to hold half of the customers back. What do you answer?
# 2. Which tier would you send the voucher to next time? How sure are you?
# 3. What could go wrong if customers know where the line of the top tier is?
#
# Chapters 4 and 6 are being written; they take up the model and the traps of before and after.
#
# **Next** [Chapter 3: tiering methods and standards](03_tiering.ipynb), then its
# [exercises](../exercises/03_tiering.ipynb), which check themselves.
