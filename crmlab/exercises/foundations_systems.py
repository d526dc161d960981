"""The question of set 02 on one customer in two systems."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.teach import Mistake
from crmlab.teach.question import Question


def digits(phones: pd.Series, british: bool = True, chinese: bool = True) -> pd.Series:
    """Return telephone numbers of the web shop as the till writes them; the arguments allow for wrong versions."""
    bare = phones.str.replace(" ", "")
    if british:
        bare = bare.str.replace("+44", "0", regex=False)
    return bare.str.replace("+86", "", regex=False) if chinese else bare


def matching(data: Any, numbers: pd.Series) -> pd.Series:
    """Return the accounts whose number, as given, is on some card."""
    return data.web_accounts.loc[numbers.notna() & numbers.isin(data.till_cards["phone"]), "account_id"]


class BothSystems(Question):
    """Which web accounts belong to somebody who also has a customer card? Match them by telephone number.

    The web shop writes `+44 6944 803338` or `+86 154 1057 9841`, the till `06944803338` or `15410579841`: no
    blanks, a 0 in place of `+44`, nothing in place of `+86`. A customer may have two accounts. An account or card
    without a number matches nothing.

    Answer with the `account_id` of every account whose number is on a card.
    """

    answer = "both_systems"
    kind = "ids"
    key = "account_id"
    points = 3
    level = 2
    hints = [
        '`str.replace(" ", "")` takes the blanks out. Write the web shop\'s numbers as the till writes them.',
        '`str.replace("+44", "0", regex=False)`: without `regex=False`, a plus sign has another meaning.',
        "pandas joins missing to missing. Drop the rows without a number before you match.",
    ]

    def solution(self, data):
        accounts = data.web_accounts.dropna(subset="phone")
        number = accounts["phone"].str.replace(" ", "").str.replace("+44", "0", regex=False)
        number = number.str.replace("+86", "", regex=False)
        return set(accounts.loc[number.isin(data.till_cards["phone"]), "account_id"])

    def explain(self, answer, data):
        empty = data.web_accounts.loc[data.web_accounts["phone"].isna(), "account_id"]
        if answer & frozenset(empty):
            return "Accounts without a telephone number are among them. They match nothing: drop them first."
        return None

    mistakes = [
        Mistake(
            lambda self, data: data.web_accounts.loc[
                digits(data.web_accounts["phone"]).isin(data.till_cards["phone"]) | data.web_accounts["phone"].isna(),
                "account_id",
            ],
            "Accounts without a number are matched to cards without a number: pandas joins missing to missing. Drop "
            "them first.",
        ),
        Mistake(
            lambda self, data: data.web_accounts.loc[data.web_accounts["phone"].isna(), "account_id"],
            "Only accounts without a number are matched, to cards without one. Write the numbers alike, and drop "
            "what is missing first.",
        ),
        Mistake(
            lambda self, data: matching(data, data.web_accounts["phone"]),
            "No account matches, because the two systems write numbers differently. Write them alike first.",
        ),
        Mistake(
            lambda self, data: matching(data, digits(data.web_accounts["phone"], chinese=False)),
            "Chinese numbers (`+86`) are missing. The till writes nothing in place of `+86`.",
        ),
        Mistake(
            lambda self, data: matching(data, digits(data.web_accounts["phone"], british=False)),
            "British numbers (`+44`) are missing. The till writes a 0 in place of `+44`.",
        ),
        Mistake(
            lambda self, data: data.till_cards.loc[
                data.till_cards["phone"].notna() & data.till_cards["phone"].isin(digits(data.web_accounts["phone"])),
                "card_id",
            ],
            "Those are the cards. The question asks for the web accounts: their `account_id`.",
        ),
        Mistake(
            lambda self, data: data.web_accounts["account_id"][
                ~data.web_accounts["account_id"].isin(matching(data, digits(data.web_accounts["phone"])))
            ],
            "Those are the accounts that match no card. The others are asked for.",
        ),
        Mistake(
            lambda self, data: data.web_accounts.dropna(subset="phone")["account_id"],
            "Those are all accounts with a telephone number. Which of the numbers are on a card?",
        ),
        Mistake(
            lambda self, data: matching(data, digits(data.web_accounts["phone"]).where(lambda n: ~n.duplicated())),
            "Where a customer has two accounts with one number, the second is missing. Both belong to somebody "
            "with a card.",
        ),
    ]
