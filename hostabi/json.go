package hostabi

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// MaxJSONDepth is how deep params and results may be nested; _vivarium_json.py
// has the same number.
const MaxJSONDepth = 1000

// CheckJSON says whether data is one JSON text (RFC 8259) in valid UTF-8, nested
// at most MaxJSONDepth deep. The depth is checked first, so that no later parser
// meets hostile nesting.
func CheckJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("not valid UTF-8")
	}
	if depth := jsonDepth(data); depth > MaxJSONDepth {
		return fmt.Errorf("nested %d deep; at most %d is allowed", depth, MaxJSONDepth)
	}
	if !json.Valid(data) {
		return errors.New("not valid JSON")
	}
	return nil
}

// jsonDepth returns the deepest nesting of brackets outside strings. It never
// fails: what is not JSON is for json.Valid to find.
func jsonDepth(data []byte) int {
	depth, deepest := 0, 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		case '"':
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
		}
	}
	return deepest
}
