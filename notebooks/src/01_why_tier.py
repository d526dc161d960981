# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Chapter 1: why tier customers at all?
#
# The courseware begins with a claim: a few customers bring most of the money, so a company should not serve
# everybody alike. This chapter measures the few, asks what is left of their money after they have been
# served, and asks whether they will be the same few next year. Then it divides one service budget.
#
# **After it you can**
#
# - measure how concentrated revenue and profit are, and say of whom it is a share,
# - draw the whale curve of profit, and find the large customers who cost more than they bring,
# - tell how much of a ranking is chance,
# - divide a service budget between tiers, and say who gains and who pays.
#
# **Time** 75 minutes. **Covers** sections 1.1, 1.2 and 2.2 of the courseware "Customer relationship tier
# management". **Data** `retail` and `bank` (both simulated, truth known).

# %%
import numpy as np
import pandas as pd

import crmlab
from crmlab.foundations import customer_profit, gini, top_share

retail, bank = crmlab.load("retail", truth=True), crmlab.load("bank", truth=True)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1 How much hangs on how few?
#
# `customer_profit` makes one row a customer for a period. *Revenue* is after discounts and returns, *margin*
# is what is left after the goods, *profit* is what is left after serving the customer: handling orders,
# taking calls, returns, tickets, and points that were redeemed.

# %%
year = customer_profit(retail, "2025-01-01", "2025-12-31").set_index("customer_id")
shown = ["revenue", "margin", "cost_to_serve", "profit"]
crmlab.table(year[shown], "The retailer's customers in 2025, money", rows=4)

# %% [markdown]
# **Stop and predict.** Sort the customers by profit, the best first. Which share of the whole *profit* do the
# best 20% bring, in per cent?

# %%
my_guess = 80

# %%
of_profit, of_revenue = top_share(year["profit"]), top_share(year["revenue"])
print(f"You said {my_guess}%; the best 20% by profit bring {of_profit:.0%} of the profit.")
print(f"The best 20% by revenue bring {of_revenue:.0%} of the revenue.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# More than everything: the best 20% earn more than the company does, because some of the others take money
# away again. We come back to them in section 2.
#
# ### The bank
#
# A bank earns a little on every unit of money it looks after. The data hold balances, payments, visits and
# complaints, but not what the bank earns on them. So we *declare* it, and say that these are assumptions.

# %%
from crmlab.foundations import BankRates, bank_profit

clients = bank_profit(bank, "2025-01-01", "2025-12-31").set_index("customer_id")
assumed = pd.Series(vars(BankRates()), name="money").to_frame()
earned, paid = "earned on one unit of balance, a year", "cost of one"
assumed["meaning"] = [earned] * 4 + ["cost, a year"] + [paid] * 3
crmlab.table(assumed, "Declared, not estimated", formats={"money": "{:,.3f}"})

# %% [markdown] slideshow={"slide_type": "subslide"}
# The **Lorenz curve** adds up the value from the smallest customer to the largest. If all were equal it would
# be the dashed line. The **Gini coefficient** is twice the area between the two: 0 if all are equal, near 1
# if one has everything. Shares of a whole cannot be negative, so the 26 customers who sent back more than
# they bought in 2025 count as zero here.

# %%
both = {"retail": year["revenue"].clip(lower=0), "bank": clients["revenue"]}
ax = crmlab.plots.lorenz_curves(both, value="revenue")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Doubt: the best 20% of whom?** We counted everybody who had ever ordered. Many of them ordered nothing in
# 2025. Leave them out, and the same company looks less concentrated.

# %%
def concentration(group):
    """How much hangs on how few in one group of customers."""
    return {
        "customers": len(group), "gini_of_revenue": gini(group["revenue"].clip(lower=0)),
        "share_of_revenue_top_20%": top_share(group["revenue"]),
        "share_of_profit_top_20%": top_share(group["profit"]),
    }


buyers = year[year["revenue"] > 0]
groups = {"retail, all known": year, "retail, with revenue": buyers, "bank": clients}
few = pd.DataFrame({name: concentration(group) for name, group in groups.items()}).T
crmlab.table(few, "Concentration in 2025", formats={"customers": "{:,.0f}"})

# %% [markdown]
# The two companies share their revenue almost alike, for different reasons. The bank's customers differ in
# how much money they *have*, which changes slowly. The retailer's differ in how often they *order*, and that
# is partly chance. Section 3 shows what this means for a ranking.
#
# Say of whom a share is a share. "The top 20% bring 78%" and "the top 20% bring 70%" are the same company.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2 The whale: profit after cost to serve
#
# Add up profit from the best customer down. The curve rises above 100%, and then the customers who cost more
# than they bring pull it back to where it must end. With some fantasy it is the back of a whale.

# %%
ax = crmlab.plots.whale(year["profit"])

# %%
from crmlab.foundations import per_100_of_revenue, top_group, whale_curve

loss = year["profit"] < 0
kinds = pd.Series("profit", index=year.index)
kinds[year["profit"] == 0] = "no business"
kinds[loss & (year["margin"] > 0)] = "loss after service (flips)"
kinds[loss & (year["margin"] <= 0)] = "loss before service"
flips = year.groupby(kinds)[["margin", "cost_to_serve", "profit"]].sum()
flips.insert(0, "customers", kinds.value_counts())
whole = dict.fromkeys(shown, "{:,.0f}")
crmlab.table(flips, "Where the whale rises and falls, money", formats=whole)

# %% [markdown]
# Over a thousand customers *flip*: their margin is above zero, and their profit is below. Most are small: one
# or two cheap orders do not pay for their own handling. But are they all small?
#
# **Stop and predict.** Take the 20% of customers with the highest *revenue*, 800 people whom every sales
# report would call the best. How many of them make a loss?

# %%
my_guess = 10

# %%
top = top_group(year["revenue"], 0.20)
print(f"You said {my_guess}; it is {(top & loss).sum()} of {top.sum()}.")
as_well = top_group(year["profit"])[top].mean()
print(f"Of the best 20% by revenue, {as_well:.0%} are also among the best 20% by profit.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Which cost does it?** Take 100 of revenue from either group among these 800 and follow it down to profit.

# %%
sign = pd.Series(np.where(loss, "at a loss", "at a profit"), year.index)
ax = crmlab.plots.revenue_steps(per_100_of_revenue(year, sign.where(top)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Not the goods: the margins are about the same. Two costs do it. **Returns** eat 18 of 100 instead of 1. And
# **handling orders** eats 19 instead of 7, because these customers place many small orders. Tickets add
# 4. Phone orders and points hardly matter. So a good remedy is not a worse service: it is fewer returns, and
# fewer, larger orders.
#
# Is it bad luck, or do they go on like that? Two ways to ask: what did the large loss-makers of 2024 do in
# 2025, and what is planted?

# %%
before = customer_profit(retail, "2024-01-01", "2024-12-31").set_index("customer_id")
large, lost = top_group(before["revenue"]), before["profit"] < 0
truth = retail.truth.customers.set_index("customer_id", drop=False)
known = truth.loc[before.index].assign(loses_again=loss.loc[before.index])
groups = known[large].groupby(np.where(lost[large], "loss in 2024", "profit in 2024"))
again = groups.agg(
    customers=("loses_again", "size"), share_at_a_loss_in_2025=("loses_again", "mean"),
    planted_share_of_orders_returned=("return_probability", "mean"),
    planted_order_value=("mean_order_value", "mean"),
)
crmlab.table(again, "The best 20% by revenue of 2024")

# %% [markdown] slideshow={"slide_type": "subslide"}
# They go on: after a loss in 2024, a loss in 2025 is more than five times as likely. The truth agrees. It has
# given these customers a chance of sending something back that is five times as high, and orders of half the
# value. This is a trait of the customer, and a company can act on it.
#
# **Move what things cost.** Customers do not change here, only the costs. How far must the cost of a return
# fall before fewer than 1,000 customers make a loss? The picture below the widget shows handling an order at
# half its cost.

# %% tags=["nbval-ignore-output"]
unit = retail.service_costs.set_index("kind")["unit_cost"]
now = {"cost_of_orders": "order", "cost_of_returns": "return", "cost_of_tickets": "ticket"}
crmlab.widgets.whale_explorer(year, {column: unit[kind] for column, kind in now.items()})

# %%
ax = crmlab.plots.whale(year["profit"] + year["cost_of_orders"] / 2)

# %%
def whale_in_numbers(profit):
    """How many lose money, how much, and how high the whale rises."""
    return {
        "share_of_customers_at_a_loss": (profit < 0).mean(),
        "losses_as_a_share_of_profit": -profit.clip(upper=0).sum() / profit.sum(),
        "share_of_profit_at_the_peak": whale_curve(profit)["share_of_profit"].max(),
    }


both = {"retail": year["profit"], "bank": clients["profit"]}
whales = pd.DataFrame({name: whale_in_numbers(profit) for name, profit in both.items()}).T
crmlab.table(whales, "Two whales, 2025")

# %% [markdown]
# **Doubt.** At the bank a larger share of the customers makes a loss, and it hardly matters: each of them
# loses little. Count the money, not the heads. And do not read the peak as a promise. "Without the
# unprofitable customers we would earn 120%" holds only if nothing else changes: if the costs really go away
# with them, if nobody whom they brought leaves too, and if none of them would have become a good customer.
# That last one we can compute.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3 Will they be the same few next year?
#
# A tier promises something for the future, on the evidence of the past. Let us take the customers whom the
# retailer won in 2023. It knows two whole years of each of them, 2024 and 2025. *Sales* are the orders they
# placed, returns not deducted.

# %%
old = retail.customers.loc[retail.customers["signup_date"] < "2024-01-01", "customer_id"]
placed = retail.transactions[retail.transactions["returns"].isna()]
placed = placed.assign(month=placed["date"].dt.to_period("M"))
monthly = placed.pivot_table(index="customer_id", columns="month", values="amount", aggfunc="sum")
monthly = monthly.reindex(old).fillna(0)
sales_2024 = monthly.loc[:, "2024-01":"2024-12"].sum(axis=1).rename("2024")
sales_2025 = monthly.loc[:, "2025-01":"2025-12"].sum(axis=1).rename("2025")
crmlab.table(pd.DataFrame({"2024": sales_2024, "2025": sales_2025}), "Sales, money", rows=4)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Move the window.** Rank the customers by their sales in the last months of 2024. The orange curve shows
# how concentrated these sales are; the blue one shows what the same people, in the same order, bring in 2025.
# The gap is what the ranking owes to its own window. The picture below shows the last quarter.

# %% tags=["nbval-ignore-output"]
crmlab.widgets.window_explorer(monthly.loc[:, "2024-01":"2024-12"], sales_2025)

# %%
quarter = monthly.loc[:, "2024-10":"2024-12"].sum(axis=1).rename("Q4 2024")
ax = crmlab.plots.ranking_curves(quarter, sales_2025)

# %% [markdown] slideshow={"slide_type": "subslide"}
# The best customers of one quarter bring 93% of its sales and 69% of the next year's. Have they changed? Have
# they left? Or were some of them never that good?
#
# In life you cannot know, because you cannot run the year again. Here we can. The truth knows for each
# customer how often he or she orders (a rate that stays the same), how much an order is worth, and how likely
# it is that he or she leaves after it. `redraw_spend` lets the same people live the same year again, with
# other luck, and without vouchers and programmes.
#
# **Stop and predict.** We take the best 20% of 2024 and draw *the same year* again, for the same people with
# the same rates. How many per cent of them will be among the best 20% again?

# %%
my_guess = 90

# %%
from crmlab.foundations import expected_spend, group_again, redraw_spend

planted = truth.loc[old]
same_year = redraw_spend(planted, "2024-01-01", draws=50, seed=1)
next_year = redraw_spend(planted, "2025-01-01", draws=50, seed=2)


def follow(years):
    """Follow the best 20% of 2024 into each draw."""
    return pd.DataFrame([group_again(sales_2024, years[draw]) for draw in years])


again_same, again_next = follow(same_year), follow(next_year)
print(f"You said {my_guess}%; on average it is {again_same['again'].mean():.0%}.")

# %%
happened = group_again(sales_2024, sales_2025)
ax = crmlab.plots.chance_strip(
    {"2024 once more": again_same["again"], "2025": again_next["again"]},
    {"2025": happened["again"]},
    "share of the best 20% of 2024 who are among the best 20% again",
    "Three in ten change, even when the same year is drawn again",
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Nothing about these people has changed, and yet three in ten of the best are replaced. That is chance alone.
# The next year is hardly worse. What really happened lies among the draws.
#
# Whoever is at the top is there because of good rates *and* good luck. The rates stay; the luck does not. So
# the group's share of sales falls back, which is called **regression to the mean**.

# %%
best, expected = top_group(sales_2024), expected_spend(planted, "2025-01-01")
caused = placed["order_id"].isin(retail.truth.orders["order_id"])
unaided = placed[~caused & (placed["date"] >= "2025-01-01")]
unaided = unaided.groupby("customer_id")["amount"].sum().reindex(old).fillna(0)
path = pd.Series({
    "2024, the year that chose them": happened["share_before"],
    "2024 once more, mean of 50 draws": again_same["share_after"].mean(),
    "2025, mean of 50 draws": again_next["share_after"].mean(),
    "2025, expected from the planted rates": expected[best].sum() / expected.sum(),
    "2025, without orders that actions caused": unaided[best].sum() / unaided.sum(),
    "2025, as it happened": happened["share_after"],
}, name="share_of_sales")
crmlab.table(path, "What the best 20% of 2024 bring")

# %% [markdown] slideshow={"slide_type": "subslide"}
# From 83% to 70%, almost all by chance: nobody in this group became worse. In 2025 it is 75%, because by then
# more of the *others* have left for good. Draw and formula agree, and so does the year itself once we take
# out the orders that the voucher and the loyalty programme caused. With them it is 78%: gold status rewards
# those who spend much, and they bought more.
#
# Keep this in mind for chapter 6. An action for *last year's best* looks bad before it has done anything, and
# one for last year's *worst* looks good.
#
# **A longer window** holds less chance. What share do the best 20% bring in one month, in a year, in eight
# years?

# %%
lengths = [1, 3, 6, 12, 24, 48, 96]


def drawn(months, **how):
    """Mean share of the best 20% over ten draws of a window."""
    weeks = months * 52 / 12
    years = redraw_spend(planted, "2024-01-01", weeks, draws=10, seed=months, **how)
    return years.apply(top_share).mean()


# %%
since = monthly.loc[:, "2024-01":]
seen = {months: top_share(since.iloc[:, :months].sum(axis=1)) for months in lengths[:5]}
by_length = pd.DataFrame({
    "as it happened": pd.Series(seen),
    "drawn again": pd.Series({m: drawn(m) for m in lengths}),
    "drawn again, nobody leaves": pd.Series({m: drawn(m, leaving=False) for m in lengths}),
})
there = ~(planted["last_active"] < "2024-01-01")
rates_alone = top_share(there * planted["purchase_rate"] * planted["mean_order_value"])
ax = crmlab.plots.window_shares(by_length, rates_alone)

# %% [markdown] slideshow={"slide_type": "subslide"}
# In a single month fewer than one in five order, so the best 20% bring everything, and that means nothing. In
# a year drawn again they bring 81%, and 76% is planted: the rest is chance, and it goes on shrinking if
# nobody leaves. What happened lies a little above, because January to March are quiet months and because the
# programme helps the large. Where customers may leave, the curve rises again after two years. Those who have
# left bring no more, and a very long window mistakes *has stayed* for *orders much*.
#
# **Doubt: today's small customer.** Who takes the places at the top in 2025? Two kinds of newcomers: people
# whose planted rates always were among the best, and people with luck.

# %%
best_next, really = top_group(sales_2025), top_group(expected)
newcomer, lower_half = best_next & ~best, sales_2024 <= sales_2024.median()
counts = pd.Series({
    "best 20% in 2025": best_next.sum(),
    "of these, new": newcomer.sum(),
    "new, and best 20% by planted rates": (newcomer & really).sum(),
    "new, and in the lower half in 2024": (newcomer & lower_half).sum(),
}, name="customers")
crmlab.table(counts, "Newcomers at the top of the retailer")

# %% [markdown] slideshow={"slide_type": "subslide"}
# More than half of the newcomers belonged there all along, and had a poor year. No report of 2024 shows it.
#
# At the bank the top moves less, but some small customers really grow. The truth calls them *starters*. Look
# at those with less than 5,000 under management in March 2023.

# %%
money = bank.balances.assign(aum=bank.balances[["deposits", "funds", "insurance"]].sum(axis=1))
aum = money.pivot(index="customer_id", columns="month", values="aum")[["2023-03-31", "2025-12-31"]]
aum = aum.dropna().set_axis(["in_2023", "in_2025"], axis=1)
stay = group_again(aum["in_2023"], aum["in_2025"])["again"]
clients_truth = bank.truth.customers.set_index("customer_id")

# %%
small = aum[aum["in_2023"] < 5_000].join(clients_truth["aum_growth"])
kind = np.where(clients_truth.loc[small.index, "segment"] == "starters", "starters", "all others")
growth = small.groupby(kind)[["in_2023", "in_2025"]].sum()
growth.insert(0, "customers", small.groupby(kind).size())
growth["times"] = growth["in_2025"] / growth["in_2023"]
growth["planted_times"] = np.exp(2.75 * small["aum_growth"]).groupby(kind).mean()
whole = dict.fromkeys(["in_2023", "in_2025"], "{:,.0f}")
print(f"{stay:.0%} of the best 20% of 2023 are among the best 20% at the end of 2025.")
crmlab.table(growth, "Small customers of the bank: assets, money", formats=whole)

# %% [markdown]
# One in four of these small customers is a starter, and in under three years the starters' money has grown
# fourfold, about as planted. Hardly any has reached the top yet, so a ranking by size does not see them.
# Present size is not potential; chapter 4 keeps the two apart.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4 One budget: the same for all, or by tier?
#
# Now the claim itself. It is 1 January 2025, and the retailer has 6,000 for better service to the customers
# it won in 2023. It tiers them by their margin of 2024.

# %%
book = pd.DataFrame({
    "margin": before["margin"].loc[old], "margin_2025": year["margin"].loc[old],
    "sales_2024": sales_2024, "planted_sales_2025": expected,
})
policy = crmlab.TierPolicy(
    "Margin standard", "margin", {"regular": None, "silver": 0.80, "gold": 0.95}, by="quantile",
)
tiers = policy.assign(book)["tier"]
means = book.groupby(tiers, observed=True).mean().iloc[::-1]
means.insert(0, "customers", tiers.value_counts())
crmlab.table(means.rename(columns={"margin": "margin_2024"}), "Means a customer and year, money")

# %% [markdown]
# What does service do? We *assume*, and say so: service can win or lose a quarter of a customer's margin
# (`at_stake`), and 10 a year for a customer reaches half of that (`half_spend`). Each further unit of money
# does less. For a tier of `n` customers with a margin of `m`, spending `s` on each keeps
#
#     n * m * 0.25 * s / (s + 10)
#
# and the last part, s / (s + 10), is our *satisfaction*, from 0 to 100%. Everybody reacts alike; only the margins
# differ. Sizes and margins come from the data. Chapter 6 shows how to measure the rest.


# %%
from crmlab.foundations import ServiceTier, best_split, service_plan


def service_tiers(margins, at_stake=0.25):
    """One ServiceTier for each tier, highest first."""
    by_tier = margins.groupby(tiers, observed=True)
    return [ServiceTier(t, len(m), m.mean(), at_stake, 10.0) for t, m in by_tier][::-1]


budget = 6_000
offered = service_tiers(book["margin"])
equal = service_plan(offered, budget)
columns = ["customers", "spend_per_customer", "margin_kept", "satisfaction", "marginal_return"]
crmlab.table(equal[columns], "The same for all", formats={"satisfaction": "{:.0%}"})

# %% [markdown]
# The last column is the margin that one more unit of money would keep: more than five in gold, a tenth in
# regular. As long as these differ, money is in the wrong place.
#
# **Move the budget between tiers.** Regular gets what the others leave. Find the division with the highest
# profit. Then look at who pays for it.

# %% tags=["nbval-ignore-output"]
crmlab.widgets.service_explorer(offered, budget)

# %%
tiered = service_plan(offered, budget, best_split(offered, budget))
ax = crmlab.plots.service_bars(equal, tiered)
crmlab.table(tiered[columns], "The best division", formats={"satisfaction": "{:.0%}"})

# %% [markdown] slideshow={"slide_type": "subslide"}
# Served alike, the customers return 5,681 on a budget of 6,000: service does not even pay for itself. Divided
# by tier, the same budget keeps 9,505. The best division evens out the marginal returns of gold and silver,
# and *the regular tier gets nothing*: even its first unit would keep less.
#
# Under the assumptions the gain is real, and four in five customers pay for it: mean satisfaction falls from
# 40% to 15%. "Segment, serve differently, satisfaction rises" holds for the upper tiers only. Say whose
# satisfaction you mean.
#
# Must it be nothing? Let us promise every regular customer a little first, and divide the rest.

# %%
floors, regulars = {}, offered[-1].customers
for floor in (0, 1, 2, 4, 6):
    rest = budget - floor * regulars
    parts = [rest * share for share in best_split(offered[:-1], rest)]
    plan = service_plan(offered, budget, [*parts, floor * regulars])
    gain = plan["margin_kept"].sum() - equal["margin_kept"].sum()
    floors[f"{floor} a year for each"] = {"gain_in_margin": gain, **plan["satisfaction"]}
form = {"gain_in_margin": "{:,.0f}", **dict.fromkeys(plan.index, "{:.0%}")}
floors = pd.DataFrame(floors).T
crmlab.table(floors, "Floors for regular: gain, and satisfaction by tier", formats=form)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Near the best division the gain is flat, so a floor is cheap: 2 a year for every regular customer costs a
# twentieth of the gain.
#
# **Doubt: these were the margins of 2024.** They chose the tiers, so they flatter the upper ones (section 3).
# Hold the same plan against what the same people brought in 2025, and against a world in which regular
# customers have three times as much to win or lose as we assumed.

# %%
shares, in_2025 = best_split(offered, budget), service_tiers(book["margin_2025"])
touchy = [*in_2025[:-1], ServiceTier("regular", regulars, in_2025[-1].margin, 0.75, 10.0)]
worlds = {
    "margins of 2024, as planned": offered, "margins of 2025": in_2025,
    "margins of 2025, more at stake in regular": touchy,
}
kept = pd.DataFrame(index=list(worlds))
for plan, division in {"equal_service": None, "the_plan": shares}.items():
    kept[plan] = [service_plan(w, budget, division)["margin_kept"].sum() for w in worlds.values()]
kept["gain"] = kept["the_plan"] - kept["equal_service"]
crmlab.table(kept, "Margin kept, money", formats=dict.fromkeys(kept, "{:,.0f}"))

# %%
by_tier = book["margin_2025"].groupby(tiers, observed=True).sum()
in_regular = (best_next & (tiers == "regular")).sum()
print(f"Regular customers bring {by_tier['regular'] / by_tier.sum():.0%} of the margin of 2025.")
print(f"Of the {best_next.sum()} best of 2025, {in_regular} had been put in the regular tier.")

# %% [markdown]
# More than a quarter of the promised gain is gone: gold's planted sales are a third below those of the year
# that chose it, and some gold customers have left. And if regular customers are easier to lose than we
# thought, nearly all of it is gone. Nobody may treat *regular* as *worthless*: a quarter of next year's
# margin comes from there, and a third of next year's best.
#
# So why tier? Because margins differ enough that the same service for all wastes money, even after the luck
# is taken out. But tier on what lasts, keep a floor, look again often, and measure what service does before
# you believe a curve.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What to take along
#
# **Key ideas**
#
# - Value is concentrated. How much depends on what is shared (revenue or profit), among whom (all known
#   customers or buyers), and over how long.
# - High revenue is not high profit. Cost to serve turns some large customers into losses, and it is a trait
#   that lasts.
# - A ranking is part rates, part luck. Three in ten of the best change places even when nobody changes.
# - On one budget, tiered service earns more because margins differ. The lower tiers pay for it, and near the
#   best division a floor for them is cheap.
# - Size today is not potential.
#
# **Terms** customer tier, segment, Lorenz curve, Gini coefficient, contribution margin, cost to serve, whale
# curve, regression to the mean, marginal return, planted truth.
#
# **Common mistakes** Quoting a share without its denominator. Computing a Gini coefficient of numbers that
# can be negative. Reading the peak of the whale as a profit that can be had. Ranking by a short window.
# Taking the fall of last year's best for a failure of service. Averaging satisfaction over tiers and not
# saying who lost.
#
# **For discussion**
#
# 1. A customer has the third-highest revenue and makes a loss through returns. What do you do first?
# 2. Your sales report ranks customers by last month. What would you change, and what does it cost you?
# 3. The best plan gives four in five customers nothing. Would you publish your tiers?
# 4. How would you find the bank's starters without knowing the truth?
#
# **Read on** Lorenz (1905), "Methods of measuring the concentration of wealth". Kaplan and Narayanan (2001),
# "Measuring and managing customer profitability", on whale curves. Galton (1886), "Regression towards
# mediocrity in hereditary stature". Fader, Hardie and Lee (2005), "Counting your customers the easy way", on
# the model from which the years are drawn. Chapter 3 builds tiers, chapter 4 values customers, chapter 6
# measures what service does.
#
# **Next** the [exercises](../exercises/01_why_tier.ipynb) on your own numbers.
