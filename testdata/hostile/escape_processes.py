# Processes, threads, sockets, foreign code: there is nothing of it.
#
# outcome: value {"found":["legal"]}
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


def load(name):
    return importlib.import_module(name)


def run(params):
    acts = {
        "fork": lambda: os.fork(),
        "exec": lambda: os.execv("/bin/sh", ["sh"]),
        "spawn": lambda: os.posix_spawn("/bin/sh", ["sh"], {}),
        "system": lambda: os.system("true"),
        "popen": lambda: os.popen("true").read(),
        "kill": lambda: os.kill(1, 9),
        "subprocess": lambda: load("subprocess").run(["true"]),
        "process": lambda: load("multiprocessing").Process(target=print).start(),
        "shared memory": lambda: load("multiprocessing.shared_memory").SharedMemory(create=True, size=1),
        "thread": lambda: load("threading").Thread(target=print).start(),
        "_thread": lambda: load("_thread").start_new_thread(print, ()),
        "ctypes": lambda: load("ctypes").CDLL(None),
        "mmap": lambda: load("mmap").mmap(-1, 4096),
        "socket": lambda: load("socket").create_connection(("127.0.0.1", 80), 1),
        "listen": lambda: load("socket").create_server(("127.0.0.1", 0)),
        "unix": lambda: load("socket").socket(1),
        "resolve": lambda: load("socket").getaddrinfo("localhost", 80),
        "accept": lambda: load("_socket").socket(fileno=3).accept(),
        "url": lambda: load("urllib.request").urlopen("http://127.0.0.1/"),
        "extension": lambda: load("_imp").create_dynamic(load("importlib.machinery").ModuleSpec("x", None, origin="/data/x.so")),
        "readline": lambda: load("readline"),
        "legal": lambda: load("json").loads("1"),
        "pty": lambda: load("pty").spawn("sh"),
    }
    return {"found": [name for name, act in acts.items() if not fails(act)]}
