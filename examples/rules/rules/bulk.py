"""10 % off what is bought by the dozen."""


def run(order):
    dozens = [line for line in order["lines"] if line["count"] >= 12]
    cents = sum(line["count"] * line["cents"] for line in dozens) // 10
    return {"cents": cents, "reason": "10 % off " + ", ".join(line["item"] for line in dozens)}
