class Trouble(Exception):
    pass


def risky(i):
    try:
        if i % 3 == 0:
            raise KeyError(i)
        if i % 5 == 0:
            raise Trouble(i) from ValueError("cause")
        return i
    except KeyError as e:
        raise RuntimeError("wrapped") from e
    finally:
        i += 1


def run(params):
    counts = {}
    for i in range(500):
        try:
            counts["fine"] = counts.get("fine", 0) + risky(i)
        except (RuntimeError, Trouble) as e:
            name = type(e).__name__ + "/" + type(e.__cause__).__name__
            counts[name] = counts.get(name, 0) + 1
    try:
        raise ExceptionGroup("all", [ValueError(1), ExceptionGroup("in", [TypeError(2), ValueError(3)])])
    except* ValueError as group:
        counts["group"] = len(group.exceptions)
    except* TypeError:
        pass
    return counts
