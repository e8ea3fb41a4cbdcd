import dataclasses


@dataclasses.dataclass(frozen=True, order=True)
class Item:
    name: str
    price: float = 1.5
    tags: tuple = dataclasses.field(default=(), compare=False)

    def __post_init__(self):
        object.__setattr__(self, "name", self.name.strip())


@dataclasses.dataclass(slots=True, kw_only=True)
class Order:
    items: list[Item] = dataclasses.field(default_factory=list)


def run(params):
    order = Order(items=[Item(f" n{i % 40} ", i / 3) for i in range(100)])
    cheap = dataclasses.replace(min(order.items), price=0.0)
    return [dataclasses.asdict(order)["items"][3]["name"], repr(cheap), len(set(order.items)), len(dataclasses.fields(Item))]
