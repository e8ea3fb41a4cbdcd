"""Doubles a number: the smallest script with the original interface."""


class Doubler:
    def run(self, params):
        return {"result": params["value"] * 2, "status": "ok"}


def module():
    return Doubler()
