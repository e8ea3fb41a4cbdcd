package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// maxConfigTokens bounds what the parser is given, because it recurses for each
// level: a file of a million brackets would be the end of the process's stack. All
// settings together are some 200 tokens.
const maxConfigTokens = 10_000

// configReader reads a configuration file, JSON being YAML too. It goes on after a
// mistake, to report all of them at once.
type configReader struct {
	path   string
	config *config
	lines  map[string]int // of the keys seen
	errs   []error
}

// readConfig reads the file's text into the configuration.
func readConfig(c *config, path string, text []byte) error {
	r := &configReader{path: path, config: c, lines: make(map[string]int)}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // some editors begin with it
	if !utf8.Valid(text) {
		return fmt.Errorf("%s: not UTF-8; save it as UTF-8 text", path)
	}
	tokens := lexer.Tokenize(string(text))
	if len(tokens) > maxConfigTokens {
		return fmt.Errorf("%s: far more than there are settings (over %d words and signs); `vivarium --help` lists them", path, maxConfigTokens)
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // which this reader words itself
	if err != nil {
		return r.syntaxError(err)
	}
	for i, doc := range file.Docs {
		mapping, ok := doc.Body.(*ast.MappingNode)
		switch {
		case doc.Body == nil: // an empty file
		case i > 0:
			r.failf(doc.Body, "a second document; write all settings into one")
		case !ok:
			r.failf(doc.Body, "these are no settings; write lines of NAME: VALUE")
		default:
			r.mapping("", mapping)
		}
	}
	return errors.Join(r.errs...)
}

func (r *configReader) syntaxError(err error) error {
	syntax := yaml.Error(nil)
	if !errors.As(err, &syntax) {
		return fmt.Errorf("%s: not valid YAML: %w", r.path, err)
	}
	at := r.path
	if token := syntax.GetToken(); token != nil && token.Position != nil {
		at = fmt.Sprintf("%s:%d:%d", r.path, token.Position.Line, token.Position.Column)
	}
	return fmt.Errorf("%s: not valid YAML: %s", at, syntax.GetMessage())
}

// mapping reads a mapping's members, whose keys all begin with the prefix.
func (r *configReader) mapping(prefix string, mapping *ast.MappingNode) {
	for _, member := range mapping.Values {
		name, ok := scalar(member.Key)
		if !ok {
			r.failf(member.Key, "%q is no name of a setting; `vivarium --help` lists them", member.Key.String())
			continue
		}
		r.member(prefix+name, member)
	}
}

// member reads what stands under one key.
func (r *configReader) member(key string, member *ast.MappingValueNode) {
	if first, again := r.lines[key]; again {
		r.failf(member.Key, "%s is there already, on line %d; keep one", key, first)
		return
	}
	r.lines[key] = line(member.Key)
	found := findSetting(key)
	if found == nil && key != limitsGroup {
		r.failf(member.Key, "there is no setting %s; %s", key, didYouMean(nearest(key, append([]string{limitsGroup}, settingKeys()...))))
		return
	}
	if _, null := member.Value.(*ast.NullNode); null {
		r.failf(member.Key, "%s has no value; write one, or leave the line out", key)
		return
	}
	if key != limitsGroup {
		r.setting(found, member)
		return
	}
	limits, ok := member.Value.(*ast.MappingNode)
	if !ok {
		r.failf(member.Key, "%s is %q; write lines of NAME: VALUE below it", key, member.Value.String())
		return
	}
	r.mapping(key+".", limits)
}

// setting reads the value of one setting.
func (r *configReader) setting(s *setting, member *ast.MappingValueNode) {
	w := written{
		from: fmt.Sprintf("%s:%d: %s", r.path, line(member.Key), s.key),
		dir:  filepath.Dir(r.path),
	}
	var what string
	var ok bool
	if list, is := member.Value.(*ast.SequenceNode); is {
		what = list.String()
		w.list, ok = items(list)
	} else {
		w.text, ok = scalar(member.Value)
		what = w.text
	}
	if !ok {
		r.failf(member.Key, "%s cannot be read; write a value or a list of values, without anchors, aliases and tags", s.key)
		return
	}
	if err := s.accept(r.config, w); err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s is %q; %w", w.from, what, err))
	}
}

// items returns what a list consists of, if these are scalars.
func items(list *ast.SequenceNode) ([]string, bool) {
	texts := make([]string, 0, len(list.Values))
	for _, node := range list.Values {
		text, ok := scalar(node)
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

// scalar returns a single value: numbers and truth values as they are written,
// because what they mean is up to the setting.
func scalar(node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return node.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return node.GetToken().Value, true
	}
	return "", false
}

// failf notes a mistake at a node.
func (r *configReader) failf(at ast.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s", r.path, line(at), fmt.Sprintf(format, args...)))
}

func line(node ast.Node) int { return node.GetToken().Position.Line }
