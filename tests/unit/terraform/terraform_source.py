"""Read Terraform files: the part of the language that these tests need."""

from __future__ import annotations

import ast
import operator
import re
from pathlib import Path
from typing import Any

import hcl2

TERRAFORM = Path(__file__).parents[3] / "terraform"
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def parse(path: str) -> dict[str, Any]:
    return hcl2.loads((TERRAFORM / path).read_text(encoding="utf-8"))


def plain(value: Any, known: dict[str, Any]) -> Any:
    """Evaluate a literal, or arithmetic over literals and other locals."""
    if isinstance(value, dict):
        return {key.strip('"'): plain(item, known) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    if not value.startswith("${"):
        return value.strip('"')
    return _evaluate(ast.parse(value[2:-1], mode="eval").body, known)


def _evaluate(node: ast.expr, known: dict[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Attribute):  # local.name
        return plain(known[node.attr], known)
    assert isinstance(node, ast.BinOp), ast.dump(node)
    return _OPERATORS[type(node.op)](_evaluate(node.left, known), _evaluate(node.right, known))


def without_comments(text: str) -> str:
    return re.sub(r"(?m)(^|\s)#.*$", "", text)
