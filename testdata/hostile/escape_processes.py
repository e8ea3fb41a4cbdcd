# Processes, threads, sockets, foreign code: there is nothing of it.
#
# outcome: value {"found":[]}
# time: <= timeout + 100ms
# host_rss: <= memory + 64MiB
# timeout: 2s
import importlib
import os


def fails(act):
    try:
        act()
    except (OSError, AttributeError, ImportError, RuntimeError, NotImplementedError, ValueError):
        return True


def module(name):
    return importlib.import_module(name)


def run(params):
    acts = {
        "fork": lambda: os.fork(),
        "exec": lambda: os.execv("/bin/sh", ["sh"]),
        "spawn": lambda: os.posix_spawn("/bin/sh", ["sh"], {}),
        "system": lambda: os.system("true"),
        "popen": lambda: os.popen("true").read(),
        "kill": lambda: os.kill(1, 9),
        "subprocess": lambda: module("subprocess").run(["true"]),
        "process": lambda: module("multiprocessing").Process(target=print).start(),
        "shared memory": lambda: module("multiprocessing.shared_memory").SharedMemory(create=True, size=1),
        "thread": lambda: module("threading").Thread(target=print).start(),
        "_thread": lambda: module("_thread").start_new_thread(print, ()),
        "ctypes": lambda: module("ctypes").CDLL(None),
        "mmap": lambda: module("mmap").mmap(-1, 4096),
        "socket": lambda: module("socket").create_connection(("127.0.0.1", 80), 1),
        "listen": lambda: module("socket").create_server(("127.0.0.1", 0)),
        "unix": lambda: module("socket").socket(1),
        "resolve": lambda: module("socket").getaddrinfo("localhost", 80),
        "accept": lambda: module("_socket").socket(fileno=3).accept(),
        "url": lambda: module("urllib.request").urlopen("http://127.0.0.1/"),
        "extension": lambda: module("_imp").create_dynamic(module("importlib.machinery").ModuleSpec("x", None, origin="/data/x.so")),
        "readline": lambda: module("readline"),
        "pty": lambda: module("pty").spawn("sh"),
    }
    return {"found": [name for name, act in acts.items() if not fails(act)]}
