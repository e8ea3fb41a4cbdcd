import warnings


def run(params):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for i in range(20):
            warnings.warn(f"number {i}", DeprecationWarning)
        eval("1 is 1")
    return [len(caught), str(caught[-1].message)]
