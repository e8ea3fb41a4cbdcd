import copy


class Node:
    def __init__(self, name, children=()):
        self.name, self.children, self.parent = name, list(children), None
        for child in children:
            child.parent = self


def run(params):
    tree = Node("root", [Node(f"n{i}", [Node(f"n{i}.{j}") for j in range(4)]) for i in range(12)])
    twin = copy.deepcopy(tree)
    shallow = copy.copy(tree)
    loop = [1]
    loop.append(loop)
    return [twin.children[3].parent is twin, shallow.children is tree.children, copy.deepcopy(loop)[1][1][0], twin.children[5].children[2].name]
