package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

const mib = 1 << 20

// input is a kind of file that the commands read.
type input struct {
	name  string
	limit int64
	hint  string // what to do about a larger one
}

var (
	scriptInput      = input{"the script", 16 * mib, "pass large data with --mount"}
	paramsInput      = input{"the params file", 16 * mib, "pass large data with --mount"}
	interpreterInput = input{"the interpreter", 256 * mib, "is it a CPython for WASI?"}
	configInput      = input{"the configuration", mib, "it may hold nothing but settings"}
)

// stdinName is how tracebacks name a script from standard input. CPython says
// "<stdin>", but shows no source lines of files named in angle brackets.
const stdinName = "stdin"

// read returns the content of a file, or of stdin for "-".
func (p *process) read(in input, path string) ([]byte, error) {
	data, err := p.readUpTo(in, path)
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err // the path is named already
		}
		return nil, usagef("cannot read %s %s: %w", in.name, path, err)
	}
	return data, nil
}

func (p *process) readUpTo(in input, path string) (_ []byte, err error) {
	from := p.stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // only read
		from = f
	}
	data, err := io.ReadAll(io.LimitReader(from, in.limit+1))
	if err == nil && int64(len(data)) > in.limit {
		err = fmt.Errorf("it is larger than %d MiB; %s", in.limit/mib, in.hint)
	}
	return data, err
}

// params returns what --params, --params-file and --param make up, nil for
// nothing.
func (p *process) params(o *runOptions) (json.RawMessage, error) {
	var base json.RawMessage
	source := "--params"
	switch {
	case o.paramsText != "" && o.paramsFile != "":
		return nil, usagef("--params and --params-file exclude each other; --param overrides single values of either")
	case o.paramsFile == "-" && o.script == "-":
		return nil, usagef("the script and the params cannot both come from stdin; put one into a file")
	case o.paramsFile != "":
		source = "--params-file " + o.paramsFile
		data, err := p.read(paramsInput, o.paramsFile)
		if err != nil {
			return nil, err
		}
		base = data
	case o.paramsText != "":
		base = json.RawMessage(o.paramsText)
	}
	if base != nil {
		var syntax *json.SyntaxError
		switch err := json.Unmarshal(base, new(json.RawMessage)); {
		case errors.As(err, &syntax):
			return nil, usagef("%s is not valid JSON: %w (byte %d)", source, err, syntax.Offset)
		case err != nil:
			return nil, usagef("%s is not valid JSON: %w", source, err)
		}
	}
	merged, err := mergeParams(base, o.params)
	if err != nil {
		return nil, usagef("--param sets members of an object, but %s is %w", source, err)
	}
	return merged, nil
}
