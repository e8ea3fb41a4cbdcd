package runtime

import (
	"context"
	"fmt"
)

// Func makes a host function of a Go function with an argument and a reply of its own
// types: a script's vivarium.call("name", key=value) fills the fields of Args as
// encoding/json does, and has the Reply as a Python value. A keyword that Args does not
// have is an error, which the script gets as vivarium.HostError.
func Func[Args, Reply any](fn func(context.Context, Args) (Reply, error)) HostFunc {
	return func(ctx context.Context, arg []byte) ([]byte, error) {
		var args Args
		if err := decodeStrictly(arg, &args); err != nil {
			return nil, fmt.Errorf("arguments: %w", err)
		}
		reply, err := fn(ctx, args)
		if err != nil {
			return nil, err
		}
		text, err := encodeJSON(reply)
		if err != nil {
			return nil, fmt.Errorf("the reply cannot be encoded: %w", err)
		}
		return text, nil
	}
}
