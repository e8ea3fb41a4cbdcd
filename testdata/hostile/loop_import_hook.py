# An import whose finder never finds, while the import system holds its locks.
#
# outcome: limit timeout soft
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB

import sys


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        while True:
            pass


def run(params):
    sys.meta_path.insert(0, Finder)
    import nothing
