"""Prints the mutants of modules as JSON, one a line; runs in cosmic-ray's virtual environment.

A mutant is a module in which one of cosmic-ray's operators has changed one place.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

NAMES = (
    *("AddNot", "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_USub_UAdd"),
    *("ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("NumberReplacer", "ExceptionReplacer", "ZeroIterationForLoop"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
    # Whoever tells a comparison from these tells it from all others, too.
    *(f"ReplaceComparisonOperator_Lt_{other}" for other in ("LtE", "NotEq", "GtE")),
    *(f"ReplaceComparisonOperator_Gt_{other}" for other in ("GtE", "NotEq", "LtE")),
    *(f"ReplaceComparisonOperator_LtE_{other}" for other in ("Lt", "Eq", "Gt")),
    *(f"ReplaceComparisonOperator_GtE_{other}" for other in ("Gt", "Eq", "Lt")),
    *(f"ReplaceComparisonOperator_Eq_{other}" for other in ("NotEq", "LtE", "GtE")),
    *(f"ReplaceComparisonOperator_NotEq_{other}" for other in ("Eq", "Lt", "Gt")),
    *("ReplaceComparisonOperator_Is_IsNot", "ReplaceComparisonOperator_IsNot_Is"),
    *("ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Sub_Add"),
    *("ReplaceBinaryOperator_Mul_Div", "ReplaceBinaryOperator_Div_Mul"),
    *("ReplaceBinaryOperator_FloorDiv_Mul", "ReplaceBinaryOperator_FloorDiv_Div"),
    *("ReplaceBinaryOperator_Mod_Mul", "ReplaceBinaryOperator_Mod_Add"),
)
"""Operators; types, such as what an annotation says, are checked by mypy."""


def mutants(module: str) -> Iterator[dict[str, str | int]]:
    """Give the mutants of a module that are Python."""
    source = Path(module).read_text(encoding="utf-8")
    # One statement after the other: to parse the whole module for each mutant takes far longer.
    statements = [statement.get_code() for statement in get_ast(source).children]
    for number, statement in enumerate(statements):
        before, after = "".join(statements[:number]), "".join(statements[number + 1 :])
        for changed in _changes(statement):
            mutated = before + changed + after
            if _is_python(mutated):
                yield {"module": module, **_difference(source, mutated), "source": mutated}


def _changes(statement: str) -> Iterator[str]:
    nodes = list(ast_nodes(get_ast(statement)))
    for name in NAMES:
        operator = get_operator(f"core/{name}")()
        places = sum(len(list(operator.mutation_positions(node))) for node in nodes)
        for occurrence in range(places):
            try:
                changed = mutate_code(statement, operator, occurrence)
            except AttributeError:
                continue  # cosmic-ray cannot replace an exception with a dotted name
            yield changed


def _is_python(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _difference(source: str, mutated: str) -> dict[str, str | int]:
    """Tell the line that differs, and what it was and is; no operator changes two."""
    pairs = zip(source.splitlines(), mutated.splitlines(), strict=True)
    for line, (before, after) in enumerate(pairs, start=1):
        if before != after:
            return {"line": line, "before": _tidy(before), "after": _tidy(after)}
    raise ValueError(f"{source}: nothing differs.")


def _tidy(line: str) -> str:
    return " ".join(line.split())


if __name__ == "__main__":
    for each in sys.argv[1:]:
        for mutant in mutants(each):
            sys.stdout.write(f"{json.dumps(mutant)}\n")
