"""How often customers will buy again: the BG/NBD model.

Fader, Hardie and Lee (2005), "'Counting Your Customers' the Easy Way: An Alternative to the
Pareto/NBD Model", Marketing Science 24 (2), here FHL.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import optimize, special

from crmlab.errors import DataError, ModelError

LETTERS = ("r", "alpha", "a", "b")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)
BOUNDARY = 1e3  # a + b beyond this: dropout does not differ between customers, b is not estimable


class BetaGeoModel:
    """BG/NBD: gamma purchase rates, geometric dropout with beta probabilities.

    While active, a customer buys at a constant rate *lambda*, gamma with shape ``r`` and rate
    ``alpha`` over customers. After each repeat purchase the customer leaves for good with
    probability *p*, beta with ``a`` and ``b`` over customers. The unit of time is that of
    ``recency`` and ``T``.

    Attributes
    ----------
    params_ : dict
        ``r``, ``alpha``, ``a``, ``b`` after :meth:`fit`.
    log_likelihood_ : float
        Its maximum.

    Examples
    --------
    >>> import crmlab
    >>> cdnow = crmlab.load("cdnow").transactions
    >>> customers = crmlab.summarize(cdnow, as_of="1997-09-30", time_unit="W")
    >>> model = BetaGeoModel().fit(customers)
    >>> {letter: round(value, 3) for letter, value in model.params_.items()}
    {'r': 0.243, 'alpha': 4.414, 'a': 0.793, 'b': 2.426}
    """

    params_: dict[str, float]
    log_likelihood_: float

    @classmethod
    def from_params(cls, *, r: float, alpha: float, a: float, b: float) -> BetaGeoModel:
        """Make a model from known parameters, each above 0."""
        model = cls()
        model.params_ = {"r": float(r), "alpha": float(alpha), "a": float(a), "b": float(b)}
        for letter, value in model.params_.items():
            if not (np.isfinite(value) and value > 0):
                raise ModelError(f"BG/NBD: {letter} is {value!r}; a number above 0 was expected.")
        return model

    def fit(self, customers: pd.DataFrame) -> BetaGeoModel:
        """Estimate the parameters by maximum likelihood.

        Parameters
        ----------
        customers : pandas.DataFrame
            With ``frequency``, ``recency`` and ``T``, as from :func:`crmlab.summarize`.

        Returns
        -------
        BetaGeoModel
            Itself, with ``params_`` and ``log_likelihood_``.

        Raises
        ------
        DataError
            For missing columns or values, or recency beyond T.
        ModelError
            If nobody bought again, or if dropout does not differ between customers.
        """
        x, t_x, T = _history(customers)
        if not x.any():
            raise ModelError(
                "BG/NBD: no customer bought a second time, so nothing says how often or how long they buy."
            )
        # customers with the same history share one term; time is scaled so that T is about 1
        scale = float(T.mean())
        history, count = np.unique(np.column_stack([x, t_x, T]), axis=0, return_counts=True)
        x, t_x, T = history[:, 0], history[:, 1] / scale, history[:, 2] / scale

        def loss(log_params: np.ndarray) -> float:
            r, alpha, a, b = np.exp(log_params)
            return -float(count @ _log_likelihood(x, t_x, T, r, alpha, a, b)) / count.sum()

        best = optimize.minimize(loss, np.log([0.5, 0.5, 1.0, 2.0]), method="L-BFGS-B", bounds=[(-12, 12)] * 4)
        best = optimize.minimize(
            loss, best.x, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-13, "maxiter": 4000}
        )
        r, alpha, a, b = np.exp(best.x)
        if a + b > BOUNDARY:
            raise ModelError(
                "BG/NBD: dropout does not differ between customers in these data, so a and b have no finite estimate; "
                f"only the mean dropout has one, a / (a + b) = {a / (a + b):.4f}."
            )
        self.params_ = {"r": float(r), "alpha": float(alpha * scale), "a": float(a), "b": float(b)}
        self.log_likelihood_ = float(
            count @ _log_likelihood(history[:, 0], history[:, 1], history[:, 2], **self.params_)
        )
        return self

    def expected_probability_alive(self, customers: pd.DataFrame) -> pd.Series:
        """Probability that each customer is still active at his or her T.

        Returns
        -------
        pandas.Series
            On the frame's index, 0 to 1. A customer without a repeat purchase counts as active: the
            model lets people leave only after a repeat purchase.

        Notes
        -----
        From FHL's equation 10; the formula for one customer is in Fader, Hardie and Lee (2008),
        "Computing P(alive) Using the BG/NBD Model".
        """
        x, t_x, T = _history(customers)
        return pd.Series(1 / (1 + self._odds_of_having_left(x, t_x, T)), index=customers.index, name="p_alive")

    def expected_purchases(self, customers: pd.DataFrame, future_t: float) -> pd.Series:
        """Expected number of purchases in the next ``future_t`` units of time, given the history.

        Parameters
        ----------
        customers : pandas.DataFrame
            With ``frequency``, ``recency`` and ``T``.
        future_t : float
            Length of the future period, in the unit of ``T``.

        Returns
        -------
        pandas.Series
            On the frame's index.

        Notes
        -----
        FHL's equation 10 divides by a - 1 and calls a hypergeometric function that does not exist
        for some customers. This is the same number as an integral over the future, which always exists:
        see :meth:`_purchases_if_active`.
        """
        x, t_x, T = _history(customers)
        active = 1 / (1 + self._odds_of_having_left(x, t_x, T))
        return pd.Series(
            active * self._purchases_if_active(x, T, _period(future_t)),
            index=customers.index,
            name="expected_purchases",
        )

    def expected_purchases_new_customer(self, t: float) -> float:
        """Expected repeat purchases of a new customer in the first ``t`` units of time (FHL, equation 9)."""
        zero = np.zeros(1)
        return float(self._purchases_if_active(zero, zero, _period(t))[0])

    def _odds_of_having_left(self, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> np.ndarray:
        r, alpha, a, b = self._letters()
        before = np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * (np.log(alpha + T) - np.log(alpha + t_x))
        odds: np.ndarray = np.where(x > 0, np.exp(np.minimum(before, 700)), 0.0)
        return odds

    def _purchases_if_active(self, x: np.ndarray, T: np.ndarray, t: float) -> np.ndarray:
        """Expected purchases within ``t`` of customers who are active at T.

        With rate l and dropout p, the expected purchase rate s after T is l exp(-l p s). Averaged over l, gamma
        with r + x and alpha + T, and over p, beta with a and b + x, it is (r + x) / (alpha + T) times
        2F1(r + x + 1, a; a + b + x; -y) with y = s / (alpha + T). Pfaff's transformation turns that into
        (1 + y)^-a 2F1(a, a + b - r - 1; a + b + x; y / (1 + y)), whose arguments stay small for any x.
        The integral over s runs over log(1 + y), in which the integrand is smooth.
        """
        r, alpha, a, b = self._letters()
        top = np.log1p(t / (alpha + T))[:, None]
        u = top * (NODES + 1) / 2
        value = special.hyp2f1(a, a + b - r - 1, (a + b + x)[:, None], -np.expm1(-u)) * np.exp((1 - a) * u)
        purchases: np.ndarray = (r + x) * (value @ WEIGHTS) * top[:, 0] / 2
        return purchases

    def _letters(self) -> tuple[float, float, float, float]:
        if not hasattr(self, "params_"):
            raise ModelError("BG/NBD: the model has no parameters yet; call fit(customers) first, or from_params(...).")
        r, alpha, a, b = (self.params_[letter] for letter in LETTERS)
        return r, alpha, a, b

    def __repr__(self) -> str:
        params: Mapping[str, float] = getattr(self, "params_", {})
        return f"BetaGeoModel({', '.join(f'{letter}={value:.4g}' for letter, value in params.items())})"


def _log_likelihood(
    x: np.ndarray, t_x: np.ndarray, T: np.ndarray, r: float, alpha: float, a: float, b: float
) -> np.ndarray:
    """Log-likelihood of each history (FHL, equation 6)."""
    common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    common = common + special.betaln(a, b + x) - special.betaln(a, b)
    still_active = -(r + x) * np.log(alpha + T)
    left = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
    value: np.ndarray = common + np.logaddexp(still_active, np.where(x > 0, left, -np.inf))
    return value


def _history(customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, t_x and T as floats, or say which customer's history is impossible."""
    for column in ("frequency", "recency", "T"):
        if column not in customers:
            raise DataError(f"customers has no column {column!r}; crmlab.summarize(transactions) makes it.")
    values = customers[["frequency", "recency", "T"]].to_numpy(dtype=float)
    x, t_x, T = values.T
    faults = {
        "has a value that is missing or infinite": ~np.isfinite(values).all(axis=1),
        "has a negative value": (values < 0).any(axis=1),
        "has recency beyond T": t_x > T * (1 + 1e-12),
        "has repeat purchases but recency 0": (x > 0) & (t_x == 0),
    }
    for fault, bad in faults.items():
        if bad.any():
            row = int(bad.argmax())
            raise DataError(
                f"customers: row {customers.index[row]!r} {fault} "
                f"(frequency {x[row]:g}, recency {t_x[row]:g}, T {T[row]:g}); "
                f"{int(bad.sum()):,} of {len(x):,} rows do."
            )
    if not len(x):
        raise DataError("customers is empty; at least one customer is needed.")
    return x, t_x, T


def _period(t: float) -> float:
    if not (np.isfinite(t) and t >= 0):
        raise ModelError(f"The length of the period is {t!r}; a number of 0 or more was expected.")
    return float(t)
