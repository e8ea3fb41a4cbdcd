"""Encodes results, and says where in the value a fault lies.

The host stores and prints these very bytes, so: no spaces, keys in the
script's own order, non-ASCII text as it is.
"""

import json

import _vivarium

MAX_DEPTH = 1000  # the host's limit too (hostabi.MaxJSONDepth)

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def hand_over(value):
    """Gives value to the host as the task's result."""
    data = encode(value)
    try:
        _vivarium.result(data)
    except OverflowError:
        raise OverflowError(f"result: {len(data)} bytes of JSON are more than the task's limit") from None
    except ValueError:  # the host is stricter than the encoder: depth
        kind, text = _find_fault(value) or (ValueError, "result: refused by the host")
        raise kind(text) from None


def encode(value):
    """value as UTF-8 JSON bytes; TypeError or ValueError naming the path of what cannot be encoded."""
    try:
        return _encode(value).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        found = _find_fault(value)
        if found is None:
            raise
        kind, text = found
        raise kind(text) from error


def _find_fault(value):
    """Walks value without recursion; (exception type, text) of the first fault, or None."""
    stack = [(value, "result", 1, ())]
    while stack:
        item, path, depth, parents = stack.pop()
        if isinstance(item, str):
            try:
                item.encode("utf-8")
            except UnicodeEncodeError as error:
                return ValueError, f"{path}: a string holds a lone surrogate (position {error.start})"
        elif item is None or isinstance(item, bool):
            continue
        elif isinstance(item, int):
            try:
                int.__repr__(item)
            except ValueError as error:
                return ValueError, f"{path}: {error}"
        elif isinstance(item, float):
            if item != item or item in (float("inf"), float("-inf")):
                return ValueError, f"{path}: {item!r} is not JSON; use None or a string"
        elif isinstance(item, (dict, list, tuple)):
            if id(item) in parents:
                return ValueError, f"{path}: the value contains itself"
            if depth > MAX_DEPTH:
                return ValueError, f"{path[:200]}…: nested deeper than {MAX_DEPTH}"
            # A linked chain costs less than a copied set per level.
            line = _Line(id(item), parents)
            if isinstance(item, dict):
                children = []
                for key, child in item.items():
                    if not isinstance(key, (str, int, float, bool)) and key is not None:
                        return TypeError, f"{path}: the key {key!r:.100} is a {type(key).__name__}; JSON keys are strings"
                    if isinstance(key, int):
                        try:
                            int.__repr__(key)
                        except ValueError as error:
                            return ValueError, f"{path}, a key: {error}"
                    if isinstance(key, (str, float)):
                        children.append((key, f"{path}, key {key!r:.100}", depth, ()))
                    children.append((child, f"{path}[{key!r:.100}]", depth + 1, line))
            else:
                children = [(child, f"{path}[{i}]", depth + 1, line) for i, child in enumerate(item)]
            stack.extend(reversed(children))
        else:
            return TypeError, f"{path}: a {type(item).__name__} is not JSON; turn it into a dict, list, str, number, bool or None"
    return None


class _Line:
    """The ids of the containers above a value."""

    __slots__ = ("id", "above")

    def __init__(self, id, above):
        self.id, self.above = id, above

    def __contains__(self, id):
        line = self
        while line:
            if line.id == id:
                return True
            line = line.above
        return False

    def __bool__(self):
        return True
