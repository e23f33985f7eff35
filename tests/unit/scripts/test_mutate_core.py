"""Survivors of a mutation run are matched with their explanations."""

from __future__ import annotations

from scripts.mutate_core import Explanation, Survivor, compare, read_explanations, survivor_of

DIFF = """--- syncline/core/deletion.py
+++ syncline/core/deletion.py
@@ -4,4 +4,4 @@
     def covers(self, revision):
         if revision != self.revision:
-            return False
+            return True
         return self.done"""
SURVIVOR = Survivor("syncline.core.deletion.Deletion.covers", "return False", "return True")


def test_a_survivor_is_named_by_its_function_and_its_lines() -> None:
    assert survivor_of("syncline.core.deletion.xǁDeletionǁcovers__mutmut_2", DIFF) == SURVIVOR
    assert survivor_of("syncline.core.layout.x__name__mutmut_12", DIFF).function == "syncline.core.layout._name"


def test_an_explanation_holds_for_one_change_or_for_every_change_of_its_lines() -> None:
    exact = Explanation(SURVIVOR.function, "return False", "why", after="return True")
    every = Explanation(SURVIVOR.function, "return False", "why")
    other = Explanation(SURVIVOR.function, "return False", "why", after="return None")
    assert compare([SURVIVOR], [exact]) == compare([SURVIVOR], [every]) == ([], [])
    assert compare([SURVIVOR], [other]) == ([SURVIVOR], [other])


def test_every_explanation_is_about_the_core_and_has_a_reason() -> None:
    for explanation in read_explanations():
        assert explanation.function.startswith("syncline.core.")
        assert explanation.reason.endswith(".")
