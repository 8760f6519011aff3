"""Adds are counted once each, those included that were made before there was a count."""

MUG, TEA = "MUG-STONE-350", "TEA-SENCHA-100"
HOUR = 3_600


def wanted(cloud, sku: str) -> int:
    """Return how often a product was added."""
    answer = cloud.client("dynamodb").query(
        TableName="cart-local",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"WANTED#{sku}"}},
        Select="COUNT",
    )
    return answer["Count"]


def runs_of(cloud, function: str) -> int:
    return sum(run["function"] == function for run in cloud.state()["invocations"])


def test_adds_are_counted_as_they_come(cloud, ada, grace):
    ada.add(MUG, 2)
    grace.add(MUG)
    grace.add(TEA)
    cloud.settle()
    assert (wanted(cloud, MUG), wanted(cloud, TEA)) == (2, 1)


def test_a_replay_counts_nothing_twice(cloud, ada):
    start = cloud.clock.now()
    ada.add(MUG)
    cloud.advance(HOUR)
    cloud.replay(start, cloud.clock.now())
    cloud.settle()
    assert runs_of(cloud, "count_wanted") == 2
    assert wanted(cloud, MUG) == 1


def test_what_it_missed_is_counted_by_a_replay_that_reaches_nobody_else(cloud, ada):
    start = cloud.clock.now()
    cloud.faults.arm("function:count_wanted", 100)  # as if it was not there yet
    ada.add(MUG, 2)
    ada.add(TEA)
    cloud.advance(HOUR)
    assert (wanted(cloud, MUG), wanted(cloud, TEA)) == (0, 0)
    cloud.faults.arm("function:count_wanted", 0)
    others = runs_of(cloud, "persist_cart"), runs_of(cloud, "schedule_reminder")
    cloud.replay(start, cloud.clock.now(), rule="count-wanted")
    cloud.settle()
    assert (wanted(cloud, MUG), wanted(cloud, TEA)) == (1, 1)
    assert (runs_of(cloud, "persist_cart"), runs_of(cloud, "schedule_reminder")) == others
