import contextlib
import contextvars

depth = contextvars.ContextVar("depth", default=0)


@contextlib.contextmanager
def deeper(log):
    token = depth.set(depth.get() + 1)
    try:
        yield depth.get()
    except ValueError:
        log.append("swallowed")
    finally:
        depth.reset(token)


def run(params):
    log = []
    with contextlib.ExitStack() as stack:
        levels = [stack.enter_context(deeper(log)) for _ in range(60)]
        stack.callback(log.append, "closed")
        with contextlib.suppress(KeyError), contextlib.redirect_stdout(None):
            {}["missing"]
        raise ValueError
    return [levels[-1], log, contextvars.copy_context().get(depth, 0)]
