import json


def run(params):
    tree = {"n": [{"id": i, "name": f"näme {i}", "tags": ["a", None, True, i / 3], "deep": {"x": [[i]]}} for i in range(120)]}
    text = json.dumps(tree, sort_keys=True, indent=1)
    again = json.loads(text, parse_float=str)
    try:
        json.loads(text[:-5])
    except json.JSONDecodeError as e:
        wrong = e.lineno
    return [len(text), again["n"][7]["tags"][3], wrong]
