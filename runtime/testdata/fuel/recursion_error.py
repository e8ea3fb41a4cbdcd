def down(n):
    return down(n + 1) + 1


def run(params):
    try:
        down(0)
    except RecursionError as e:
        return str(e)
