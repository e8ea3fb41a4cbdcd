"""A rule that never ends."""


def run(order):
    while order["cents"] > 0:
        pass
