"""The audit of a tier policy: are its labels steady, do they predict, are they fair, are they gamed?"""

from crmlab.tiering.auditing.concentration import Concentration
from crmlab.tiering.auditing.fairness import Fairness
from crmlab.tiering.auditing.gaming import Gaming
from crmlab.tiering.auditing.lift import Lift
from crmlab.tiering.auditing.stability import Stability
from crmlab.tiering.auditing.whole import Audit, audit

__all__ = ["Audit", "Concentration", "Fairness", "Gaming", "Lift", "Stability", "audit"]
