"""The X-Ray trace that an invocation belongs to, so that what it publishes can go on with it.

EventBridge hands the header to the functions and the queues that its rules lead to. Archived
events have none: a replay is a trace of its own, and so is a reminder, a day later. What belongs
together for longer has its correlation id in common.
Source: "Amazon EventBridge integration with AWS X-Ray" in the EventBridge user guide.
"""

import os


def header() -> str | None:
    """Return the trace header of this invocation, None where there is no tracing.

    Lambda sets it anew for each invocation, so it is asked for each time.
    """
    return os.environ.get("_X_AMZN_TRACE_ID")
