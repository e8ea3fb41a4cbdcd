"""Tries every module of the standard library; see TestStdlibTable.

Each module is imported. PROBES then use it for something small; PARTLY and ABSENT
say what is known not to work, and each is checked to fail in just that way, so
that the table cannot promise less than is true either.
"""

import importlib
import sys

# What a module does here: code that must not raise. `m` is the module.
PROBES = {
    "_thread": "m.get_ident(), m.allocate_lock().acquire()",
    "argparse": "m.ArgumentParser(description='d').format_help()",
    "array": "m.array('d', [1.5]).tobytes()",
    "ast": "m.unparse(m.parse('x = 1'))",
    "asyncio": "m.run(m.sleep(0.001))",
    "base64": "m.b64encode(b'x')",
    "bisect": "m.bisect([1, 3], 2)",
    "bz2": "assert m.decompress(m.compress(b'x' * 999)) == b'x' * 999",
    "calendar": "m.month(2026, 11)",
    "codecs": "assert m.decode(b'\\x82\\xa0', 'shift_jis') == 'あ'",
    "collections": "m.Counter('aab').most_common(1)",
    "concurrent": "import concurrent.futures; concurrent.futures.Future().set_result(1)",
    "configparser": "m.ConfigParser().read_string('[a]\\nb=1')",
    "contextlib": "m.ExitStack().close()",
    "copy": "m.deepcopy({'a': [1]})",
    "csv": "assert list(m.reader(['a,\"b,c\"'])) == [['a', 'b,c']]",
    "dataclasses": "m.make_dataclass('C', ['x'])(1)",
    "datetime": "m.datetime.now(m.timezone.utc).isoformat()",
    "dbm": "import dbm.dumb; dbm.dumb.open('/tmp/d', 'c').close()",
    "decimal": "assert str(m.Decimal('0.1') + m.Decimal('0.2')) == '0.3' and m.__name__ == 'decimal' and hasattr(m, '__libmpdec_version__')",
    "difflib": "list(m.unified_diff(['a'], ['b']))",
    "dis": "m.Bytecode('x = 1').dis()",
    "doctest": "m.run_docstring_examples(m.testmod, {})",
    "email": "import email.message; e = email.message.EmailMessage(); e['To'] = 'a@b.c'; e.set_content('x'); e.as_bytes()",
    "enum": "m.Enum('E', 'A B').A",
    "fileinput": "m.FileInput(files=())",
    "fractions": "m.Fraction(1, 3) + 1",
    "functools": "m.lru_cache(lambda x: x)(1)",
    "glob": "m.glob('/tmp/*')",
    "graphlib": "list(m.TopologicalSorter({1: [2]}).static_order())",
    "gzip": "assert m.decompress(m.compress(b'x')) == b'x'",
    "hashlib": "[m.new(n, b'').hexdigest() if 'shake' not in n else m.new(n).hexdigest(8) for n in m.algorithms_guaranteed]",
    "heapq": "m.heapify([2, 1])",
    "hmac": "m.new(b'k', b'm', 'sha256').hexdigest()",
    "html": "m.escape('<')",
    "importlib": "import importlib.metadata, importlib.resources",
    "inspect": "assert m.signature(sorted) and m.getdoc(dict)",
    "io": "m.TextIOWrapper(m.BytesIO(b'x')).read()",
    "ipaddress": "m.ip_network('10.0.0.0/8').num_addresses",
    "itertools": "list(m.batched('abc', 2))",
    "json": "m.loads(m.dumps({'a': [1.5, None]}))",
    "locale": "m.localeconv()",
    "logging": "m.getLogger('x').warning('probe')",
    "lzma": "assert m.decompress(m.compress(b'x' * 999)) == b'x' * 999",
    "marshal": "m.loads(m.dumps([1]))",
    "math": "m.sumprod([1], [2])",
    "mimetypes": "m.guess_type('a.json')",
    "operator": "m.itemgetter(1)([1, 2])",
    "os": "m.makedirs('/tmp/a/b'); m.rename('/tmp/a/b', '/tmp/a/c'); m.listdir('/tmp/a'); m.urandom(8)",
    "pathlib": "p = m.Path('/tmp/p'); p.write_text('é'); assert p.read_text() == 'é'; p.unlink()",
    "pickle": "m.loads(m.dumps({1: {2}}))",
    "platform": "m.platform()",
    "plistlib": "m.dumps({'a': 1})",
    "pprint": "m.pformat({'a': 1})",
    "pydoc": "m.render_doc(dict)",
    "queue": "q = m.Queue(); q.put(1); q.get()",
    "random": "m.shuffle([1, 2])",
    "re": "m.sub(r'(\\w+)', r'<\\1>', 'a b')",
    "sched": "m.scheduler()",
    "secrets": "m.token_hex()",
    "select": "m.select([], [], [], 0.001)",
    "selectors": "m.DefaultSelector().close()",
    "shelve": "s = m.open('/tmp/s'); s['a'] = 1; s.close()",
    "shlex": "m.split('a \"b c\"')",
    "shutil": "open('/tmp/f', 'w').close(); m.copy('/tmp/f', '/tmp/g'); m.make_archive('/tmp/z', 'zip', '/tmp', 'f')",
    "signal": "m.getsignal(m.SIGINT)",
    "sqlite3": "c = m.connect('/tmp/x.db'); c.execute('create table t (a)'); c.execute('insert into t values (1)'); c.commit(); c.close(); assert m.connect('/tmp/x.db').execute('select a from t').fetchall() == [(1,)]",
    "statistics": "m.stdev([1, 2, 4])",
    "string": "m.Template('$a').substitute(a=1)",
    "struct": "m.pack('<id', 1, 2.0)",
    "symtable": "m.symtable('x = 1', 'f', 'exec')",
    "sys": "m.getsizeof([])",
    "sysconfig": "m.get_platform(), m.get_paths(), m.get_config_vars()",
    "tarfile": "import io; t = m.open('/tmp/t.tar.gz', 'w:gz'); t.addfile(m.TarInfo('a'), io.BytesIO()); t.close(); m.open('/tmp/t.tar.gz').getnames()",
    "tempfile": "f = m.NamedTemporaryFile(); f.write(b'x'); f.close(); m.TemporaryDirectory().cleanup()",
    "textwrap": "m.fill('a b', 2)",
    "threading": "m.Lock().acquire(); m.local().x = 1; m.current_thread().name",
    "time": "m.sleep(0.001); m.strftime('%Y'); m.process_time(); m.perf_counter()",
    "timeit": "m.timeit('1', number=10)",
    "tokenize": "import io; list(m.tokenize(io.BytesIO(b'x = 1').readline))",
    "tomllib": "m.loads('a = 1')",
    "traceback": "m.format_stack()",
    "tracemalloc": "m.start(); m.take_snapshot(); m.stop()",
    "typing": "m.get_type_hints(m.NamedTuple('N', [('a', int)]))",
    "unicodedata": "assert m.name('é') == 'LATIN SMALL LETTER E WITH ACUTE'",
    "unittest": "m.TextTestRunner(stream=__import__('io').StringIO()).run(m.defaultTestLoader.loadTestsFromTestCase(type('T', (m.TestCase,), {'test_a': lambda self: self.assertTrue(1)})))\nimport unittest.mock; unittest.mock.Mock()()",
    "urllib": "import urllib.parse; urllib.parse.urlencode({'a': 'é'})",
    "uuid": "m.uuid4(), m.uuid5(m.NAMESPACE_DNS, 'x'), m.uuid1()",
    "warnings": "m.catch_warnings()",
    "weakref": "m.WeakValueDictionary()",
    "xml": "import xml.etree.ElementTree as e; e.fromstring('<a><b/></a>'); import xml.dom.minidom, xml.sax; xml.dom.minidom.parseString('<a/>')",
    "zipapp": "m.get_interpreter",
    "zipfile": "z = m.ZipFile('/tmp/z.zip', 'w', m.ZIP_LZMA); z.writestr('a', 'b'); z.close(); assert m.ZipFile('/tmp/z.zip').read('a') == b'b'",
    "zlib": "assert m.decompress(m.compress(b'x' * 999)) == b'x' * 999",
    "zoneinfo": "import datetime; assert str(datetime.datetime(2026, 7, 1, tzinfo=m.ZoneInfo('Europe/Istanbul')).utcoffset()) == '3:00:00' and len(m.available_timezones()) > 400",
}

# Works but for this: (what does not, code, the exception it must raise).
PARTLY = {
    "_thread": ("no threads can be started", "m.start_new_thread(print, ())", "RuntimeError"),
    "asyncio": ("no to_thread, sockets, subprocesses", "m.run(m.to_thread(print))", "RuntimeError"),
    "concurrent": ("executors cannot start threads or processes", "import concurrent.futures; concurrent.futures.ThreadPoolExecutor().submit(print)", "RuntimeError"),
    "ftplib": ("no network", "m.FTP('127.0.0.1')", "OSError"),
    "http": ("no network", "import http.client; http.client.HTTPConnection('127.0.0.1').request('GET', '/')", "OSError"),
    "imaplib": ("no network", "m.IMAP4('127.0.0.1')", "OSError"),
    "multiprocessing": ("no processes can be started", "m.Process(target=print).start()", "(OSError, RuntimeError, NotImplementedError, ImportError)"),
    "os": ("no processes: fork, exec, system, popen", "m.popen('true')", "(OSError, AttributeError)"),
    "poplib": ("no network", "m.POP3('127.0.0.1')", "OSError"),
    "smtplib": ("no network", "m.SMTP('127.0.0.1')", "OSError"),
    "socket": ("no network policy grants sockets", "m.socket()", "OSError"),
    "socketserver": ("no network", "m.TCPServer(('127.0.0.1', 0), None)", "OSError"),
    "subprocess": ("no processes can be started", "m.run(['true'])", "OSError"),
    "threading": ("no threads can be started", "m.Thread(target=print).start()", "RuntimeError"),
    "urllib": ("no network", "import urllib.request; urllib.request.urlopen('http://127.0.0.1/')", "OSError"),
    "webbrowser": ("no browser", "m.get()", "m.Error"),
    "wsgiref": ("no network", "import wsgiref.simple_server as s; s.make_server('127.0.0.1', 0, None)", "OSError"),
    "xmlrpc": ("no network", "import xmlrpc.client; xmlrpc.client.ServerProxy('http://127.0.0.1').a()", "OSError"),
}

# Cannot be imported, and why.
ABSENT = {
    "_ctypes": "no shared libraries in WebAssembly",
    "_curses": "no terminal",
    "_curses_panel": "no terminal",
    "_dbm": "not linked in; use dbm.dumb or dbm.sqlite3",
    "_gdbm": "not linked in; use dbm.dumb or dbm.sqlite3",
    "_hashlib": "no OpenSSL; hashlib works without",
    "_interpchannels": "no subinterpreters",
    "_interpqueues": "no subinterpreters",
    "_interpreters": "no subinterpreters",
    "_msi": "Windows only",
    "_multiprocessing": "no processes",
    "_overlapped": "Windows only",
    "_posixshmem": "no shared memory",
    "_posixsubprocess": "no processes",
    "_scproxy": "macOS only",
    "_ssl": "no OpenSSL",
    "_tkinter": "no display",
    "_uuid": "uuid works without",
    "_winapi": "Windows only",
    "_wmi": "Windows only",
    "ctypes": "no shared libraries in WebAssembly",
    "curses": "no terminal",
    "ensurepip": "nothing can be installed",
    "fcntl": "no file locks in WASI",
    "grp": "no user database",
    "idlelib": "no display",
    "mmap": "no memory mapping in WASI",
    "msvcrt": "Windows only",
    "nt": "Windows only",
    "ossaudiodev": "no audio",
    "pty": "no terminal",
    "pwd": "no user database",
    "readline": "no terminal",
    "resource": "the host limits resources",
    "ssl": "no OpenSSL",
    "syslog": "no system log",
    "termios": "no terminal",
    "tkinter": "no display",
    "tty": "no terminal",
    "turtle": "no display",
    "turtledemo": "no display",
    "venv": "nothing can be installed",
    "winreg": "Windows only",
    "winsound": "Windows only",
}

SILENT = {"this", "antigravity"}  # print, or try to open a browser, when imported


def run(params):
    import contextlib
    import io

    table, faults = {}, []
    for name in sorted(sys.stdlib_module_names):
        try:
            with contextlib.redirect_stdout(io.StringIO()) if name in SILENT else contextlib.nullcontext():
                module = importlib.import_module(name)
        except BaseException as error:
            table[name] = ["not", ABSENT.get(name, "")]
            if name not in ABSENT:
                faults.append(f"import {name}: {type(error).__name__}: {error}")
            continue
        if name in ABSENT:
            faults.append(f"import {name} works, although ABSENT says: {ABSENT[name]}")
        table[name] = ["works", ""]
        if name in PROBES:
            try:
                exec(PROBES[name], {"m": module, "__name__": "probe"})
            except BaseException as error:
                faults.append(f"{name}: {PROBES[name]}: {type(error).__name__}: {error}")
        if name in PARTLY:
            note, code, expected = PARTLY[name]
            table[name] = ["partly", note]
            try:
                exec(code, {"m": module})
            except BaseException as error:
                if not isinstance(error, eval(expected, {"m": module})):
                    faults.append(f"{name}: {code}: want {expected}, got {type(error).__name__}: {error}")
                elif not str(error):
                    faults.append(f"{name}: {code}: {type(error).__name__} without a text")
            else:
                faults.append(f"{name}: {code}: did not raise")
    return {"table": table, "faults": faults}
