# Host functions with names that are none, and arguments that are no JSON.
#
# outcome: value {"refused":["KeyError","ValueError"],"echo":["{\"a\":1,\"a\":1e999}","\"\\ud800\""]}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# host: yes
import _vivarium


def run(params):
    refused, echo = set(), []
    for name, argument in (
        ("", b"null"),
        ("ech\0o", b"null"),
        ("echo\0", b"null"),
        ("Echo", b"null"),
        ("../echo", b"null"),
        ("n" * (3 << 20), b"null"),
        ("%s%s%s%n", b"null"),
        ("échо", b"null"),
        ("\U0010ffff", b"null"),
        ("input_read", b"null"),
        (b"\xff", b"null"),
        ("echo", b""),
        ("echo", b"\xff"),
        ("echo", b"{"),
        ("echo", b"NaN"),
        ("echo", b"[" * 1001 + b"]" * 1001),
    ):
        try:
            _vivarium.call(name, argument)
        except (LookupError, ValueError) as error:
            refused.add("KeyError" if isinstance(error, LookupError) else "ValueError")
        else:
            refused.add(name)
    for argument in (b'{"a":1,"a":1e999}', b'"\\ud800"'):
        ok, reply = _vivarium.call("echo", argument)
        echo.append(reply.decode() if ok else None)
    return {"refused": sorted(refused), "echo": echo}
