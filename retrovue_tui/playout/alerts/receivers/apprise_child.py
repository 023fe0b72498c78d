"""The process that sends one message through apprise: reads JSON from standard input, and exits with 0 if the message
was sent. `python -m` runs it."""

from __future__ import annotations

import json
import sys


def main() -> str | None:
    """Send the message. Return a line without secrets if that fails."""
    import apprise

    asked = json.load(sys.stdin)
    sender = apprise.Apprise()
    if not sender.add(asked["url"]):
        return "the address is of no service that apprise knows"
    if not sender.notify(body=asked["body"], title=asked["title"], notify_type=asked["type"]):
        return "the service did not take the message"
    return None


if __name__ == "__main__":
    sys.exit(main())  # a text is printed to standard error, and the exit code is then 1
