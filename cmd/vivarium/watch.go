package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/vivarium-go/vivarium/runtime"
)

// errSaved is why a run ends whose script has changed.
var errSaved = errors.New("saved")

// settleTime is how long nothing must happen to a file before it counts as saved: editors write in
// several steps.
const settleTime = 50 * time.Millisecond

// watch runs the script now and whenever one of its files is saved, until ctx ends. A run that is
// not over by then is stopped.
func (p *process) watch(ctx context.Context, o *runOptions) (err error) {
	files := []string{o.script}
	if o.paramsFile != "" {
		files = append(files, o.paramsFile)
	}
	if slices.Contains(files, "-") {
		return usagef("--watch needs files: what comes from stdin is not saved again")
	}
	if o.lockdown {
		return usagef("--watch and --lockdown exclude each other: a process that is locked down cannot read the script again")
	}
	saves, stop, err := watchFiles(files)
	if err != nil {
		return usagef("--watch: %w", err)
	}
	defer stop()
	eng, err := p.engineOf(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, eng.Close(context.WithoutCancel(ctx))) }()
	for {
		running, cancel := context.WithCancelCause(ctx)
		finished := make(chan error, 1)
		go func() { finished <- p.runOnce(running, o, eng) }()
		var saved bool
		select {
		case saved = <-saves:
			cancel(errSaved)
			<-finished
		case err := <-finished:
			if said := new(reported); err != nil && !errors.As(err, &said) && ctx.Err() == nil {
				_, _ = fmt.Fprintf(p.stderr, "vivarium: %v\n", err)
			}
			cancel(nil)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			select {
			case saved = <-saves:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		if !saved {
			return errors.New("--watch: the system reports no changes any more")
		}
		_, _ = fmt.Fprintf(p.stderr, "vivarium: %s was saved, running it again\n", o.script)
	}
}

// runOnce runs the script as it is now.
func (p *process) runOnce(ctx context.Context, o *runOptions, eng engine) error {
	out := p.reporter(o)
	task, err := p.task(o)
	var result *runtime.Result
	if err == nil {
		out.attach(&task)
		task.Stdin = nil // the terminal's, which a run that is stopped would not give back
		result, err = eng.Run(ctx, task)
	}
	return ended(out, result, err)
}

// watchFiles sends true each time one of the files was saved, and closes the channel when it cannot
// tell any more. What is watched are their folders, as editors put a new file in the place of the old.
func watchFiles(files []string) (saves <-chan bool, stop func(), err error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, file := range files {
		name, err := filepath.Abs(file)
		if err == nil {
			err = watcher.Add(filepath.Dir(name))
		}
		if err != nil {
			return nil, nil, errors.Join(err, watcher.Close())
		}
		names = append(names, name)
	}
	found := make(chan bool, 1)
	go func() {
		defer close(found)
		var settled <-chan time.Time
		for {
			select {
			case event, ok := <-watcher.Events:
				if !ok {
					return
				}
				if slices.Contains(names, filepath.Clean(event.Name)) && !event.Has(fsnotify.Remove) && event.Op != fsnotify.Chmod {
					settled = time.After(settleTime)
				}
			case _, ok := <-watcher.Errors: // an event was lost: better once too often
				if !ok {
					return
				}
				settled = time.After(settleTime)
			case <-settled:
				settled = nil
				select {
				case found <- true:
				default: // the last one has not been seen yet
				}
			}
		}
	}()
	return found, func() { _ = watcher.Close() }, nil
}
