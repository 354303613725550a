"""Bugs of the Python client."""

from tests.mutation.mutation import Mutation

MUTATIONS = (
    Mutation(
        "the client does not ask again what was in flight",
        3,
        "client/exchange_client/outbox.py",
        "        self._unsent = again | self._unsent\n",
        "",
        ("tests/client",),
    ),
    Mutation(
        "the client names no session, so that a retry is executed again",
        3,
        "client/exchange_client/session.py",
        "token=token, session=self._session_id,",
        "token=token, session=bytes(),",
        ("tests/client",),
    ),
    Mutation(
        "the client resumes from what it has seen incompletely",
        4,
        "client/exchange_client/progress.py",
        "        if self.ahead:\n            self.distrust()\n",
        "",
        ("tests/client",),
    ),
    Mutation(
        "Ctrl-C lands in the client's own tasks",
        0,
        "client/exchange_client/interrupts.py",
        "@trio.lowlevel.enable_ki_protection\n",
        "",
        ("tests/client/test_ctrl_c.py",),
    ),
)
