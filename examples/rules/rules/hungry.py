"""A rule that wants all the memory."""


def run(order):
    orders = [order["lines"]]
    while True:
        orders.append(orders[-1] * 2)
