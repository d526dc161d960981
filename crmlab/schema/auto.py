"""Columns of the car group's tables: table -> column -> (kind, may be missing, meaning with its unit).

Kinds are those of :mod:`crmlab.schema`. Money is in currency units, net of tax.
"""

from __future__ import annotations

from crmlab.schema import Columns

_WHO = ("id", False, "which customer, by the number of the group")
_YEAR = ("count", False, "calendar year")
_DEALER = ("id", False, "which dealer")
_SALE = ("id", False, "which car, by the sale of it")
_SINCE = ("count", False, "calendar year of the first dealing with the department")
_EMAIL = ("text", True, "e-mail address; missing if not given")
_POSTCODE = ("text", False, "postcode as the department writes it")

COLUMNS: Columns = {
    "customers": {
        "customer_id": ("key", False, "one private customer; unique"),
        "customer_since": ("date", False, "day of the first car bought since the group's records begin in 2018"),
        "home_dealer": ("id", False, "dealer who looks after the customer; the programme comes with this dealer"),
        "birth_year": ("count", False, "year of birth"),
        "gender": ("text", False, "F, M or X (neither, or not said)"),
        "language": ("text", False, "preferred language: en or zh"),
        "attitude": ("text", False, "answer to a question at sign-up: what matters most when shopping"),
        "relationship": ("text", False, "business relationship: consumer, employee, partner, supplier"),
        "distance": ("count", False, "from home to the home dealer, whole km"),
    },
    "sales": {
        "sale_id": ("key", False, "one car sold; unique"),
        "customer_id": _WHO,
        "date": ("date", False, "day of the sale"),
        "dealer_id": _DEALER,
        "model_id": ("id", False, "which model"),
        "price": ("money", False, "net price of the car with extras, after discount, currency units"),
        "trade_in": ("flag", False, "whether the buyer gave a car, of any make, in part exchange"),
    },
    "service_visits": {
        "visit_id": ("key", False, "one visit to a workshop or parts counter of the network; unique"),
        "customer_id": _WHO,
        "sale_id": _SALE,
        "date": ("date", False, "day of the visit"),
        "dealer_id": _DEALER,
        "work": ("text", False, "inspection, repair, tyres, recall (free of charge), parts (over the counter)"),
        "labour": ("money", False, "net price of labour, currency units"),
        "parts": ("money", False, "net price of parts, currency units"),
    },
    "finance_contracts": {
        "contract_id": ("key", False, "one contract of the group's finance house; unique"),
        "customer_id": _WHO,
        "sale_id": _SALE,
        "kind": ("text", False, "loan or lease"),
        "start": ("date", False, "first day, that of the sale"),
        "months": ("count", False, "agreed term, months"),
        "monthly_rate": ("money", False, "payment each month, currency units"),
        "ended": ("date", True, "day on which the contract ended, for whatever reason; missing if it still runs"),
        "defaulted": ("flag", False, "whether it ended because payments stopped"),
    },
    "classes": {
        "customer_id": _WHO,
        "year": ("count", False, "calendar year at whose beginning the class was given, by class_rules"),
        "class": ("text", False, "A, B or C"),
    },
    "calls": {
        "customer_id": _WHO,
        "date": ("date", False, "day of the telephone follow-up"),
        "outcome": ("text", False, "no answer, talked, declined, visit booked"),
    },
    "complaints": {
        "customer_id": _WHO,
        "opened": ("date", False, "day of the complaint"),
        "topic": ("text", False, "what it is about"),
        "response_hours": ("duration", False, "hours to the first response"),
    },
    "surveys": {
        "customer_id": _WHO,
        "year": _YEAR,
        "csat": ("count", False, "satisfaction with the year's dealings, 1 (very low) to 5 (very high)"),
        "nps": ("count", False, "would recommend the group, 0 (not at all) to 10 (certainly)"),
    },
    "sales_customers": {
        "sales_id": ("key", False, "one person in the sales department's file; unique"),
        "name": ("text", False, "name as the department writes it"),
        "phone": ("text", True, "telephone; missing if not given"),
        "email": _EMAIL,
        "address": ("text", False, "street address"),
        "postcode": _POSTCODE,
        "since": _SINCE,
        "rating": ("text", False, "top (40,000 or more spent on cars) or normal"),
    },
    "aftersales_customers": {
        "aftersales_id": ("key", False, "one person in the after-sales department's file; unique"),
        "name": ("text", False, "family name in capitals, initial"),
        "phone": ("text", True, "telephone, digits only; missing if not given"),
        "email": _EMAIL,
        "address": ("text", False, "street address, abbreviated, sometimes an old one"),
        "postcode": _POSTCODE,
        "since": _SINCE,
        "rating": ("text", False, "watch (has complained), top (6 or more visits), normal"),
    },
    "finance_customers": {
        "finance_id": ("key", False, "one person in the finance department's file; unique"),
        "name": ("text", False, "name by identity document, sometimes a later family name"),
        "phone": ("text", False, "telephone, with hyphens"),
        "email": _EMAIL,
        "address": ("text", False, "street address"),
        "postcode": _POSTCODE,
        "birth_year": ("count", False, "year of birth by identity document"),
        "since": _SINCE,
        "rating": ("text", False, "watch (a contract defaulted), top (two contracts or more), normal"),
    },
    "dealers": {
        "dealer_id": ("key", False, "one dealer; unique"),
        "region": ("text", False, "North, South, East, West"),
        "city_size": ("text", False, "size of the town: large, medium, small"),
        "programme_start": ("date", True, "day on which the A/B/C programme began there, drawn by lot; missing: never"),
    },
    "models": {
        "model_id": ("key", False, "one model; unique"),
        "class": ("text", False, "class of vehicle"),
        "price": ("money", False, "list price, net, currency units"),
        "margin": ("share", False, "contribution margin as a share of the net price"),
    },
    "class_rules": {
        "class": ("key", False, "A, C or B, in the order in which they are tried"),
        "contacts": ("number", False, "weighted purchases and visits that the rule names"),
        "amount": ("money", False, "weighted spending that the rule names, currency units"),
        "years": ("count", False, "calendar years before the year of the class that count"),
        "latest_weight": ("number", False, "weight of the latest of these years; the others have weight 1"),
        "rule": ("text", False, "the rule in words"),
        "service": ("text", False, "what the class gets where the programme runs"),
    },
    "memo": {
        "measure": ("key", False, "loyalty or sales"),
        "claim": ("text", False, "what the board was told in January 2025"),
        "definition": ("text", False, "how the measure is defined"),
        "comparison": ("text", False, "whom and what the memo compares"),
    },
    "fleets": {
        "fleet_id": ("key", False, "one fleet account; unique"),
        "name": ("text", False, "name of the company; invented"),
        "industry": ("text", False, "what it does"),
        "region": ("text", False, "North, South, East, West"),
        "discount": ("share", False, "agreed discount on list prices"),
        "level": ("text", False, "strategic, key or ordinary by the list in use, made by revenue of all years"),
    },
    "fleet_years": {
        "fleet_id": ("id", False, "which fleet account"),
        "year": _YEAR,
        "vehicles": ("count", False, "cars in the fleet"),
        "revenue": ("money", False, "cars and service sold to the account, net, currency units"),
        "contribution": ("money", False, "contribution to profit after discount and cost to serve, currency units"),
    },
    "account_rules": {
        "level": ("key", False, "strategic, key, ordinary"),
        "up_to_share": ("share", False, "of all positive contribution, counted from the largest account"),
        "rule": ("text", False, "the rule in words"),
    },
}

TRUTH_COLUMNS: Columns = {
    "customers": {
        "customer_id": ("key", False, "one private customer; unique"),
        "segment": ("text", False, "latent segment"),
        "purchase_rate": ("rate", False, "cars a week while with the make, at the mean level of the market"),
        "dropout_probability": ("share", False, "chance to leave the make for good with a repeat purchase"),
        "price_level": ("money", False, "price around which the customer chooses, currency units"),
        "visit_rate": ("rate", False, "workshop visits a year for each car under warranty"),
        "visit_decay": ("number", False, "yearly decay of the visit rate after the warranty"),
        "sales_lift": ("number", False, "relative rise of the purchase rate under the programme, when in class A"),
        "satisfaction": ("number", False, "latent satisfaction, standard normal scale"),
        "credit_risk": ("number", False, "latent credit risk, standard normal scale, higher is worse"),
        "left_make": ("date", True, "day on which the customer left the make for good; missing if not"),
    },
    "outcomes": {
        "customer_id": _WHO,
        "year": _YEAR,
        "class": ("text", False, "class in that year: A or C (for B nothing changes)"),
        "loyal_flat": ("flag", False, "loyal in the year without programme, and had the market stayed as in 2023"),
        "loyal_without": ("flag", False, "loyal in the year without programme"),
        "loyal_with": ("flag", False, "loyal in the year with the programme"),
        "sales_without": ("money", False, "cars bought in the year without programme, currency units"),
        "sales_with": ("money", False, "cars bought in the year with the programme, currency units"),
    },
    "links": {
        "record_id": ("key", False, "a number in a department's file: SC sales, AC after-sales, FC finance; unique"),
        "customer_id": ("id", False, "the person whom the record describes"),
    },
    "dealers": {
        "dealer_id": ("key", False, "one dealer; unique"),
        "quality": ("number", False, "latent service quality, on the scale of satisfaction"),
    },
    "fleets": {
        "fleet_id": ("key", False, "one fleet account; unique"),
        "contribution": ("money", False, "contribution to profit of the last three years, currency units"),
        "level": ("text", False, "strategic, key or ordinary by account_rules"),
    },
    "parameters": {
        "name": ("key", False, "planted parameter; unique"),
        "value": ("number", False, "planted value"),
    },
    "effects": {
        "name": ("key", False, "planted effect or naive figure; unique"),
        "population": ("text", False, "whom it concerns"),
        "estimand": ("text", False, "what it is, in words"),
        "unit": ("text", False, "unit of the value"),
        "value": ("number", False, "expected value"),
    },
    "realised": {
        "name": ("key", False, "as in effects; unique"),
        "value": ("number", True, "its value among the customers of this draw; missing if there is nobody"),
    },
}
