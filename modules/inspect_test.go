package modules

import (
	"context"
	"testing"
)

func TestHasCompiler(t *testing.T) {
	t.Parallel()
	if got, err := HasCompiler(context.Background()); err != nil || got != hasCompiler() {
		t.Errorf("%v, %v", got, err)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	c := openTestCache(t)
	if u, err := c.Usage(); err != nil || u != (CacheUsage{}) {
		t.Errorf("%+v, %v", u, err)
	}
	fillBundle(t, c)
	u, err := c.Usage()
	if err != nil || u.Entries != 2 || u.Bytes < 33 || u.Write != nil {
		t.Errorf("%+v, %v", u, err)
	}
	if left := leftovers(t, c); left != nil {
		t.Errorf("it left %v", left)
	}
}
