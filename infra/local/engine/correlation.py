"""The ids by which what happened is followed from place to place."""


def event_id_of(payload: object) -> str:
    """Return the id by which to follow a payload, "" if it has none.

    That is ``metadata.event_id`` of an application event, also inside a destination record, or
    else EventBridge's own id.
    """
    match payload:
        case {"detail": {"metadata": {"event_id": str(event_id)}}}:
            return event_id
        case {"detail": {"requestPayload": original}}:
            return event_id_of(original)
        case {"id": str(event_id)}:
            return event_id
    return ""


def correlation_id_of(payload: object) -> str:
    """Return the id shared by everything that one request caused, "" if there is none."""
    match payload:
        case {"detail": {"metadata": {"correlation_id": str(correlation_id)}}}:
            return correlation_id
        case {"detail": {"requestPayload": original}}:
            return correlation_id_of(original)
    return ""
