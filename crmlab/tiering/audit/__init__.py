"""The audit of a tier policy: are its labels steady, do they predict, are they fair, are they gamed?"""

from crmlab.tiering.audit.concentration import Concentration
from crmlab.tiering.audit.fairness import Fairness
from crmlab.tiering.audit.gaming import Gaming
from crmlab.tiering.audit.lift import Lift
from crmlab.tiering.audit.stability import Stability
from crmlab.tiering.audit.whole import Audit, audit

__all__ = ["Audit", "Concentration", "Fairness", "Gaming", "Lift", "Stability", "audit"]
