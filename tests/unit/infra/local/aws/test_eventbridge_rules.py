import json

import pytest

from infra.local.aws.eventbridge_rules import input_of, input_path, part_of

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


def transformed(template: str, **paths: str) -> object:
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    return input_of({"InputTransformer": transformer})(EVENT)


def test_a_target_without_a_transformer_gets_the_part_at_its_path():
    assert input_of({})(EVENT) == EVENT
    assert input_of({"InputPath": "$.detail.version"})(EVENT) == "1.0"


def test_a_template_has_parts_of_the_event_as_json():
    made = transformed(
        '{"all": <all>, "id": <id>}', all="$.detail", id="$.detail.requestPayload.id"
    )
    assert made == {"all": EVENT["detail"], "id": "original"}


def test_a_template_has_parts_of_the_event_within_texts():
    made = transformed('"id <id> of <all>, <other>"', id="$.detail.version", all="$.detail")
    assert made == f"id 1.0 of {json.dumps(EVENT['detail'])}, <other>"


def test_a_template_has_json_within_a_text():
    made = transformed('{"message": "{\\"version\\":\\"<v>\\"}"}', v="$.detail.version")
    assert made == {"message": '{"version":"1.0"}'}


def test_what_is_not_there_is_null():
    assert transformed("[<nothing>]", nothing="$.nowhere") == [None]
