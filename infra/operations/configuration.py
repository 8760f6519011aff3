"""The stage in ``.chalice/``: what the project says of it, and what a deployment found out.

``config.json`` gets the outputs of the foundation stack as environment variables, and
``deployed/<stage>.json``, Chalice's own record, gets what exists. With both, a plain
``chalice deploy`` is all that a change of code needs.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalice.config import Config

from chalicelib.settings import Names
from infra.cloudformation.template import variable_of
from infra.operations.problems import Problem

Record = dict[str, Any]
"""A resource as Chalice records it: ``name``, ``resource_type`` and what identifies it."""


@dataclass(frozen=True)
class Configuration:
    """One stage of the project in a folder."""

    project_dir: Path
    stage: str

    @property
    def folder(self) -> Path:
        """Chalice's folder in the project."""
        return self.project_dir / ".chalice"

    @property
    def file(self) -> Path:
        """Chalice's configuration of all stages."""
        return self.folder / "config.json"

    @property
    def record_file(self) -> Path:
        """Chalice's record of what it has deployed; it is not under version control."""
        return self.folder / "deployed" / f"{self.stage}.json"

    @property
    def names(self) -> Names:
        """What everything of the stage is called."""
        return Names(str(self._read()["app_name"]), self.stage)

    @property
    def gateway_stage(self) -> str:
        """API Gateway's stage: the last part of the API's URL."""
        return str(self._read()["api_gateway_stage"])

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables of the functions."""
        variables: dict[str, str] = self._of_stage()["environment_variables"]
        return variables

    @property
    def event_bus_arn(self) -> str:
        """The bus of the deployed stage; "" if it has not been deployed from this folder."""
        return self.environment.get("EVENT_BUS_ARN", "")

    @property
    def functions(self) -> Mapping[str, str]:
        """The names of the functions in Lambda, by the names that Chalice has for them."""
        return {name: self.names.function(name) for name in self._of_stage()["lambda_functions"]}

    def of_function(self, name: str) -> Config:
        """Return what is set for a function, by the name that Chalice has for it."""
        return Config(chalice_stage=self.stage, function_name=name, config_from_disk=self._read())

    def policy_of(self, name: str) -> dict[str, Any]:
        """Return what a function may do, by the name that Chalice has for it."""
        file = self.folder / str(self.of_function(name).iam_policy_file)
        policy: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return policy

    def settings(self) -> Mapping[str, Any]:
        """Return all that ``config.json`` says of this stage, and of all stages."""
        return {name: value for name, value in self._read().items() if name != "stages"} | {
            "stage": self._of_stage()
        }

    def keep_outputs(self, outputs: Mapping[str, str], declared: Iterable[str] = ()) -> None:
        """Write the foundation stack's outputs into the stage's environment variables.

        Those ``declared`` in its template that it does not have (any more) go. A ``SHOP_URL`` that
        somebody has set, a domain of their own, stays.
        """
        found = {variable_of(name): value for name, value in outputs.items()}
        gone = {variable_of(name) for name in declared} - found.keys()
        if not is_made_by_aws(self.environment.get("SHOP_URL", "")):
            found.pop("SHOP_URL", None)
            gone.discard("SHOP_URL")
        kept = {name: value for name, value in self.environment.items() if name not in gone}
        self._write_environment({**kept, **found})

    def forget_outputs(self, outputs: Iterable[str]) -> None:
        """Take back what :meth:`keep_outputs` wrote, and Chalice's record."""
        self.keep_outputs({}, outputs)
        self.record_file.unlink(missing_ok=True)

    def recorded(self) -> list[Record]:
        """Return what Chalice recorded as deployed."""
        if not self.record_file.exists():
            return []
        resources: list[Record] = json.loads(self.record_file.read_text("utf-8"))["resources"]
        return resources

    def record(self, resources: Iterable[Record]) -> None:
        """Replace Chalice's record."""
        document = {"resources": list(resources), "schema_version": "2.0", "backend": "api"}
        self.record_file.parent.mkdir(exist_ok=True)
        _write(self.record_file, document)

    def _read(self) -> dict[str, Any]:
        try:
            document: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise Problem(f"There is no {self.file}.") from error
        except ValueError as error:
            raise Problem(f"{self.file} is not JSON: {error}.") from error
        return document

    def _of_stage(self) -> dict[str, Any]:
        stages: dict[str, dict[str, Any]] = self._read()["stages"]
        if self.stage not in stages:
            raise Problem(
                f"{self.file} has no stage {self.stage}: run `python -m infra configure`."
            )
        return stages[self.stage]

    def _write_environment(self, variables: Mapping[str, str]) -> None:
        document = self._read()
        if document["stages"][self.stage]["environment_variables"] != variables:
            document["stages"][self.stage]["environment_variables"] = dict(variables)
            _write(self.file, document)


def is_made_by_aws(url: str) -> bool:
    """Tell whether a shop's URL is API Gateway's, or will be, and not a domain of its own."""
    return not url or ".execute-api." in url


def _write(file: Path, document: Mapping[str, Any]) -> None:
    """Replace a file in one step, so that who is interrupted leaves the old one or the new."""
    draft = file.with_suffix(".tmp")
    draft.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, file)  # noqa: PTH105 - the name says what is meant
