"""``python -m infra products import`` takes over all products of a file, or none."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.adapters.shop_folder import read_products
from infra.__main__ import cli
from infra.operations import commands
from infra.shop import check
from infra.shop.importing import UnreadableError, read
from tests.support.catalog import FOLDER, PRODUCTS
from tests.support.products import MUG

HEAD = "sku,unit_price,name.en,name.de,description.en,description.de"
CUP = "CUP-1,900,Cup,Becher,A cup.,Ein Becher."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = copytree(FOLDER, tmp_path / "shop")
    monkeypatch.setenv("SHOP_FOLDER", str(folder))
    return folder


def csv(tmp_path: Path, *lines: str, head: str = HEAD) -> Path:
    file = tmp_path / "new.csv"
    file.write_text("\n".join((head, *lines)), "utf-8")
    return file


def taken(file: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["products", "import", str(file), *options])


def test_the_products_of_a_csv_file_are_in_the_shop(folder: Path, tmp_path: Path) -> None:
    result = taken(csv(tmp_path, CUP, '"CUP-2",1,"Cup, blue",Becher,"A ""cup"".",Ein Becher.'))
    assert (result.exit_code, result.output) == (0, "2 new, 0 changed, 0 as they were.\n")
    *before, cup, blue = read_products(folder)
    assert before == list(PRODUCTS)
    assert (cup.sku, cup.unit_price, cup.name["de"]) == ("CUP-1", 900, "Becher")
    assert (blue.name["en"], blue.description["en"]) == ("Cup, blue", 'A "cup".')
    assert check.problems(folder) == []


def test_every_field_has_a_column(tmp_path: Path) -> None:
    head = f"{HEAD},image,url,stock,withdrawn,stages"
    line = f"{CUP},https://x.example/c.png,https://x.example/c,7,true,local dev"
    (cup,) = read(csv(tmp_path, line, head=head), ["en", "de"]).products
    assert (cup.stock, cup.withdrawn, cup.stages) == (7, True, ("local", "dev"))
    assert (cup.image, cup.url) == ("https://x.example/c.png", "https://x.example/c")


def test_what_a_shop_exports_it_can_import(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "same.json"
    file.write_bytes((folder / "products.json").read_bytes())
    assert taken(file).output == f"0 new, 0 changed, {len(PRODUCTS)} as they were.\n"
    assert read_products(folder) == list(PRODUCTS)


def test_a_product_that_there_is_keeps_its_place(folder: Path, tmp_path: Path) -> None:
    product = json.loads((folder / "products.json").read_text("utf-8"))[0]
    file = tmp_path / "new.json"
    file.write_text(json.dumps([{**product, "unit_price": 1}]), "utf-8")
    assert taken(file).output == "0 new, 1 changed, 0 as they were.\n"
    assert [each.sku for each in read_products(folder)] == [each.sku for each in PRODUCTS]
    assert read_products(folder)[0].unit_price == 1


def test_a_dry_run_writes_nothing(folder: Path, tmp_path: Path) -> None:
    result = taken(csv(tmp_path, CUP), "--dry-run")
    assert result.output.endswith("Nothing was written.\n")
    assert read_products(folder) == list(PRODUCTS)


WRONG = [
    ("CUP-1,9.00,Cup,Becher,A cup.,Ein.", 'unit_price: "9.00" is not a whole number of minor'),
    ("CUP-1,-1,Cup,Becher,A cup.,Ein.", "unit_price: -1 is not a whole number of minor units"),
    ("CUP-1,,Cup,Becher,A cup.,Ein.", "unit_price is missing"),
    ("cup 1,900,Cup,Becher,A cup.,Ein.", 'sku: "cup 1" is not a SKU'),
    ("CUP-1,900,Cup,,A cup.,Ein.", "CUP-1: name is missing in de"),
    ("CUP-1,900,,,A cup.,Ein.", "name is missing"),
]


@pytest.mark.parametrize("price", ["9.0", "9e2", "true", '"9"'])
def test_a_price_that_is_not_written_as_a_whole_number_is_refused(
    folder: Path, tmp_path: Path, price: str
) -> None:
    words = '{"en": "Cup", "de": "Becher"}'
    file = tmp_path / "a.json"
    file.write_text(
        f'[{{"sku": "CUP-1", "name": {words}, "description": {words}, "unit_price": {price}}}]'
    )
    assert "is not a whole number of minor units" in taken(file).output
    assert read_products(folder) == list(PRODUCTS)


@pytest.mark.parametrize(("line", "problem"), WRONG)
def test_each_line_that_is_wrong_is_named_and_nothing_is_taken(
    folder: Path, tmp_path: Path, line: str, problem: str
) -> None:
    result = taken(csv(tmp_path, "CUP-0" + CUP[5:], line, CUP))
    assert result.exit_code == 1
    assert f"new.csv: line 3: {problem}" in result.output
    assert "1 problem, nothing taken." in result.output
    assert read_products(folder) == list(PRODUCTS)


def test_all_problems_of_a_file_are_named_at_once(folder: Path, tmp_path: Path) -> None:
    output = taken(csv(tmp_path, CUP, *(line for line, _ in WRONG), CUP)).output
    assert output.count("new.csv: line ") >= len(WRONG) + 1
    assert "line 9: CUP-1: the SKU stands here twice" in output


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", b"sku,price\nCUP-1,9", "a.csv: price is no column that products have."),
        ("a.csv", b"sku,unit_price\nCUP-1,9,8", "a.csv: line 2 has too many cells."),
        ("a.csv", b'sku\n"CUP', "a.csv: line 2: unexpected end of data."),
        ("a.csv", b"sku\n\xff", "a.csv is not in UTF-8."),
        ("a.json", b"{}", "a.json is not a list of products."),
        ("a.json", b"[" * 100_000, "a.json is nested too deeply."),
        ("a.json", b"[", "a.json: Expecting value"),
        ("a.xlsx", b"", "a.xlsx is neither a .csv nor a .json file."),
    ],
)
def test_a_file_of_another_kind_is_refused_in_a_sentence(
    folder: Path, tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = taken(tmp_path / name)
    assert result.exit_code == 1
    assert problem in result.output
    with pytest.raises(UnreadableError):
        read(tmp_path / name, ["en"])


def test_a_product_of_a_json_file_that_is_none_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[7, {"sku": "CUP-1"}]', "utf-8")
    output = taken(tmp_path / "a.json").output
    assert "a.json: product 1: 7 is not" in output
    assert "a.json: product 2: name is missing" in output


class Bus:
    """Takes events, but for some at first."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.taken += Entries
        return {"Entries": [{} for _ in Entries]}


def test_a_stage_is_told_of_each_product(folder: Path, tmp_path: Path, monkeypatch) -> None:
    bus = Bus()

    class Stage:
        stage = "dev"
        names = type("Names", (), {"bus": "cart-dev"})

        def client(self, service: str) -> Bus:
            assert service == "events"
            return bus

    monkeypatch.setattr(commands, "connect", lambda stage, **_: Stage())
    lines = [f"CUP-{number},900,Cup,Becher,A cup.,Ein Becher.," for number in range(24)]
    file = csv(
        tmp_path, *lines, f"{MUG},1,Mug,Becher,A mug.,Ein Becher.,true", head=f"{HEAD},withdrawn"
    )
    dry = taken(file, "--stage", "dev", "--dry-run")
    assert dry.output == "25 events for stage dev. Nothing was published.\n"
    assert bus.taken == []
    result = taken(file, "--stage", "dev")
    assert result.output.endswith("25 events published to cart-dev.\n")
    assert [entry["DetailType"] for entry in bus.taken].count("ProductChanged") == 24
    detail = json.loads(bus.taken[-1]["Detail"])
    assert (bus.taken[-1]["DetailType"], detail["data"]) == ("ProductWithdrawn", {"sku": MUG})
    assert read_products(folder) == list(PRODUCTS)
