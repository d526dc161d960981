"""From transactions to one row a customer, on any engine: intake, summary, files."""

from crmlab.summary.exact import cents, day_number, divided
from crmlab.summary.intake import Intake, intake
from crmlab.summary.storage import keep, open, summarize_in_batches
from crmlab.summary.summarizing import summarize

__all__ = ["Intake", "cents", "day_number", "divided", "intake", "keep", "open", "summarize", "summarize_in_batches"]
