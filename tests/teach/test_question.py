"""The engine: outcomes, hints, progress, seeds, and what it tells authors."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab import exercises
from crmlab.datasets import Dataset
from crmlab.errors import CrmlabError, UnknownNameError
from crmlab.exercises import Exercise, student_seed
from crmlab.teach import Mistake, Outcome
from crmlab.teach.answers import Wanted
from crmlab.teach.authoring import student_code, tells_apart
from crmlab.teach.question import Question


class MeanScore(Question):
    """What is the mean score?"""

    answer = "mean_score"
    points = 2
    hints = ("Add up.", "Divide.")
    explanation = "A mean is a sum divided by a number."

    def solution(self, data):
        return data.scores["score"].mean()

    mistakes = (
        Mistake(lambda self, data: data.scores["score"].sum(), "That is the sum."),
        Mistake(lambda self, data: data.scores["nonsense"], "This one cannot be computed."),
        Mistake(lambda self, data: data.scores["score"].mean(), "The same as the truth on these data."),
    )

    def explain(self, answer, data):
        return "A mean lies below the maximum." if answer > data.scores["score"].max() else None


class HiddenScore(MeanScore):
    """What is the mean score, on any data?"""

    answer = "hidden_score"
    hidden_check = True
    mistakes = ()


class Broken(Question):
    """A question whose author slipped."""

    answer = "broken"
    hints = ("None.",)

    def solution(self, data):
        raise KeyError("no such column")


class TierTable(Question):
    """Make a table."""

    answer = "tier_table"
    kind = "table"
    columns = ("score",)
    hints = ("Look.",)

    def solution(self, data):
        return data.scores

    mistakes = (Mistake(lambda self, data: data.scores.assign(score=0), "All zero."),)


def test_the_four_outcomes(open_set):
    ex = open_set(MeanScore, HiddenScore)
    assert ex.mean_score.check(...).status == "not attempted"
    assert ex.mean_score.check().status == "not attempted"
    nothing = ex.mean_score.check(None)
    assert (nothing.status, nothing.message[:20]) == ("not attempted", "mean_score is None: ")
    assert ex.mean_score.check(9.0) == Outcome("mean_score", "wrong", "That is the sum.")
    assert ex.hidden_score.check(3.0).status == "right so far"
    assert ex.mean_score.check(3.0).status == "right"


def test_the_right_answer_wins_over_a_mistake_with_the_same_value(open_set):
    assert open_set(MeanScore).mean_score.check(3).status == "right"


def test_an_author_can_explain_what_no_mistake_covers(open_set):
    ex = open_set(MeanScore)
    assert ex.mean_score.check(7.5).message == "A mean lies below the maximum."
    assert ex.mean_score.check(2.5).message == "mean_score is 2.5, and that is not right. `ex.mean_score.hint()` helps."
    ex.mean_score.hint(), ex.mean_score.hint()
    assert ex.mean_score.check(2.5).message == "mean_score is 2.5, and that is not right."  # no hint is left


def test_two_mistakes_with_one_value_are_both_named(open_set):
    class Twice(MeanScore):
        """What?"""

        mistakes = (Mistake(lambda self, data: 9, "One."), Mistake(lambda self, data: 9, "Two."))

    assert open_set(Twice).mean_score.check(9).message == "One. Or: Two."


def test_a_question_that_cannot_be_checked_says_so(open_set):
    outcome = open_set(Broken).broken.check(1)
    assert outcome.status == "not attempted"
    assert "KeyError: 'no such column'" in outcome.message
    assert "teacher" in outcome.message


def test_data_that_cannot_be_made_do_not_raise_in_a_check(open_set):
    def make(seed):
        raise CrmlabError("The data folder is gone.")

    outcome = open_set(MeanScore, make=make).mean_score.check(1)
    assert "The data folder is gone." in outcome.message


def test_a_table_is_checked(open_set):
    ex = open_set(TierTable)
    assert ex.tier_table.check(ex.scores.iloc[::-1]).status == "right"
    assert ex.tier_table.check(ex.scores.assign(score=0)).message == "All zero."
    assert "no column 'score'" in ex.tier_table.check(ex.scores[["customer_id"]]).message


class Listed(Question):
    """Who has a score above 1?"""

    answer = "listed"
    kind = "ids"
    hints = ("Compare.",)

    def solution(self, data):
        return data.scores.loc[data.scores["score"] > 1, "customer_id"]

    mistakes = (Mistake(lambda self, data: data.scores["customer_id"], "That is everyone."),)

    def explain(self, answer, data):
        return "The first one has just 1." if "a" in answer else None


class Summary(Question):
    """Sum up: total, and the best customer."""

    answer = "summary"
    kind = "record"
    fields = {"total": Wanted("number"), "best": Wanted("choice", choices=("a", "b", "c"))}  # noqa: RUF012
    hints = ("Add up.",)

    def solution(self, data):
        return {"total": data.scores["score"].sum(), "best": "c"}

    mistakes = (
        Mistake(lambda self, data: {"total": data.scores["score"].mean()}, "The total is a mean."),
        Mistake(lambda self, data: {"best": "a"}, "The best is the worst."),
        Mistake(lambda self, data: None, "Cannot happen on these data."),
    )


def test_ids_are_checked(open_set):
    ex = open_set(Listed)
    assert ex.listed.check({"c", "b"}).status == "right"
    assert ex.listed.check(["a", "b", "c"]).message == "That is everyone."
    assert ex.listed.check(["a", "b"]).message == "The first one has just 1."
    assert "lacks 1 that belong there. `ex.listed.hint()` helps." in ex.listed.check(["b"]).message
    assert "Store a set or list of customer_ids under the name `listed`" in repr(ex.listed)


def test_mistakes_in_a_record_are_named_entry_by_entry(open_set):
    ex = open_set(Summary)
    assert ex.summary.check({"best": "C", "total": 9}).status == "right"
    assert ex.summary.check({"total": 3, "best": "c"}).message == "The total is a mean."
    assert ex.summary.check({"total": 3, "best": "a"}).message == "The total is a mean. Also: The best is the worst."
    assert ex.summary.check({"total": 4, "best": "a"}).message == "The best is the worst."
    assert "(entry 'total') is 4" in ex.summary.check({"total": 4, "best": "c"}).message


def test_a_table_is_explained_as_a_frame(open_set):
    class Explained(TierTable):
        """Make a table."""

        columns = ("score", "rank")

        def solution(self, data):
            return data.scores.assign(rank=[1, 2, 3])

        mistakes = (
            Mistake(lambda self, data: self._truth(data).assign(score=0), "All zero."),
            Mistake(lambda self, data: self._truth(data).assign(rank=0), "No rank."),
        )

        def explain(self, answer, data):
            return f"The scores add up to {answer['score'].sum():g}."

    ex = open_set(Explained)
    right = ex.scores.assign(rank=[1, 2, 3])
    assert ex.tier_table.check(right.assign(rank=0, score=5)).message == "No rank."  # whatever the scores are
    assert ex.tier_table.check(right.assign(rank=0, score=0)).message == "All zero. Also: No rank."
    assert ex.tier_table.check(right.assign(score=5)).message == "The scores add up to 15."
    assert "customer_id 'c' is missing" in ex.tier_table.check(right.head(2)).message


def test_a_line_of_the_solution_can_be_shown_another_way():
    class Shown(MeanScore):
        """What is the mean?"""

        def solution(self, data):
            score = data.scores["score"]
            total = sum(score)  # shown as: # total: from before
            return total / len(score)

    assert student_code(Shown) == 'score = ex.scores["score"]\n# total: from before\nmean_score = total / len(score)'


@pytest.mark.parametrize("question", [MeanScore, TierTable, Listed, Summary])
def test_junk_is_wrong_within_a_second(open_set, junk_answers, question):
    (asked,) = open_set(question).questions
    for name, answer in junk_answers.items():
        start = time.perf_counter()
        outcome = asked.check(answer)
        assert time.perf_counter() - start < 1, name
        assert outcome.status == ("not attempted" if name in ("None", "dots") else "wrong"), name
        assert 10 < len(outcome.message) < 400, name
        assert outcome._repr_html_(), name


def test_the_very_large_is_refused_unread(open_set, junk_answers):
    score = crmlab.exercise("03_tiering", student="s1").f_score
    asked = open_set(TierTable).tier_table
    assert "has 10,000,000 rows, 3 expected" in asked.check(junk_answers["long frame"]).message
    assert "has 1,000,000 columns" in asked.check(junk_answers["wide frame"]).message
    assert "has 1,000,000 categories" in score.check(junk_answers["many categories"]).message


def test_whatever_is_raised_while_reading_becomes_an_outcome(open_set, monkeypatch):
    class Panic(BaseException):
        pass

    def panic(*args):
        raise Panic

    ex = open_set(MeanScore)
    assert ex.mean_score.check(3).status == "right"
    monkeypatch.setattr("crmlab.teach.question.read", panic)
    assert ex.mean_score.check(3).message == "mean_score cannot be read (Panic); a number was asked."


def test_an_interrupt_passes_through(open_set, monkeypatch):
    ex = open_set(MeanScore)

    def interrupted(answer):
        raise KeyboardInterrupt

    monkeypatch.setattr(ex.mean_score, "_judge", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ex.mean_score.check(1)


def test_hints_come_one_by_one(open_set):
    ex = open_set(MeanScore)
    assert repr(ex.mean_score.hint()) == "Hint 1 of 2: Add up."
    assert repr(ex.mean_score.hint()) == "Hint 2 of 2: Divide."
    last = repr(ex.mean_score.hint())
    assert last.startswith("No more hints: You have seen all 2.")
    assert "ex.mean_score.solution()" in last
    assert ex.progress().loc["mean_score", "hints used"] == "2 of 2"


def test_solutions_are_shown_in_formative_sets_only(open_set):
    shown = repr(open_set(MeanScore).mean_score.solution())
    assert "A mean is a sum divided by a number." in shown
    assert 'mean_score = ex.scores["score"].mean()' in shown
    assert "name `mean_score`" in repr(open_set(MeanScore).mean_score)
    ex = open_set(MeanScore, formative=False)
    assert "scores" not in repr(ex.mean_score.solution())
    ex.mean_score.hint(), ex.mean_score.hint()
    assert "solution()" not in repr(ex.mean_score.hint())


def test_progress_and_reprs(open_set):
    ex = open_set(MeanScore, TierTable)
    ex.mean_score.check(3)
    ex.tier_table.check(5)
    table = ex.progress()
    assert table["status"].to_dict() == {"mean_score": "right", "tier_table": "wrong", "total": "1 of 2 done"}
    assert table.loc["total", ["points", "of"]].tolist() == [2, 3]
    for text in (repr(ex), ex._repr_html_()):
        assert "For a test" in text
        assert "s1" in text
        assert "mean_score" in text
        assert "wrong" in text
    assert "What is the mean score?" in repr(ex.mean_score)
    assert "mean_score (level 1 of 3, 2 points)" in ex.mean_score._repr_markdown_()


def test_a_right_answer_is_not_lost_by_a_later_check(open_set):
    ex = open_set(MeanScore, HiddenScore)
    assert ex.progress().loc["mean_score", "points"] == 0
    ex.mean_score.check(3)
    ex.mean_score.check(4)
    ex.hidden_score.check(3)
    ex.hidden_score.check(...)
    progress = ex.progress()
    assert progress["status"].tolist() == ["wrong, was right", "not attempted, was right", "2 of 2 done"]
    assert progress["points"].tolist() == [2, 2, 4]


def test_progress_notes_that_a_solution_was_seen(open_set):
    ex = open_set(MeanScore, TierTable)
    ex.mean_score.solution()
    assert ex.progress()["solution seen"].tolist() == ["yes", "", ""]
    graded = open_set(MeanScore, formative=False)
    graded.mean_score.solution()
    assert graded.progress()["solution seen"].tolist() == ["", ""]


def test_data_on_which_a_mistake_would_be_right_are_noticed():
    def data(*scores):
        return Dataset("tiny", {"scores": pd.DataFrame({"score": scores})})

    class Mean(MeanScore):
        """What is the mean score?"""

        mistakes = (Mistake(lambda self, data: data.scores["score"].median(), "That is the median."),)

    assert tells_apart([Mean], data(1.0, 2.0, 6.0))
    assert not tells_apart([Mean], data(1.0, 2.0, 3.0))


def test_outcomes_are_told_by_words_and_symbols_and_escaped():
    pages = {s: Outcome("q", s, "a <b> & `code`")._repr_html_() for s in ("right", "wrong", "not attempted")}
    assert "✔ Right" in pages["right"]
    assert "✘ Wrong" in pages["wrong"]
    assert "○ Not attempted" in pages["not attempted"]
    assert "&lt;b&gt; &amp; <code>code</code>" in pages["right"]
    repr(Outcome("q", "right", "x")).encode("ascii")  # prints on any terminal


def test_a_student_name_cannot_inject_markup():
    assert "<script>" not in Exercise("03_tiering", student="<script>x</script>")._repr_html_()


def test_the_seed_is_the_documented_hash():
    # printf 'crmlab|03_tiering|s1234' | sha256sum
    assert student_seed("03_tiering", "s1234") == 0x2B5AB80F19AD744E
    ids = [crmlab.exercise("03_tiering", student=s).seed for s in ("7", 7, " 7 ", 7.0, np.int64(7))]
    assert len(set(ids)) == 1
    assert Exercise("03_tiering", " S1234 ", course="CRM").seed == Exercise("03_tiering", "s1234", course="crm").seed
    composed, decomposed = "Ren\u00e9", "Rene\u0301"
    assert Exercise("03_tiering", composed).seed == Exercise("03_tiering", decomposed).seed
    assert Exercise("03_tiering", "a", course="x").seed != Exercise("03_tiering", "a", course="y").seed


@pytest.mark.parametrize("student", ["", "  ", None, True, 1.5, float("nan"), ["s1"]])
def test_a_student_needs_an_id(student):
    with pytest.raises(CrmlabError, match=r"student is .*write your own id"):
        crmlab.exercise("03_tiering", student=student)


def test_whose_data_these_are_is_said():
    demo = Exercise("03_tiering", student="Demo")
    for text in (repr(demo), demo._repr_html_()):
        assert "put your own id in place of" in text
    assert "your own id" not in repr(Exercise("03_tiering", student="s1"))


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"No exercise set '03_teiring'. Did you mean '03_tiering'\?"):
        crmlab.exercise("03_teiring", student="s1")
    ex = crmlab.exercise("03_tiering", student="s1")
    with pytest.raises(UnknownNameError, match=r"no 'repeat_rat'. Did you mean 'repeat_rate'\? Questions: "):
        _ = ex.repeat_rat
    with pytest.raises(UnknownNameError, match=r"Did you mean 'transactions'"):
        _ = ex.transaction
    assert not hasattr(ex, "truth")
    assert {"repeat_rate", "transactions", "progress"} <= set(dir(ex))


def test_students_can_spoil_their_tables_but_not_the_truth():
    ex = crmlab.exercise("03_tiering", student="s1")
    before = ex.f_score._truth(ex.f_score.data)
    ex.transactions.loc[:, "amount"] = 0.0
    ex.transactions["date"] = pd.Timestamp("2025-01-01")
    ex.customers["customer_id"] = "nobody"
    own = ex.f_score.data
    own.transactions["customer_id"] = "nobody"
    assert set(ex.customers["customer_id"]) == {"nobody"}
    ex.data.tables.clear()
    assert ex.f_score.check(before).status == "right"
    assert len(ex.f_score.data.customers) == 400


def test_an_author_who_changes_the_data_does_no_harm(open_set):
    class Careless(MeanScore):
        """What?"""

        mistakes = ()

        def solution(self, data):
            data.scores["score"] *= 2
            return data.scores["score"].mean()

    ex = open_set(Careless)
    assert ex.mean_score.check(6.0).status == "right"
    assert ex.scores["score"].mean() == 3.0


GOOD = {
    "__doc__": "What?",
    "answer": "what",
    "hints": ["Think."],
    "mistakes": [Mistake(lambda self, data: 1, "No.")],
    "solution": lambda self, data: 2,
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"__doc__": None}, "has no docstring"),
        ({"answer": "two words"}, "has answer 'two words'"),
        ({"answer": "class"}, "has answer 'class'"),
        ({"answer": "progress"}, "reserved answer name 'progress'"),
        ({"solution": None}, "has no method solution"),
        ({"kind": "essay"}, "has kind 'essay'"),
        ({"kind": "choice"}, "a choice without choices"),
        ({"kind": "table"}, "a table without columns"),
        ({"kind": "record"}, "a record whose fields are not each a number or a choice"),
        (
            {"kind": "record", "fields": {"who": Wanted("ids")}},
            "a record whose fields are not each a number or a choice",
        ),
        ({"points": 0}, "has points 0"),
        ({"level": 4}, "has level 4"),
        ({"tolerance": -1}, "tolerance below 0"),
        ({"hints": []}, "has no hints"),
        ({"hints": "Think."}, "has no hints"),
        ({"mistakes": [lambda self, data: 1]}, "no Mistake"),
        ({"mistakes": [Mistake(lambda self, data: 1, " ")]}, "no Mistake"),
        ({"mistakes": GOOD["mistakes"] * 2}, "two mistakes with the same message"),
    ],
)
def test_authors_are_told_what_is_missing(change, says):
    assert type("Fine", (Question,), dict(GOOD))
    parts = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(CrmlabError, match=f"Question Bad .*{says}"):
        type("Bad", (Question,), parts)


def test_a_set_that_lacks_a_part_is_refused(monkeypatch):
    module = exercises.find("03_tiering")
    monkeypatch.delattr(module, "TITLE")
    with pytest.raises(CrmlabError, match="does not define TITLE"):
        exercises.find("03_tiering")


def test_two_questions_cannot_share_a_name(monkeypatch):
    module = exercises.find("03_tiering")
    monkeypatch.setattr(module, "QUESTIONS", [*module.QUESTIONS, module.QUESTIONS[0]])
    with pytest.raises(CrmlabError, match="share a name"):
        exercises.find("03_tiering")


def test_every_set_has_its_tables_as_pandas():
    ex = crmlab.exercise("03_tiering", student="s1")
    assert isinstance(ex.customers, pd.DataFrame)
    assert isinstance(ex.transactions, pd.DataFrame)
