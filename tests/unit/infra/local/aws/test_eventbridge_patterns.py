"""EventBridge's pattern language, by the examples of its documentation."""

from typing import Any

import pytest

from infra.local.aws.eventbridge_patterns import check, matches

EVENT: dict[str, Any] = {
    "version": "0",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "time": "2017-12-22T18:43:48Z",
    "region": "us-west-1",
    "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
    "detail": {
        "c-count": 5,
        "d-count": 3,
        "x-limit": 301.8,
        "source-ip": "10.0.0.33",
        "state": "running",
        "file": "dir/sub/a.PNG",
        "healthy": True,
        "reason": None,
        "comment": "",
        "tags": [],
        "codes": [1, 2, [3]],
        "items": [{"sku": "MUG", "quantity": 1}, {"sku": "TEA", "quantity": 2}],
        "container": {"name": "web"},
    },
}


def accepts(pattern: dict[str, Any], event: dict[str, Any] = EVENT) -> bool:
    check(pattern)
    return matches(pattern, event)


def detail(**fields: Any) -> dict[str, Any]:
    """Write a pattern on fields of the detail; an underscore stands for a dash."""
    return {"detail": {name.replace("_", "-"): wanted for name, wanted in fields.items()}}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2"]},
        {"source": ["aws.s3", "aws.ec2"], "detail": {"state": ["running"]}},
        {"resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"]},
        {"time": [{"prefix": "2017-12-22"}]},
        detail(state=[{"anything-but": "initializing"}]),
        detail(c_count=[{"exists": True}]),
        detail(missing=[{"exists": False}]),
        detail(reason=[None]),
        detail(reason=[{"exists": True}]),
        detail(comment=[""]),
        detail(healthy=[True]),
        detail(codes=[3]),
        detail(container={"name": ["web"]}),
    ],
)
def test_documented_patterns_match(pattern: dict[str, Any]) -> None:
    assert accepts(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["AWS.EC2"]},
        {"source": ["aws.ec2"], "detail": {"state": ["stopped"]}},
        {"source": [{"prefix": "ec2"}]},
        detail(missing=[{"anything-but": "initializing"}]),
        detail(c_count=[{"prefix": "5"}]),
        detail(c_count=[{"exists": False}]),
        detail(missing=[{"exists": True}]),
        detail(missing=[None]),
    ],
)
def test_near_misses_do_not_match(pattern: dict[str, Any]) -> None:
    assert not accepts(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        detail(healthy=[1]),
        detail(c_count=["5"]),
        detail(c_count=[5.0]),
        detail(comment=[None]),
        detail(reason=[""]),
    ],
)
def test_values_of_different_json_types_are_not_equal(pattern: dict[str, Any]) -> None:
    assert not accepts(pattern)


def test_exists_looks_at_leaves_only() -> None:
    assert accepts(detail(container=[{"exists": False}]))
    assert not accepts(detail(container=[{"exists": True}]))


def test_an_empty_array_has_no_value_that_exists() -> None:
    assert accepts(detail(tags=[{"exists": False}]))
    assert not accepts(detail(tags=[{"anything-but": "a"}]))


def test_what_is_below_a_missing_object_does_not_exist() -> None:
    assert accepts(detail(absent={"name": [{"exists": False}]}))
    assert not accepts(detail(absent={"name": ["web"]}))


def test_fields_of_an_array_must_match_within_one_object() -> None:
    assert accepts(detail(items={"sku": ["TEA"], "quantity": [2]}))
    assert not accepts(detail(items={"sku": ["TEA"], "quantity": [1]}))


def test_anything_but_accepts_an_array_with_one_other_value() -> None:
    pair = {**EVENT, "detail": {"names": ["a", "b"]}}
    assert accepts(detail(names=[{"anything-but": "a"}]), pair)
    assert not accepts(detail(names=[{"anything-but": "a"}]), {"detail": {"names": ["a", "a"]}})


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"source": "aws.ec2"},
        {"source": []},
        {"source": ["aws.ec2", ["aws.s3"]]},
        {"source": [{}]},
        {"source": [{"prefix": 1}]},
        {"source": [{"anything-but": []}]},
        {"source": [{"exists": "yes"}]},
        {"detail": {}},
    ],
)
def test_malformed_patterns_are_refused(pattern: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"needed|neither|at least one field"):
        check(pattern)


@pytest.mark.parametrize(
    "operator", ["cidr", "contains", "equals-ignore-case", "numeric", "suffix", "wildcard"]
)
def test_an_operator_that_is_not_supported_is_refused_by_name(operator: str) -> None:
    with pytest.raises(ValueError, match=f"source: the operator {operator}"):
        check({"source": [{operator: "ec2"}]})


def test_alternatives_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\$or"):
        check({"$or": [{"source": ["a"]}, {"source": ["b"]}]})
