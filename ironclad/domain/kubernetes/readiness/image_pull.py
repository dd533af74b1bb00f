"""Why an image does not come: its registry cannot be reached, or has said no."""

import re

_UNREACHABLE = re.compile(
    r"RegistryUnavailable|connection refused|connection reset|connection timed out"
    r"|i/o timeout|TLS handshake timeout|deadline exceeded|Client\.Timeout"
    r"|no route to host|(?:network|host) is (?:unreachable|down)|server misbehaving"
    r"|temporary failure in name resolution|unexpected EOF|: EOF\b"
    r"|toomanyrequests|\b(?:429|500|502|503|504) [A-Z]",
    re.IGNORECASE,
)
"""Words of Go's `net` and `net/http`, and of answers that a registry gives only for a while.

"no such host" is not among them: a name that does not exist is a mistake in the image's name.
"""

_FINAL = re.compile(r"not found|unauthorized|denied|no basic auth credentials", re.IGNORECASE)


def is_unreachable(words: str) -> bool:
    """Tell whether the kubelet's next try may succeed by itself; a registry's own no is final."""
    return bool(_UNREACHABLE.search(words)) and not _FINAL.search(words)
