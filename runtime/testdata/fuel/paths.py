import fnmatch
import pathlib
import posixpath


def run(params):
    paths = [pathlib.PurePosixPath(f"/srv/data/{i % 7}/../{i}/file.{'tar.gz' if i % 2 else 'txt'}") for i in range(150)]
    windows = pathlib.PureWindowsPath(r"C:\Users\ada\x.PY")
    return [
        sum(p.suffix == ".gz" for p in paths), str(paths[3].relative_to("/srv")), paths[5].match("*/file.*"), str(windows.with_suffix(".txt")),
        posixpath.normpath(str(paths[9])), len(fnmatch.filter(map(str, paths), "*1*.txt")), paths[1] < paths[2],
    ]
