"""Adds are counted once each, those included that were made before there was a count."""

MUG, TEA = "MUG-STONE-350", "TEA-SENCHA-100"
HOUR = 3_600


def wanted(cloud) -> dict[str, tuple[int, int]]:
    """Give for each product how often it was added, and how many of it."""
    answer = cloud.client("dynamodb").query(
        TableName="cart-local",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "WANTED"}},
    )
    return {
        item["sk"]["S"]: (int(item["adds"]["N"]), int(item["quantity"]["N"]))
        for item in answer["Items"]
    }


def runs_of(cloud, function: str) -> int:
    return sum(run["function"] == function for run in cloud.state()["invocations"])


def test_adds_are_counted_as_they_come(cloud, ada, grace):
    ada.add(MUG, 2)
    grace.add(MUG)
    grace.add(TEA)
    cloud.settle()
    assert wanted(cloud) == {MUG: (2, 3), TEA: (1, 1)}


def test_a_replay_counts_nothing_twice(cloud, ada):
    start = cloud.clock.now()
    ada.add(MUG)
    cloud.advance(HOUR)
    cloud.replay(start, cloud.clock.now())
    cloud.settle()
    assert runs_of(cloud, "count_wanted") == 2
    assert wanted(cloud) == {MUG: (1, 1)}


def test_what_it_missed_is_counted_by_a_replay_that_reaches_nobody_else(cloud, ada):
    start = cloud.clock.now()
    cloud.faults.arm("function:count_wanted", 100)  # as if it was not there yet
    ada.add(MUG, 2)
    ada.add(TEA)
    cloud.advance(HOUR)
    assert wanted(cloud) == {}
    cloud.faults.clear()
    others = runs_of(cloud, "persist_cart"), runs_of(cloud, "schedule_reminder")
    cloud.replay(start, cloud.clock.now(), rule="count-wanted")
    cloud.settle()
    assert wanted(cloud) == {MUG: (1, 2), TEA: (1, 1)}
    assert (runs_of(cloud, "persist_cart"), runs_of(cloud, "schedule_reminder")) == others
