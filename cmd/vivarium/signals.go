package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that the first SIGINT or SIGTERM ends with
// errInterrupted: the script is stopped softly, then hard. The second one ends the
// process at once. SIGPIPE is left alone: the process dies of a closed stdout
// quietly, as other tools do.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-signals:
			case <-parent.Done():
				return
			}
			if n > 0 {
				os.Exit(int(exitInterrupted))
			}
			cancel(errInterrupted)
		}
	}()
	return ctx, func() { signal.Stop(signals) }
}
