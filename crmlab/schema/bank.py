"""Columns of the bank's tables: table -> column -> (kind, may be missing, meaning with its unit).

Kinds are those of :mod:`crmlab.schema`. Scores in whole numbers are counts, so that they stay whole at rest.
"""

from __future__ import annotations

from crmlab.schema import Columns

_WHO = ("id", False, "which customer")
_CLIENT = ("id", False, "which corporate client")
_YEAR = ("count", False, "calendar year")
_FUNCTIONS = ("information", "relationship", "interaction", "satisfaction", "channel", "service", "forecast")
_SCORE = "score reported by the manager for the function of that name, 0 to 100"

COLUMNS: Columns = {
    "customers": {
        "customer_id": ("key", False, "one private customer; unique"),
        "opened": ("date", False, "month in which the account was opened, as its first day"),
        "birth_year": ("count", False, "year of birth"),
        "gender": ("text", False, "F, M or X (neither, or not said)"),
        "region": ("text", False, "region of the address: North, South, East, West"),
        "employment": ("text", False, "employed, self-employed, student, retired, not working"),
        "income_band": ("text", False, "own statement of yearly income, currency units"),
        "branch_id": ("id", False, "branch of the account"),
        "relationship_manager_id": ("id", True, "manager who looks after the customer; missing for most"),
        "relationship": ("text", False, "business relationship: consumer, employee, partner, supplier"),
        "tier_at_start": ("text", True, "tier at the first quarter-end statement, by tier_rules; missing without one"),
    },
    "contracts": {
        "customer_id": ("key", False, "one account contract a customer; unique"),
        "plan": ("text", False, "flex (renewed every month), basic, plus, premium (renewed every year)"),
        "started": ("date", False, "first day of the first month"),
        "ended": ("date", True, "renewal day on which the customer left; missing if the contract still runs"),
        "reason": ("text", True, "reason given on leaving; missing if the contract still runs"),
    },
    "products": {
        "customer_id": _WHO,
        "product": ("text", False, "card, savings, funds, loan or insurance, held beside the account"),
        "opened": ("date", False, "month of opening, as its first day"),
        "closed": ("date", True, "first day of the month in which it was closed; missing if still held"),
    },
    "balances": {
        "customer_id": _WHO,
        "month": ("date", False, "last day of the month of the statement"),
        "deposits": ("money", False, "balance of account and savings, currency units"),
        "funds": ("money", False, "value of funds, currency units"),
        "loans": ("money", False, "owed to the bank, currency units; not part of assets under management"),
        "insurance": ("money", False, "value of insurance policies, currency units"),
        "payments": ("count", False, "payments since the statement before (in the quarter or month)"),
        "turnover": ("money", False, "value of these payments, currency units"),
    },
    "credit": {
        "customer_id": _WHO,
        "year": ("count", False, "calendar year of the assessment"),
        "credit_score": ("count", False, "credit score, 300 to 850, higher is better"),
        "months_past_due": ("count", False, "months of the past year with a payment overdue, 0 to 12"),
    },
    "visits": {
        "customer_id": _WHO,
        "date": ("date", False, "day of the visit"),
        "manager_id": ("id", False, "relationship manager"),
        "minutes": ("count", False, "length in minutes"),
        "topic": ("text", False, "review, investing, financing, insurance or service"),
    },
    "complaints": {
        "customer_id": _WHO,
        "opened": ("date", False, "day on which the complaint came in"),
        "topic": ("text", False, "fees, app, card, advice, staff or loan"),
        "first_response_hours": ("duration", False, "hours until the first response"),
        "resolution_hours": ("duration", False, "hours until the complaint was resolved"),
    },
    "surveys": {
        "customer_id": _WHO,
        "wave": ("text", False, "year and month of the survey; everyone with a contract was asked"),
        "date": ("date", True, "day of the answer; missing without one"),
        "satisfaction": ("count", True, "satisfaction with the bank, 0 to 100; missing without an answer"),
        "nps": ("count", True, "how likely to recommend the bank, 0 to 10; missing without an answer"),
    },
    "branches": {
        "branch_id": ("key", False, "one branch; unique"),
        "region": ("text", False, "region of the branch"),
        "manager_id": ("id", False, "relationship manager of the branch"),
        "crm_rollout": ("date", True, "first day of the month in which the branch began to work with the CRM system; "
                        "missing if it never did"),
    },
    "managers": {
        "manager_id": ("key", False, "one relationship manager; unique"),
        "visits_per_quarter": ("count", False, "visits that the manager has time for in a quarter"),
    },
    "tier_rules": {
        "tier": ("key", False, "tier, from the lowest; a customer is in the last one whose conditions all hold"),
        "min_aum": ("money", False, "least assets under management (deposits, funds, insurance), currency units"),
        "min_products": ("count", False, "least number of kinds of product held, the account among them"),
        "min_credit_score": ("count", False, "least credit score of the year"),
        "max_months_past_due": ("count", False, "most months past due in the credit record of the year"),
    },
    "clients": {
        "client_id": ("key", False, "one corporate client; unique"),
        "industry": ("text", False, "line of business"),
        "region": ("text", False, "region of the head office"),
        "employees": ("count", False, "number of employees"),
    },
    "facilities": {
        "facility_id": ("key", False, "one facility: the client and a number; unique"),
        "client_id": _CLIENT,
        "kind": ("text", False, "corporate loan, project finance or leasing"),
        "limit": ("money", False, "amount agreed, currency units"),
        "exposure": ("money", False, "amount owed on 1 January 2023, or at the start if later, currency units"),
        "rating": ("text", False, "rating of the client, AAA (best) to CCC"),
        "start": ("date", False, "first day of the first month"),
        "maturity": ("date", False, "day on which it is to be paid back"),
        "margin": ("share", False, "interest margin per year, as a share of the exposure"),
    },
    "defaults": {
        "facility_id": ("key", False, "facility that defaulted; unique"),
        "date": ("date", False, "first day of the month of the default"),
        "exposure_at_default": ("money", False, "amount owed at default, currency units"),
        "recovered": ("money", False, "amount recovered, currency units"),
        "loss": ("money", False, "amount lost, currency units"),
    },
    "relation_indicators": {
        "client_id": _CLIENT,
        "year": _YEAR,
        "fields_filled": ("count", False, "fields of the client file that are filled, of 20"),
        "people_known": ("count", False, "people at the client who decide on financing"),
        "people_met": ("count", False, "how many of them the bank met in the year"),
        "meetings": ("count", False, "meetings in the year"),
        "satisfaction": ("count", False, "satisfaction of the client in the yearly talk, 0 to 100"),
        "channels_used": ("count", False, "channels in use, of 5: branch, telephone, portal, e-mail, visit"),
        "requests": ("count", False, "service requests in the year"),
        "requests_in_time": ("count", False, "how many of them were answered within 24 hours"),
        "exposure_forecast": ("money", False, "exposure at the end of the year as forecast at its beginning"),
        "exposure": ("money", False, "exposure at the end of the year, currency units"),
    },
    "relation_scores": {
        "client_id": _CLIENT,
        "year": _YEAR,
        **dict.fromkeys(_FUNCTIONS, ("score", False, _SCORE)),
    },
    "relation_norm": {
        "function": ("key", False, "one of the seven functions; unique"),
        "formula": ("text", False, "how the score (0 to 100) follows from the indicators"),
        "target": ("score", False, "score that the norm asks for, 0 to 100"),
    },
}  # fmt: skip

TRUTH_COLUMNS: Columns = {
    "customers": {
        "customer_id": ("key", False, "one private customer; unique"),
        "segment": ("text", False, "latent segment"),
        "churn_probability": ("share", False, "probability of leaving at each renewal, without the CRM system"),
        "aum_level": ("money", False, "typical assets under management in January 2023 or at opening, currency units"),
        "aum_growth": ("number", False, "growth of log assets under management per year"),
        "standing_satisfaction": ("number", False, "standing satisfaction within the segment, standard normal"),
        "credit_quality": ("number", False, "standing credit quality, about standard normal"),
        "crm_satisfaction_effect": ("number", False, "points by which the CRM system changes satisfaction"),
        "crm_product_effect": ("number", False, "relative change of the rate of opening products by the CRM system"),
        "ended_without": ("date", True, "end of the contract without the CRM system; missing if after 2025"),
        "ended_with": ("date", True, "end of the contract if the branch works with the CRM system from its roll-out "
                       "(January 2025 for branches without one); missing if after 2025"),
        "products_without": ("count", False, "products opened from the roll-out (or January 2025) to the end of 2025, "
                             "without the CRM system"),
        "products_with": ("count", False, "the same with the CRM system"),
    },
    "satisfaction": {
        "customer_id": _WHO,
        "wave": ("text", False, "year and month of the survey"),
        "satisfaction_without": ("count", False, "satisfaction without the CRM system, 0 to 100"),
        "satisfaction_with": ("count", False, "satisfaction if the branch used the CRM system by then, 0 to 100"),
        "response_probability": ("share", False, "probability of answering the survey as it was carried out"),
    },
    "branches": {
        "branch_id": ("key", False, "one branch; unique"),
        "quality": ("number", False, "points by which the branch's customers are more satisfied, at any time"),
    },
    "clients": {
        "client_id": ("key", False, "one corporate client; unique"),
        "default_probability": ("share", False, "probability of default within a year"),
        "relation_quality": ("number", False, "standing quality of the relationship, standard normal"),
    },
    "facilities": {
        "facility_id": ("key", False, "one facility; unique"),
        "default_probability": ("share", False, "probability of default within a year"),
        "loss_given_default": ("share", False, "mean share of the exposure that is lost in a default"),
        "expected_loss": ("money", False, "expected loss in the first year on the exposure, currency units"),
    },
    "relation_faults": {
        "client_id": _CLIENT,
        "year": _YEAR,
        "function": ("text", False, "function whose score was reported too high"),
        "reported": ("score", False, "score as reported, 0 to 100"),
        "right": ("score", False, "score that follows from the indicators, 0 to 100"),
    },
    "effects": {
        "name": ("key", False, "one planted effect; unique"),
        "population": ("text", False, "whom it concerns"),
        "estimand": ("text", False, "what the value is, in words"),
        "unit": ("text", False, "unit of the value"),
        "value": ("number", False, "planted value"),
    },
    "parameters": {
        "name": ("text", False, "parameter"),
        "group": ("text", False, "plan, segment, wave, rating or kind that it belongs to, or all"),
        "value": ("number", False, "planted value"),
        "unit": ("text", False, "unit of the value; empty if it has none"),
    },
}  # fmt: skip
