"""A rule with a bug: most orders have no coupon."""


def run(order):
    return {"cents": order["coupon"]["cents"], "reason": "coupon"}
