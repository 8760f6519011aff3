import pytest

from infra.local.aws.eventbridge_rules import input_path, part_of

EVENT = {"detail": {"requestPayload": {"id": "original"}, "version": "1.0"}}


def test_a_path_leads_to_a_part_of_the_event():
    assert part_of(EVENT, input_path("$.detail.requestPayload")) == {"id": "original"}


def test_the_root_is_the_whole_event():
    assert part_of(EVENT, input_path("$")) == EVENT


@pytest.mark.parametrize("path", ["$.detail.nothing", "$.detail.version.major", "$.nowhere.at.all"])
def test_where_there_is_nothing_nothing_is_sent(path):
    assert part_of(EVENT, input_path(path)) is None


@pytest.mark.parametrize("path", ["detail", "$.detail[0]", "$..detail", "$.*", ""])
def test_a_path_of_another_form_is_refused(path):
    with pytest.raises(ValueError, match="does not know the InputPath"):
        input_path(path)
