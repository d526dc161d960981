"""What a customer is worth: purchase models today, the other rooms as they are built."""

from crmlab.valuation.purchases import BetaGeoModel

__all__ = ["BetaGeoModel"]
