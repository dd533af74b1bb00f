"""Objectives, the series that they count, and the budgets that are left."""
