def run(params):
    space = {"x": 3}
    for i in range(40):
        exec(f"def g{i}(n):\n    global x\n    x += n * {i}\n    return x", space)
    code = compile("[g(2) for g in gs] + [x]", "made.py", "eval")
    results = eval(code, space, {"gs": [space[f"g{i}"] for i in range(40)]})
    try:
        compile("def :", "bad.py", "exec")
    except SyntaxError as e:
        wrong = e.offset
    return [results[-1], eval("__import__('math').pi // 1"), wrong, code.co_names]
