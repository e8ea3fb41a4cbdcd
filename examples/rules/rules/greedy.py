"""A rule that adds to the price."""


def run(order):
    return {"cents": -order["cents"], "reason": "twice the price"}
