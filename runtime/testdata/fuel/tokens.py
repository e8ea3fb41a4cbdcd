import io
import keyword
import tokenize


def run(params):
    source = "".join(f"def name{i}(x): # {i}\n    return x ** {i} if x else '''a\nb'''\n" for i in range(25))
    kinds = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kinds[tokenize.tok_name[token.type]] = kinds.get(tokenize.tok_name[token.type], 0) + 1
    return [kinds, keyword.iskeyword("match"), keyword.issoftkeyword("match")]
