"""TD307: a process whose program, user or folder does not exist on this host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Severity
from tierdeps.rule_codes import MISSING_PROGRAM
from tierdeps.rules import Rule, RuleContext, local_processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Origin, Process
    from tierdeps.processes.resolve import Problem

_FIXES = {
    "user": "create the user, or correct its name",
    "cwd": "create the folder, or correct its name; a driver that this one requires may create it too",
}


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each program, user and folder that is missing here, if the context is about this host."""
    environment = context.environment
    if environment is None or not context.programs:
        return
    from tierdeps.processes.resolve import UnresolvedError, resolved
    from tierdeps.processes.verify import program_problems

    for name, process, origin in local_processes(context):
        try:
            found = resolved(process, environment)
        except UnresolvedError:  # which is TD306
            continue
        for problem in program_problems(found, environment):
            yield finding(name, problem, origin, process)


def finding(driver: str, problem: Problem, origin: Origin, process: Process) -> Finding:
    """Return the finding for a problem; its text has what the declaration says, and no values of variables."""
    text = problem.text
    if process.substitute:
        text = {"cwd": f"there is no folder {process.cwd!r}"}.get(problem.key, text)
    evidence = Evidence(f"{problem.key} of {driver}", origin, key=problem.key)
    fix = _FIXES.get(problem.key, "install the program, or correct its name")
    return RULE.finding(
        f"{problem.key} of {driver}: {text}", (driver,), (evidence,), (Fix(fix),), subject=(f"{problem.key}: {text}",)
    )


RULE = Rule(
    *MISSING_PROGRAM,
    Severity.ERROR,
    "The program of a process, or one that a probe of it runs, is not on the PATH, does not exist or is not\n"
    "executable; or its user or its folder does not exist. check looks at that only with --programs, since it often\n"
    "runs on another machine. start looks before it starts anything, but for files and folders of drivers that start\n"
    "after others, which may create them, and for drivers whose failure does not stop the run.",
    """
[drivers.web]
command = ["pyhton3", "-m", "http.server"]    # misspelt
user = "www"                                  # there is no such user
cwd = "/srv/site"                             # there is no such folder
""",
    "Install the program, or correct its name; create the user or the folder, or correct their names. A relative path\n"
    "is relative to the folder in which tierdeps runs, or to cwd for a program.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
