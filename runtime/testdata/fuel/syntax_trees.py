import ast


class Doubler(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.copy_location(ast.Constant(node.value * 2), node)


def run(params):
    source = "\n".join(f"def f{i}(a, *b, c={i}):\n    return [x + {i} for x in b if x > {i}] or a" for i in range(25))
    tree = ast.fix_missing_locations(Doubler().visit(ast.parse(source)))
    space = {}
    exec(compile(tree, "made", "exec"), space)
    return [space["f3"](1, 8, 9), len(ast.dump(tree)) > 1000, ast.unparse(tree.body[2])[:30], ast.literal_eval("{'a': (1, -2.5)}")]
