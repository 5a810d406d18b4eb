"""Questions that may never be answered, as by a daemon that is stopped or a mount whose server is gone."""

from __future__ import annotations

from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    #: A question, and where its answer goes: the answer itself, or what was raised instead.
    Asked = tuple[Callable[[], object], SimpleQueue[tuple[object, BaseException | None]]]

Answer = TypeVar("Answer")


class NoAnswerError(Exception):
    """A question was not answered in time."""


class Answers:
    """Asks in a thread, one question at a time; the thread is abandoned where an answer takes too long."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._questions: SimpleQueue[Asked | None] | None = None

    def ask(self, question: Callable[[], Answer], seconds: float) -> Answer:
        """Return the answer, or raise what the question raises. Raises NoAnswerError."""
        if self._questions is None:
            self._questions = SimpleQueue()
            # libvirt and the kernel cannot be interrupted where they hang
            Thread(target=_answer, args=(self._questions,), name=self._name, daemon=True).start()
        reply: SimpleQueue[tuple[Answer, BaseException | None]] = SimpleQueue()
        self._questions.put((question, reply))  # type: ignore[arg-type]  # the queue is of all kinds of answers
        try:
            answer, error = reply.get(timeout=seconds)
        except Empty:
            self.close()
            raise NoAnswerError from None
        if error is not None:
            raise error
        return answer

    def clean_up(self, action: Callable[[], object], seconds: float) -> None:
        """Have something done, unless a question before it was not answered; whether it succeeds is of no matter."""
        if self._questions is not None:
            with suppress(Exception):
                self.ask(action, seconds)

    def close(self) -> None:
        """Let the thread end, once it is done with what it was asked."""
        if self._questions is not None:
            self._questions.put(None)
            self._questions = None


def _answer(questions: SimpleQueue[Asked | None]) -> None:
    while (asked := questions.get()) is not None:
        question, reply = asked
        try:
            reply.put((question(), None))
        except BaseException as error:  # noqa: BLE001  it is raised where the question was asked
            reply.put((None, error))
