import configparser
import io
import tomllib


def run(params):
    parser = configparser.ConfigParser()
    parser.read_string("[DEFAULT]\nhome = /srv\n" + "".join(f"[s{i}]\npath = %(home)s/{i}\non = yes\n" for i in range(25)))
    out = io.StringIO()
    parser.write(out)
    toml = tomllib.loads("\n".join(f'[t.k{i}]\nv = [{i}, 0x1f, 1e3]\nd = 2024-01-{i + 1:02}\ns = """a\nb"""' for i in range(12)))
    return [parser["s7"]["path"], parser.getboolean("s3", "on"), len(out.getvalue()), toml["t"]["k9"]["v"], str(toml["t"]["k9"]["d"])]
