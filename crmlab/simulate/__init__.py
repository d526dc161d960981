"""Generators with a planted truth: every customer has known rates, the tables follow.

A company is a module with ``simulate_<name>(customers, seed)``, ``simulate_<name>_block(block, n, seed)`` and
``company_tables(seed)``, each of which returns the visible tables and the truth.
"""

COMPANIES = {"retail": "crmlab.simulate.retail", "bank": "crmlab.simulate.bank", "auto": "crmlab.simulate.auto"}
