package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vivarium-go/vivarium/runtime"
)

// wantGoodTask checks that the engine still runs tasks.
func wantGoodTask(t *testing.T) {
	t.Helper()
	res := runAlone(t, runtime.Task{Script: runtime.File("../testdata/scripts/double.py"), Params: map[string]int{"value": 21}})
	if string(res.Value) != `{"result":42,"status":"ok"}` {
		t.Errorf("the task after it: value %s, error %v", res.Value, res.Err)
	}
}

// A task's memory is given back: under a limit that two of them would reach together,
// one after the other is fine.
func TestLargeTasksInARow(t *testing.T) {
	const size, limit = 100 << 20, 180 << 20
	var first runtime.Usage
	for i := range 6 {
		res := runAlone(t, runtime.Task{
			Script: source("def run(n):\n  x = b'x' * n\n  return [len(x), x.count(b'x')]"),
			Params: size,
			Limits: runtime.Limits{MemoryBytes: limit},
		})
		if want := fmt.Sprintf("[%d,%[1]d]", size); string(res.Value) != want {
			t.Fatalf("task %d: value %s, error %v", i, res.Value, res.Err)
		}
		if i == 0 {
			first = res.Usage
		}
		u := res.Usage
		if u.MemoryPeakBytes < size || u.MemoryPeakBytes > limit || u.MemoryPeakBytes != first.MemoryPeakBytes {
			t.Errorf("task %d: peak %d, of the first task %d", i, u.MemoryPeakBytes, first.MemoryPeakBytes)
		}
		if dirty := u.DirtyPages * uint64(os.Getpagesize()); dirty < size || dirty > limit {
			t.Errorf("task %d: %d bytes were written to", i, dirty)
		}
	}
}

// A limit that the interpreter itself exceeds is refused, and the error says how much
// it would have to be.
func TestMemoryLimitBelowTheInterpreter(t *testing.T) {
	eng, err := loneEngine()
	if err != nil {
		t.Fatal(err)
	}
	task := runtime.Task{Script: source("def run(p): return 1"), Limits: runtime.Limits{MemoryBytes: 1 << 20}}
	_, err = eng.Run(context.Background(), task)
	if !errors.Is(err, runtime.ErrInvalidTask) {
		t.Fatalf("error %v", err)
	}
	numbers := regexp.MustCompile(`\d{4,}`).FindAllString(err.Error(), -1)
	if len(numbers) != 2 || numbers[0] != strconv.Itoa(1<<20) || !strings.Contains(err.Error(), "Limits.MemoryBytes") {
		t.Fatalf("error %v", err)
	}
	least, _ := strconv.ParseInt(numbers[1], 10, 64) // only digits
	task.Limits.MemoryBytes = least - 1
	if _, err := eng.Run(context.Background(), task); !errors.Is(err, runtime.ErrInvalidTask) {
		t.Errorf("with one byte less than %d: %v", least, err)
	}
	task.Limits.MemoryBytes = least
	if res, err := eng.Run(context.Background(), task); err != nil || !res.OK() {
		t.Errorf("with just %d bytes: %v, %+v", least, err, res)
	}
	wantGoodTask(t)
}

// However a script uses up its memory, it gets a MemoryError: it may catch it and go on;
// else the task ends with a LimitError. There are two ways in which it cannot go on.
func TestMemoryIsUsedUp(t *testing.T) {
	fullRunOnly(t)
	for _, test := range []struct{ name, code string }{
		{"at once", "bytes(1 << 30)"},
		{"in small pieces", "x = None\n  while True: x = (x,)"},
		{"in growing pieces", "x = [0]\n  while True: x += x"},
		{"text", "'é' * (1 << 29)"},
		{"joined", "b''.join([bytes(1 << 20)] * 1000)"},
		{"dictionary", "x = {}\n  while True: x[len(x)] = None"},
		{"objects", "class A: pass\n  x = []\n  while True: x.append(A()); x[-1].n = 1"},
		{"file in memory", "import io\n  x = io.BytesIO()\n  while True: x.write(bytes(1 << 16))"},
		{"integer", "1 << 4_000_000_000"},
		{"array", "import array\n  array.array('d', [0]) * (1 << 27)"},
		{"unpacked", "import zlib\n  x = zlib.compressobj(1)\n  x = b''.join([x.compress(bytes(1 << 20)) for _ in range(60)]) + x.flush()\n  zlib.decompress(x)"},
		{"read", "import os\n  os.read(0, 1 << 30)"},
		{"formatted", "'%0*d' % (1 << 30, 1)"},
		{"frames", "import sys\n  sys.setrecursionlimit(10**9)\n  def f(): f()\n  f()"},
		{"generators", "def g(x): yield x\n  x = None\n  while True: x = g(x); next(x)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			small := runtime.Limits{MemoryBytes: 64 << 20}
			for _, where := range []string{"def f():\n  %s\nf()", "if True:\n  %s"} {
				res := runAlone(t, runtime.Task{Script: source(fmt.Sprintf(where, test.code)), Limits: small})
				var limit *runtime.LimitError
				tooDeep := test.name == "generators" // freeing them recurses, without an end to it in CPython
				if !errors.As(res.Err, &limit) || limit.Kind != runtime.LimitMemory && !tooDeep || limit.Kind == runtime.LimitMemory && limit.Limit != "67108864 bytes" {
					t.Errorf("%q: error %v", where, res.Err)
				}
				wantGoodTask(t)
			}
			res := runAlone(t, runtime.Task{
				Script: source("def f():\n  " + test.code + "\ndef run(p):\n  try: f()\n  except MemoryError: pass\n  return len(bytearray(8 << 20))"),
				Limits: small,
			})
			var limit *runtime.LimitError
			// CPython loses the MemoryError of a frame, so that there is a SystemError.
			lost := test.name == "frames" || test.name == "generators"
			if string(res.Value) != strconv.Itoa(8<<20) && (!lost || !errors.As(res.Err, &limit)) {
				t.Errorf("caught: value %s, error %v", res.Value, res.Err)
			}
			wantGoodTask(t)
		})
	}
}

// Deep recursion, most of it in C, is an exception or a limit, or there is room for it:
// it never breaks the interpreter down. What package python tests is not repeated.
func TestDeepRecursionIsNoBreakdown(t *testing.T) {
	fullRunOnly(t)
	const nest = "def nest(f, x=None, n=100_000):\n  for _ in range(n): x = f(x)\n  return x\nclass A:\n  def __init__(self, x): self.x = x\n"
	for _, test := range []struct{ name, code string }{
		{"json objects", "import json\njson.loads('{\"a\":' * 100_000)"},
		{"json, written in Python", "import json\njson.dumps(nest(lambda x: {'a': x}), indent=1)"},
		{"parser, nested 10,000", "compile('(' * 10_000, 'f', 'eval')"},
		{"parser, lambdas", "compile('lambda:' * 100_000 + '1', 'f', 'eval')"},
		{"parser, elif", "compile('if a: pass\\n' + 'elif a: pass\\n' * 50_000, 'f', 'exec')"},
		{"parser, f-strings", "compile(nest(lambda s: 'f\"{' + s + '}\"', '1', 200), 'f', 'eval')"},
		{"compiler, sums", "compile('a' + '+a' * 100_000, 'f', 'eval')"},
		{"compiler, attributes", "compile('a' + '.a' * 100_000, 'f', 'eval')"},
		{"compiler, tree made by hand", "import ast\nat = dict(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)\ncompile(ast.Expression(nest(lambda x: ast.UnaryOp(ast.Not(), x, **at), ast.Constant(1, **at))), 'f', 'eval')"},
		{"compiler, constant made by hand", "import ast\nat = dict(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)\ncompile(ast.Expression(ast.Constant(nest(lambda x: (x,)), **at)), 'f', 'eval')"},
		{"symbol table", "import symtable\nsymtable.symtable('a' + '.a' * 100_000, 'f', 'exec')"},
		{"eval", "def f(): eval('f()')\nf()"},
		{"pickle, objects", "import pickle\npickle.dumps(nest(A))"},
		{"pickle, written in Python", "import pickle\npickle._dumps(nest(lambda x: [x], n=20_000))"},
		{"pickle, read", "import pickle\npickle.loads(b'\\x80\\x04' + b'(' * 100_000 + b't' * 100_000 + b'.')"},
		{"marshal", "import marshal\nmarshal.loads(b'\\xa9\\x01' * 100_000 + b'N')"},
		{"re, callback", "import re\ndef f(m): return re.sub('a', f, 'a')\nf(0)"},
		{"re, long match", "import re\nre.match('(?:(a)|b)*?c', 'ab' * 200_000)"},
		{"deepcopy, objects", "import copy\ncopy.deepcopy(nest(A, n=20_000))"},
		{"__del__ chain", "A.__del__ = lambda self: None\ndel A.__init__\ndef link(x):\n  a = A(); a.x = x\n  return a\nx = nest(link)\ndel x"},
		{"__del__ that makes another", "class B:\n  n = 0\n  def __del__(self):\n    B.n += 1\n    if B.n < 10_000: B()\nB()"},
		{"tuple, hash", "hash(nest(lambda x: (x,)))"},
		{"tuple, deeper hash", "hash(nest(lambda x: (x,), n=1_000_000))"},
		{"tuple, compare", "nest(lambda x: (x,)) == nest(lambda x: (x,))"},
		{"tuple, freed", "nest(lambda x: (x,), n=1_000_000)"},
		{"generic alias, hash", "hash(nest(lambda x: list[x], int))"},
		{"slice, repr", "repr(nest(slice))"},
		{"objects, freed", "nest(A, n=300_000)"},
		{"generators, next", "next(nest(lambda x: (i for i in x), [1]))"},
		{"generators, close", "def wrap(x): yield from x\nx = nest(wrap, [1])\ntry: next(x)\nexcept RecursionError: pass\nx.close()"},
		{"generators, freed", "nest(lambda x: (i for i in x), [1], 500_000)"},
		{"coroutines", "import asyncio\nasync def f(): await f()\nasyncio.run(f())"},
		{"chain, next", "import itertools\nnext(nest(itertools.chain, [1]))"},
		{"chain, freed", "import itertools\nnest(itertools.chain, [1], 300_000)"},
		{"map, next", "next(nest(lambda x: map(int, x), [1]))"},
		{"map, freed", "nest(lambda x: map(int, x), [1], 300_000)"},
		{"mapping proxies, length", "import types\nlen(nest(types.MappingProxyType, {}))"},
		{"mapping proxies, freed", "import types\nnest(types.MappingProxyType, {}, 1_000_000)"},
		{"properties, freed", "nest(property, n=1_000_000)"},
		{"partial, call", "import functools\ndef wrap(f):\n  f = functools.partial(f); f.x = 1\n  return f\nnest(wrap, int)()"},
		{"deques, repr", "import collections\nrepr(nest(lambda x: collections.deque([x])))"},
		{"methods, call", "import types\nnest(lambda f: types.MethodType(f, 1), int, 2000)()"},
		{"exception groups", "raise nest(lambda e: ExceptionGroup('x', [e]), ValueError(), 20_000)"},
		{"exception groups, split", "nest(lambda e: ExceptionGroup('x', [e]), ValueError()).split(KeyError)"},
		{"exception causes", "def wrap(e):\n  n = ValueError(); n.__cause__ = e\n  return n\nraise nest(wrap, ValueError(), 20_000)"},
		{"class tree", "nest(lambda c: type('C', (c,), {}), object, 500)()"},
		{"codec error handler", "import codecs\ncodecs.register_error('e', lambda e: ('\\xe4'.encode('ascii', 'e'), 1))\n'\\xe4'.encode('ascii', 'e')"},
		{"imports", "import itertools, sys\nnumbers = itertools.count()\nclass Finder:\n  @staticmethod\n  def find_spec(name, path=None, target=None): __import__(f'm{next(numbers)}')\nsys.meta_path.insert(0, Finder)\nimport nope"},
		{"sqlite, callback", "import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.create_function('f', 0, lambda: db.execute('select f()').fetchall())\ndb.execute('select f()').fetchall()"},
		{"sqlite, callback, limit lifted", "import sqlite3, sys\nsys.setrecursionlimit(100_000)\ndb = sqlite3.connect(':memory:')\ndb.create_function('f', 0, lambda: db.execute('select f()').fetchall())\ndb.execute('select f()').fetchall()"},
		{"sqlite, parentheses", "import sqlite3\nsqlite3.connect(':memory:').execute('select ' + '(' * 100_000 + '1' + ')' * 100_000)"},
		{"sqlite, views", "import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.execute('create table v0 (a)')\nfor i in range(1, 300): db.execute(f'create view v{i} as select * from v{i - 1}')\ndb.execute('select * from v299')"},
		{"expat, entities", "from xml.parsers import expat\nexpat.ParserCreate().Parse('<!DOCTYPE a [' + ''.join(f'<!ENTITY e{i} \"&e{i + 1};\">' for i in range(100_000)) + '<!ENTITY e100000 \"x\">]><a>&e0;</a>', True)"},
		{"expat, content model", "from xml.parsers import expat\np = expat.ParserCreate()\np.ElementDeclHandler = print\np.Parse('<!DOCTYPE a [<!ELEMENT a ' + '(' * 100_000 + 'b' + ')' * 100_000 + '>]><a/>', True)"},
		{"elements, copied", "import copy, xml.etree.ElementTree as E\ncopy.deepcopy(E.fromstring('<a>' * 100_000 + '</a>' * 100_000))"},
		{"result", "def run(p): return nest(lambda x: (x,))"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, lift := range []string{"", "import sys\nsys.setrecursionlimit(100_000)\n"} {
				res := runAlone(t, runtime.Task{
					Script: source(lift + nest + test.code),
					Limits: runtime.Limits{MemoryBytes: 160 << 20},
				})
				if res.Err != nil && !isCleanEnd(res.Err) {
					t.Errorf("error %v, recursion limit lifted: %v", res.Err, lift != "")
				}
				wantGoodTask(t)
				var script *runtime.ScriptError
				if !errors.As(res.Err, &script) || script.Type != "RecursionError" {
					break // Python's own limit was not the one reached
				}
			}
		})
	}
}

// isCleanEnd says whether a script that went too deep ended as it should.
func isCleanEnd(err error) bool {
	var limit *runtime.LimitError
	if errors.As(err, &limit) {
		return limit.Kind == runtime.LimitMemory || limit.Kind == runtime.LimitStack
	}
	var script *runtime.ScriptError
	return errors.As(err, &script) && slices.Contains([]string{
		"RecursionError", "SyntaxError", "OverflowError",
		"MemoryError",              // of the parser, whose stack is its own
		"ValueError",               // marshal, the result's depth, and what a chain of causes is made of
		"ExceptionGroup",           // what is nested and raised
		"TypeError",                // a method nested 2,000 deep has as many arguments for int
		"sqlite3.OperationalError", // parser, trigger and view depth
		"xml.parsers.expat.ExpatError",
	}, script.Type)
}
