"""A queueing simulation: an hour's carts against the quotas of Scheduler, Lambda and SES.

``make load`` writes the table in docs/scale.md and draws docs/images/load.svg.
"""
