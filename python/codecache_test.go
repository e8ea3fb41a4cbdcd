package python

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestCodeKeySeparatesNameAndSource(t *testing.T) {
	t.Parallel()
	keys := map[codeKey]Script{}
	for _, s := range []Script{{"ab", []byte("c")}, {"a", []byte("bc")}, {"", []byte("abc")}, {"abc", nil}} {
		if other, ok := keys[codeKeyOf(s)]; ok {
			t.Errorf("%q and %q have one key", s, other)
		}
		keys[codeKeyOf(s)] = s
	}
}

// The cache against a model: a list of entries, the most recently used first.
func TestCodeCacheModel(t *testing.T) {
	t.Parallel()
	const maxBytes = 100
	rapid.Check(t, func(t *rapid.T) {
		cache := newCodeCache(maxBytes)
		var model []codeKey
		code := func(k codeKey) []byte { return bytes.Repeat([]byte{k[0]}, int(k[0])*3) }
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			key := codeKey{rapid.Byte().Draw(t, "key") % 40}
			at := -1
			for i, k := range model {
				if k == key {
					at = i
				}
			}
			if rapid.Bool().Draw(t, "get") {
				got, ok := cache.get(key)
				if ok != (at >= 0) || ok && !bytes.Equal(got, code(key)) {
					t.Fatalf("get %d: %t, model %t", key[0], ok, at >= 0)
				}
				if ok {
					model = append([]codeKey{key}, append(model[:at:at], model[at+1:]...)...)
				}
				continue
			}
			cache.put(key, code(key))
			if at >= 0 || len(code(key)) > maxBytes {
				continue
			}
			model = append([]codeKey{key}, model...)
			used := 0
			for i, k := range model {
				if used += len(code(k)); used > maxBytes {
					model = model[:i]
					break
				}
			}
		}
		if cache.order.Len() != len(model) || len(cache.byKey) != len(model) {
			t.Fatal(fmt.Sprintf("%d and %d entries, model %d", cache.order.Len(), len(cache.byKey), len(model)))
		}
	})
}
