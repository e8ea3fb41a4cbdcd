import decimal
from decimal import Decimal


def run(params):
    with decimal.localcontext(prec=50) as context:
        root = Decimal(2).sqrt()
        e = sum(Decimal(1) / Decimal(i) ** 2 for i in range(1, 200))
        rounded = e.quantize(Decimal("0.001"), decimal.ROUND_HALF_EVEN)
        try:
            Decimal(1) / 0
        except decimal.DivisionByZero:
            pass
        return [str(root), str(rounded), str(Decimal("1.10") + Decimal("2.205")), str(context.prec), f"{Decimal('1234567.891'):,.2f}"]
