# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What bench/report.py reads: the results, whose every value is asked for by its key and type, and the budgets."""
import json
import os
import re

RESULTS = ["overhead", "native", "throughput", "latency", "judge"]


class Malformed(Exception):
    """A file that is not what it should be: which, and where in it."""


class Node:
    """A JSON value that knows where it stands: NODE.number("tools[tool=auditd].added.tcp.all")."""

    def __init__(self, value, file, path=""):
        self.value, self.file, self.path = value, file, path

    def wrong(self, what):
        raise Malformed(f"{self.file}: {self.path or 'the whole'}: {what}")

    def member(self, key):
        where = f"{self.path}.{key}" if self.path else key
        if not isinstance(self.value, dict):
            self.wrong("expected an object")
        if key not in self.value:
            raise Malformed(f"{self.file}: {where}: is missing")
        return Node(self.value[key], self.file, where)

    def find(self, path):
        """The node there, or None where a list has none of that name, or null stands before it (it was not run)."""
        node = self
        for key, by, name in re.findall(r"([^.\[\]]+)(?:\[([^=\]]+)=([^\]]+)\])?(?:\.|$)", path):
            if node.value is None:
                return None
            node = node.member(key)
            if by:
                node = next((item for item in node.items() if str(item.member(by).value) == name), None)
            if node is None:
                return None
        return node

    def get(self, path, types, what, none=False):
        node = self.find(path)
        if node is None or (none and node.value is None):
            return None
        if not isinstance(node.value, types) or isinstance(node.value, bool) != (types is bool):
            node.wrong(f"expected {what}, got {json.dumps(node.value)[:40]}")
        return node.value

    def number(self, path):
        return self.get(path, (int, float), "a number")

    def number_or_none(self, path):
        return self.get(path, (int, float), "a number or null", none=True)

    def text(self, path):
        return self.get(path, str, "a text")

    def text_or_none(self, path):
        return self.get(path, str, "a text or null", none=True)

    def flag(self, path):
        return self.get(path, bool, "true or false")

    def items(self, path=None):
        node = self.member(path) if path else self
        if not isinstance(node.value, list):
            node.wrong("expected a list")
        return [Node(item, self.file, f"{node.path}[{i}]") for i, item in enumerate(node.value)]

    def keys(self, path):
        node = self.member(path)
        if not isinstance(node.value, dict):
            node.wrong("expected an object")
        return list(node.value)

    def has(self, key):
        return isinstance(self.value, dict) and key in self.value


def read_json(path, shown):
    try:
        with open(path, encoding="utf-8") as file:
            return Node(json.load(file), shown)
    except ValueError as why:
        raise Malformed(f"{shown}: is no JSON: {why}") from None


def read_results(directory, shown="bench/results"):
    """{name: Node, or None where there is no such file}"""
    results = {}
    for name in RESULTS:
        path = os.path.join(directory, f"{name}.json")
        results[name] = read_json(path, f"{shown}/{name}.json") if os.path.exists(path) else None
        if results[name] and results[name].text("benchmark") != name:
            results[name].member("benchmark").wrong(f"expected \"{name}\"")
    return results


def one_budget(budget, result, tool):
    """(bound as text, the figure or None, what became of it)"""
    def at(path):
        return result.number_or_none(path.replace("{}", tool)) if result else None

    value = at(budget["value"])
    if "zero_within" in budget:
        bound, met = "0", value is not None and abs(value) < budget["zero_within"]
    elif "within" in budget:
        near = at(budget["near"])
        bound = f"within {budget['within'] * 100:.0f} %" + (f" of {near:,}" if near is not None else "")
        if near is None:
            value = None
        met = value is not None and abs(value - near) <= budget["within"] * near
    elif "at_most" in budget:
        bound, met = f"≤ {budget['at_most']:,}", value is not None and value <= budget["at_most"]
    else:
        least = budget["at_least"]
        least = at(least) if isinstance(least, str) else least
        if least is None:
            value = None
        bound, met = f"≥ {least:,}" if least is not None else "all", value is not None and value >= least
    return bound, value, "not run" if value is None else "met" if met else "MISSED"


def held(budgets, results):
    """[(group, what, bound, figure or None, "met", "MISSED" or "not run")]"""
    rows = []
    for group in budgets:
        for tool in group.get("tools", [""]):
            for budget in group["budgets"]:
                row = one_budget(budget, results[group["result"]], tool)
                rows.append((tool or group["result"], budget["what"], *row))
    return rows
