// Command service runs Python scripts that come over HTTP.
//
//	POST /run      {"script": "...", "params": ...}: runs a script, answers how it ended
//	GET  /healthz  200 while the engine does its work, 503 when it does not
//	GET  /metrics  Prometheus
//
// SIGINT and SIGTERM end it: it accepts nothing more, and lets requests end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// drainTime is how long requests may go on after the signal to end.
const drainTime = 10 * time.Second

func main() {
	listen := flag.String("listen", "localhost:8080", "the address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *listen, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends. It writes the address that it listens on to out.
func run(ctx context.Context, listen string, out io.Writer) (err error) {
	eng, err := newEngine(ctx)
	if err != nil {
		return err
	}
	// Requests have ended when the engine is closed, so there is nothing to wait for.
	defer func() { err = errors.Join(err, eng.Close(context.WithoutCancel(ctx))) }()

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: newHandler(eng), ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	_, _ = fmt.Fprintf(out, "listening on http://%s\n", listener.Addr())

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return errors.Join(err, server.Close()) // ends the requests' contexts, and so their scripts
	}
	return nil
}

// newEngine makes the engine. Its limits are those of a request: one that wants more is
// for a queue, and not for HTTP.
func newEngine(ctx context.Context) (*runtime.Engine, error) {
	return runtime.New(ctx, runtime.Config{
		Timeout:          5 * time.Second,
		TotalTimeout:     10 * time.Second, // waiting included
		Grace:            500 * time.Millisecond,
		QueueSize:        100,
		QueueFullRetries: -1, // the client knows better when to try again
		Limits: runtime.Limits{
			MemoryBytes: 128 << 20,
			ResultBytes: 1 << 20,
			OutputBytes: 64 << 10,
		},
		HostFuncs: map[string]runtime.HostFunc{"price": runtime.Func(price)},
	})
}

// prices stand for a database.
var prices = map[string]int{"apple": 40, "bread": 350, "cheese": 1290}

// price is what scripts call as vivarium.call("price", item="apple").
func price(_ context.Context, args struct{ Item string }) (cents int, err error) {
	cents, ok := prices[args.Item]
	if !ok {
		return 0, fmt.Errorf("there is no item %q", args.Item)
	}
	return cents, nil
}
