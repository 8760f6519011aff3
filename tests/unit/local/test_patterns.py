"""EventBridge's pattern language, by the examples of its documentation."""

from typing import Any

import pytest

from infra.local.patterns import UnsupportedPattern, check, matches

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
        {"source": [{"suffix": "ec2"}]},
        {"source": [{"prefix": {"equals-ignore-case": "AWS."}}]},
        {"source": [{"suffix": {"equals-ignore-case": "EC2"}}]},
        {"source": [{"equals-ignore-case": "AWS.EC2"}]},
        {"source": [{"wildcard": "aws.*"}]},
        {"source": [{"wildcard": "*.e*2"}]},
        detail(state=[{"anything-but": "initializing"}]),
        detail(x_limit=[{"anything-but": [100, 200, 300]}]),
        detail(state=[{"anything-but": {"prefix": "init"}}]),
        detail(state=[{"anything-but": {"suffix": ["ed", "er"]}}]),
        detail(state=[{"anything-but": {"equals-ignore-case": "STOPPED"}}]),
        detail(file=[{"anything-but": {"wildcard": "*/lib/*"}}]),
        detail(c_count=[{"numeric": [">", 0, "<=", 5]}]),
        detail(d_count=[{"numeric": ["<", 10]}]),
        detail(x_limit=[{"numeric": ["=", 3.018e2]}]),
        detail(source_ip=[{"cidr": "10.0.0.0/24"}]),
        detail(c_count=[{"exists": True}]),
        detail(missing=[{"exists": False}]),
        detail(reason=[None]),
        detail(reason=[{"exists": True}]),
        detail(comment=[""]),
        detail(healthy=[True]),
        detail(codes=[3]),
        detail(codes=[{"numeric": [">", 2]}]),
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
        {"source": [{"suffix": "aws"}]},
        {"source": [{"wildcard": "aws"}]},
        {"source": [{"wildcard": r"aws\*"}]},
        detail(state=[{"anything-but": ["stopped", "running"]}]),
        detail(state=[{"anything-but": {"prefix": "run"}}]),
        detail(file=[{"anything-but": {"wildcard": "dir/*"}}]),
        detail(missing=[{"anything-but": "initializing"}]),
        detail(c_count=[{"numeric": [">", 0, "<", 5]}]),
        detail(state=[{"numeric": ["=", 0]}]),
        detail(source_ip=[{"cidr": "10.0.1.0/24"}]),
        detail(state=[{"cidr": "10.0.0.0/8"}]),
        detail(c_count=[{"cidr": "0.0.0.0/0"}]),
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
        detail(healthy=[{"numeric": ["=", 1]}]),
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
    assert accepts(detail(codes=[{"anything-but": [1, 2]}]))
    assert not accepts(detail(codes=[{"anything-but": [1, 2, 3]}]))


def test_or_needs_one_alternative_and_the_fields_beside_it() -> None:
    either = {"$or": [{"region": ["eu-central-1"]}, {"detail": {"state": ["running"]}}]}
    neither = {"$or": [{"region": ["eu-central-1"]}, {"detail": {"state": ["stopped"]}}]}
    assert accepts(either)
    assert not accepts(neither)
    assert not accepts({"source": ["aws.s3"], **either})


def test_a_backslash_makes_the_star_of_a_wildcard_an_ordinary_character() -> None:
    starred = {"source": "a*b\\c.d"}
    assert accepts({"source": [{"wildcard": r"a\*b\\c*"}]}, starred)
    assert not accepts({"source": [{"wildcard": r"a\*b\\c*"}]}, {"source": "axb\\c.d"})


def test_the_dot_of_a_wildcard_is_a_dot() -> None:
    assert not accepts({"source": [{"wildcard": "aws.*"}]}, {"source": "awsXec2"})


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"source": "aws.ec2"},
        {"source": []},
        {"source": ["aws.ec2", ["aws.s3"]]},
        {"source": [{}]},
        {"source": [{"prefix": "a", "suffix": "b"}]},
        {"source": [{"prefix": 1}]},
        {"source": [{"wildcard": "a**b"}]},
        {"source": [{"wildcard": r"a\b"}]},
        {"source": [{"anything-but": []}]},
        {"source": [{"anything-but": ["a", 1]}]},
        {"source": [{"anything-but": {"numeric": ["=", 1]}}]},
        {"source": [{"anything-but": {}}]},
        {"source": [{"exists": "yes"}]},
        {"source": [{"cidr": "10.0.0.0/99"}]},
        {"source": [{"numeric": [">"]}]},
        {"source": [{"numeric": ["!=", 1]}]},
        {"source": [{"numeric": [">", "1"]}]},
        {"detail": {}},
        {"$or": []},
        {"$or": [{"source": ["a"]}]},
        {"$or": [{"source": ["a"]}, {"source": "b"}]},
    ],
)
def test_malformed_patterns_are_refused(pattern: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"needed|neither|at least one field"):
        check(pattern)


def test_an_operator_that_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedPattern, match="source: the operator contains"):
        check({"source": [{"contains": "ec2"}]})
