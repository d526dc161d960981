"""Who the customers are: names, addresses, and what is known about them as persons.

Persons are random combinations of names from pools that come with the package (``pools.json``, drawn once from Faker by
:mod:`crmlab.simulate.make_pools`), so nobody real is meant. E-mail addresses are at the example domains, which nobody
can own. No English telephone number begins with 06 and no Chinese one with 154: both ranges are unassigned, and unlike
the thousand numbers kept for use in drama they are large enough that two customers rarely share one by accident.
Postcodes begin with X, or with 91 to 94, which no British and no Chinese postcode does.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import special

from crmlab.simulate import streams
from crmlab.simulate.texts import digits, join, pick, take, text

REGIONS = ("North", "South", "East", "West")
CHINESE_SHARE = 0.15
HOUSEHOLD_SHARE = 0.03
AGE_IN = 2022  # the year for which ages are drawn, so that all customers are adults in the window

COLUMNS: dict[str, dict[str, tuple[str, bool, str]]] = {
    "people": {
        "given_name": ("text", False, "given name"),
        "family_name": ("text", False, "family name"),
        "gender": ("text", False, "F, M or X (neither, or not said)"),
        "birth_year": ("count", False, "year of birth"),
        "region": ("text", False, "region of the address: North, South, East, West"),
        "city": ("text", False, "town of the address"),
        "postcode": ("text", False, "postcode of the address; a town has one or two beginnings"),
        "address": ("text", False, "street and house number"),
        "phone": ("text", False, "telephone number, in a range that is assigned to nobody"),
        "email": ("text", False, "e-mail address, at an example domain"),
        "language": ("text", False, "preferred language: en or zh"),
        "attitude": ("text", False, "answer to a question at sign-up: what matters most when shopping"),
        "relationship": ("text", False, "business relationship: consumer, employee, partner, supplier"),
    },
}

# what the attributes lean to: weight of each value, and how its log-odds move with the customer's lean
_GENDER = {"F": (0.52, 0.06), "M": (0.46, -0.06), "X": (0.02, 0.0)}
_REGION = {"North": (0.28, -0.10), "South": (0.31, 0.12), "East": (0.17, 0.04), "West": (0.24, -0.06)}
_ATTITUDE = {
    "price-minded": (0.34, -0.30),
    "quality-minded": (0.26, 0.30),
    "convenience-minded": (0.27, 0.05),
    "community-minded": (0.13, 0.0),
}
_RELATIONSHIP = {"consumer": (0.90, 0.0), "employee": (0.03, 0.25), "partner": (0.045, 0.55), "supplier": (0.025, 0.25)}
_AGE_AT = ([0, 0.05, 0.25, 0.5, 0.75, 0.95, 1], [18, 22, 33, 44, 57, 73, 91])
_AGE_LEAN = 0.2
_OUTWARD = "NSEW"
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
_MAIL = ("example.com", "example.org", "example.net")


@cache
def pools() -> dict[str, dict[str, Any]]:
    """Return the pools of names, streets and cities, ``{"en": ..., "zh": ...}``."""
    text = resources.files("crmlab.simulate").joinpath("pools.json").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, Any]] = json.loads(text)
    return loaded


def draw_people(n: int, seed: int, company: str, block: int, lean: np.ndarray) -> pd.DataFrame:
    """Draw the persons of one block of customers.

    Parameters
    ----------
    n : int
        Number of persons.
    seed : int
        Same seed, same persons.
    company : str
        Name of the company: each has other customers.
    block : int
        Number of the block of customers.
    lean : numpy.ndarray, shape (n,)
        A standard normal latent value of each customer. Age, gender, region, attitude and relationship depend on it a
        little (correlations up to about 0.3).

    Returns
    -------
    pandas.DataFrame
        One row a person, columns as in ``COLUMNS["people"]``. About 15 % prefer Chinese and have Chinese names and
        addresses; 3 % live with the person before them and share the family name and, half of them, the telephone.
        E-mail addresses are unique within a block.

    Examples
    --------
    >>> people = draw_people(100, 1, "retail", 0, np.zeros(100))
    >>> len(people), people["email"].is_unique, sorted(people["language"].unique())
    (100, True, ['en', 'zh'])
    """
    u = streams.stream(seed, company, block, "people").random((24, n))
    home = _household(u[0])
    shared = u[1:10][:, home]  # what the members of a household have in common
    chinese = shared[0] < CHINESE_SHARE
    lean = np.asarray(lean, dtype=float)
    gender = _leaning(_GENDER, lean, u[10])
    region = _leaning(_REGION, lean[home], shared[1])
    given, given_latin = _given(chinese, gender, u[11], u[12])
    family, family_latin = _family(chinese, shared[2])
    city, postcode = _city(chinese, region, shared[3], shared[4])
    z = _AGE_LEAN * lean + np.sqrt(1 - _AGE_LEAN**2) * streams.normal(u[13])
    birth_year = AGE_IN - np.floor(np.interp(special.ndtr(z), *_AGE_AT)).astype(np.int64)
    own_phone = home == np.arange(n)
    return pd.DataFrame(
        {
            "given_name": text(given),
            "family_name": text(family),
            "gender": text(take(list(_GENDER), gender)),
            "birth_year": birth_year,
            "region": text(take(REGIONS, region)),
            "city": text(city),
            "postcode": text(postcode),
            "address": text(_address(chinese, shared[5], shared[6], shared[7])),
            "phone": text(_phone(chinese, np.where(own_phone | (u[14] < 0.5), u[15], u[15][home]))),
            "email": text(_email(chinese, given_latin, family_latin, birth_year, u[16:20])),
            "language": text(pick(chinese.astype(int), "en", "zh")),
            "attitude": text(take(list(_ATTITUDE), _leaning(_ATTITUDE, lean, u[20]))),
            "relationship": text(take(list(_RELATIONSHIP), _leaning(_RELATIONSHIP, lean, u[21]))),
        }
    )


def _household(u: np.ndarray) -> np.ndarray:
    """Position of the person whose address each person has: oneself, or the one before."""
    position = np.arange(len(u))
    joins = (u < HOUSEHOLD_SHARE) & (position > 0)
    joins[1:] &= ~joins[:-1]
    return position - joins


def _leaning(shares: dict[str, tuple[float, float]], lean: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Choose a value whose log-odds move with the lean."""
    weight, slope = (np.array(column) for column in zip(*shares.values(), strict=True))
    return streams.choose_each(weight * np.exp(np.outer(lean, slope)), u)


def _by_rank(values: list[Any], u: np.ndarray, power: float = 0.6) -> np.ndarray:
    """Choose positions so that the first names are common and the last ones rare."""
    return streams.choose((np.arange(len(values)) + 5.0) ** -power, u)


@cache
def _latin(language: str, kind: str) -> tuple[list[str], list[str]]:
    """Names of a kind as written, and as they stand in an e-mail address: small Latin letters."""
    pairs = [(n, n) if language == "en" else n for n in pools()[language][kind]]
    return [name for name, _ in pairs], [re.sub("[^a-z]", "", latin.lower()) for _, latin in pairs]


@cache
def romanised() -> dict[str, str]:
    """Latin letters of every Chinese given name, family name, street and city of the pools."""
    chinese = pools()["zh"]
    pairs = [pair for kind in ("female", "male", "family", "streets") for pair in chinese[kind]]
    pairs += [pair for cities in chinese["cities"].values() for pair in cities]
    return dict(reversed(pairs))


def _given(chinese: np.ndarray, gender: np.ndarray, u: np.ndarray, u_other: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Given names, also for e-mail; persons of gender X have a name from either pool."""
    male = np.where(gender == 2, u_other < 0.5, gender == 1)
    case = chinese * 2 + male
    lists = [_latin(language, kind) for language in ("en", "zh") for kind in ("female", "male")]
    at = [_by_rank(written, u) for written, _ in lists]
    written, latin = ([take(pair[i], a) for pair, a in zip(lists, at, strict=True)] for i in (0, 1))
    return pick(case, *written), pick(case, *latin)


def _family(chinese: np.ndarray, u: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Family names, also for e-mail; Chinese ones are fewer, and the first are very common."""
    (english, mail), (written, latin) = _latin("en", "family"), _latin("zh", "family")
    at, at_chinese = _by_rank(english, u), _by_rank(written, u, power=1.0)
    case = chinese.astype(int)
    return pick(case, take(english, at), take(written, at_chinese)), pick(case, take(mail, at), take(latin, at_chinese))


def _city(chinese: np.ndarray, region: np.ndarray, u: np.ndarray, u_code: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Towns and postcodes: the region and the town give the beginning of the postcode."""
    cities, codes = [], []
    for language in ("en", "zh"):
        by_region = [pools()[language]["cities"][name] for name in REGIONS]
        size = len(by_region[0])
        town = streams.choose((np.arange(size) + 2.0) ** -0.7, u)
        names = [city if language == "en" else city[0] for region_cities in by_region for city in region_cities]
        cities.append(take(names, region * size + town))
        number = np.floor(u_code * 8_000).astype(np.int64)
        if language == "en":
            a, b, c = number % 20, number // 20 % 20, number // 400
            outward = join("X", take(list(_OUTWARD), region), digits(town * 2 + 1 + c // 10))
            codes.append(join(outward, " ", digits(c % 10), take(list(_INWARD), a), take(list(_INWARD), b)))
        else:
            codes.append(join("9", digits(region + 1), digits(town * 100 + number % 100, 4)))
    case = chinese.astype(int)
    return pick(case, *cities), pick(case, *codes)


def _address(chinese: np.ndarray, u: np.ndarray, u_house: np.ndarray, u_flat: np.ndarray) -> pa.Array:
    """Street and house number, one in six with a flat; in the word order of the language."""
    streets = pools()["en"]["streets"]
    house = join(digits(np.floor(1 + 180 * u_house**2).astype(np.int64)), " ", take(streets, _at(streets, u)))
    flat = digits(np.floor(1 + 24 * (u_flat * 6 % 1)).astype(np.int64))
    english = pick((u_flat < 1 / 6).astype(int), house, join("Flat ", flat, ", ", house))
    roads = _latin("zh", "streets")[0]
    kind = take(["路", "街", "大道"], streams.choose([6, 3, 1], u * len(roads) % 1))
    room = digits((1 + np.floor(u_flat * 28)).astype(np.int64) * 100 + np.floor(1 + 4 * (u_flat * 28 % 1)).astype(int))
    block = digits(np.floor(1 + 300 * u_house).astype(np.int64))
    return pick(chinese.astype(int), english, join(take(roads, _at(roads, u)), kind, block, "号", room, "室"))


def _at(values: list[str], u: np.ndarray) -> np.ndarray:
    """Positions, all equally likely."""
    return np.floor(u * len(values)).astype(np.int64)


def _phone(chinese: np.ndarray, u: np.ndarray) -> pa.Array:
    """Telephone numbers in unassigned ranges."""
    number = np.floor(u * 10**9).astype(np.int64)
    english = join("06", digits(number // 10**6, 3), " ", digits(number % 10**6, 6))
    mobile = number // 10
    return pick(chinese.astype(int), english, join("154 ", digits(mobile // 10**4, 4), " ", digits(mobile % 10**4, 4)))


def _email(chinese: np.ndarray, first: pa.Array, last: pa.Array, year: np.ndarray, u: np.ndarray) -> pa.Array:
    """E-mail addresses of a few common patterns, unique within the block."""
    number = digits(np.floor(u[1] * 10_000).astype(np.int64))
    short = digits(year % 100, 2)
    style = np.where(chinese, 4 + (u[0] < 0.5), streams.choose([12, 30, 36, 22], u[0]))
    name = pick(
        style,
        join(first, ".", last),
        join(first, ".", last, short),
        join(pc.utf8_slice_codeunits(first, 0, 1), last, number),
        join(last, "_", first, short),
        join(last, first, number),
        join(first, short, last),
    )
    address = join(name, "@", take(_MAIL, streams.choose([5, 3, 2], u[2])))
    again = pd.Series(address.to_pandas()).duplicated().to_numpy()
    plain = join(name, ".", digits(np.arange(len(year))), "@", take(_MAIL, streams.choose([5, 3, 2], u[2])))
    return pick(again.astype(int), address, plain)
