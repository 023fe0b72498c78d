"""The process that sends one message through apprise: reads JSON from standard input, and exits with 0 if the message
was sent. `python -m` runs it."""

from __future__ import annotations

import json
import sys


def main() -> int:
    """Send the message. Return 1 and print a line without secrets if that fails."""
    import apprise

    asked = json.load(sys.stdin)
    sender = apprise.Apprise()
    if not sender.add(asked["url"]):
        print("the address is of no service that apprise knows", file=sys.stderr)  # noqa: T201
        return 1
    if not sender.notify(body=asked["body"], title=asked["title"], notify_type=asked["type"]):
        print("the service did not take the message", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
