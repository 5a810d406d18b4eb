"""TD306: a variable of a process that is not set, or an env file that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Severity
from tierdeps.rule_codes import MISSING_VARIABLE
from tierdeps.rules import Rule, RuleContext, local_processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Origin
    from tierdeps.processes.resolve import Problem

ENV_FILE = "env_file"


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each variable that is not set in the environment of the context."""
    environment = context.environment
    if environment is None:
        return
    for name, process, origin in local_processes(context):
        if not (process.env_file or process.substitute):
            continue
        from tierdeps.processes.resolve import UnresolvedError, resolved

        try:
            resolved(process, environment)
        except UnresolvedError as error:
            for problem in dict.fromkeys(error.problems):
                yield finding(name, problem, origin)


def finding(driver: str, problem: Problem, origin: Origin) -> Finding:
    """Return the finding for a problem, which has no values of variables."""
    evidence = Evidence(f"{problem.key} of {driver}", origin, key=problem.key)
    if problem.malformed:
        fix = "write ${NAME} or ${NAME:-default}; a dollar that is meant as such is doubled: $${NAME}"
    elif problem.key == ENV_FILE:
        fix = "correct the file or its name; one that may be missing has a - before its name"
    else:
        fix = "set it in the environment or in an env_file, or write a default: ${NAME:-default}"
    return RULE.finding(
        f"{problem.key} of {driver}: {problem.text}", (driver,), (evidence,), (Fix(fix),), subject=(str(problem.text),)
    )


RULE = Rule(
    *MISSING_VARIABLE,
    Severity.ERROR,
    "The command, the environment, the folder or a probe of a process has a variable that is not set and has no\n"
    "default, or an env file of it is missing or is not valid. check and start report it; start starts nothing.\n"
    "Commands that start nothing, such as order and lock, do not look at variables.",
    """
[drivers.web]
command = ["serve", "--port", "${PORT}"]    # PORT is not in the environment
env_file = "web.env"                        # there is no such file
""",
    "Set the variable in the environment or in a file that env_file names, or give it a default: ${PORT:-8000}. A\n"
    'file that may be missing has a - before its name: env_file = "-web.env". A dollar that is meant as such is\n'
    "doubled: $${PORT}. Where check runs on another machine than start, --ignore TD306 leaves it to start.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
