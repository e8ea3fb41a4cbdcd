import typing
from typing import Generic, Optional, Protocol, TypeVar, Union

T = TypeVar("T")


class Box(Generic[T]):
    def __init__(self, value: T):
        self.value = value


@typing.runtime_checkable
class Closes(Protocol):
    def close(self) -> None: ...


class Movie(typing.TypedDict, total=False):
    title: str
    year: int


def first[S: (int, str)](items: list[S], default: Optional[S] = None) -> Union[S, None]:
    return items[0] if items else default


type Tree = dict[str, "Tree"] | int


def run(params):
    hints = typing.get_type_hints(first)
    boxes = [Box[int](i).value for i in range(50)]
    return [sum(boxes), sorted(hints), str(typing.get_args(Union[int, str, None])), isinstance(open("/tmp/x", "w"), Closes), Movie(title="M"), str(Tree.__value__)]
