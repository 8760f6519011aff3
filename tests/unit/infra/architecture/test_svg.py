from xml.etree import ElementTree as ET

from infra.architecture import svg


def test_the_picture_is_what_the_templates_say():
    assert svg.FILE.read_text(encoding="utf-8") == svg.picture(), "run: python -m infra docs"


def test_the_picture_is_well_formed_and_loads_nothing():
    picture = svg.picture()
    assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  our own
    assert picture.count("http") == 1
