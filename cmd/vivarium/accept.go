package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/vivarium-go/vivarium/runtime"
)

// written is the value that somebody wrote for a setting.
type written struct {
	from string   // where: "config.yaml:3: queue_size", "VIVARIUM_QUEUE_SIZE"
	dir  string   // where a relative path starts, "" is the working directory
	text string   // a single value
	list []string // instead of text, the items of a list
}

// accept reads a value into the configuration. Its error says what to write
// instead; what was written is named by the caller.
type accept func(*config, written) error

// single makes an accept of a parser, which keeps the value in a field.
func single[T any](parse func(string) (T, error), field func(*config) *T) accept {
	return func(c *config, w written) error {
		if w.list != nil {
			return errors.New("write a single value")
		}
		value, err := parse(w.text)
		if err == nil {
			*field(c) = value
		}
		return err
	}
}

// count accepts a whole number.
func count[T int | int64](least, most int64, field func(*config) *T) accept {
	return single(func(text string) (T, error) {
		n, err := strconv.ParseInt(text, 10, 64)
		switch {
		case err != nil || n < least:
			return 0, fmt.Errorf("write a whole number of at least %d", least)
		case n > most:
			return 0, fmt.Errorf("write at most %d", most)
		}
		return T(n), nil
	}, field)
}

// countOrNone accepts a whole number, where package runtime says none with a
// negative one and its default with 0.
func countOrNone(most int64, field func(*config) *int) accept {
	return orNone(count(0, most, field), field)
}

// size accepts a number of bytes.
func size(most int64, field func(*config) *int64) accept {
	return single(func(text string) (int64, error) { return parseSizeUpTo(text, most) }, field)
}

// sizeOrNone is size for a field that is an int, and none when it is negative.
func sizeOrNone(field func(*config) *int) accept {
	return orNone(single(func(text string) (int, error) {
		if text == "0" {
			return 0, nil
		}
		n, err := parseSizeUpTo(text, math.MaxInt)
		return int(n), err
	}, field), field)
}

func parseSizeUpTo(text string, most int64) (int64, error) {
	n, err := parseSize(text)
	if err == nil && n > most {
		return 0, fmt.Errorf("write at most %d bytes", most)
	}
	return n, err
}

// durationOrNone accepts a duration, 0 for none.
func durationOrNone(field func(*config) *time.Duration) accept {
	return single(parseDuration, field)
}

// durationOrForever accepts a duration where package runtime says for ever with a
// negative one. 0 would be read as the opposite of what it does.
func durationOrForever(field func(*config) *time.Duration) accept {
	return single(func(text string) (time.Duration, error) {
		if text == "forever" {
			return -1, nil
		}
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return 0, errors.New("write a duration of more than 0 with its unit, such as 500ms, 30s or 2m, or forever")
		}
		return d, nil
	}, field)
}

// orNone turns a 0 that was written into what package runtime calls none.
func orNone[T int | int64](accept accept, field func(*config) *T) accept {
	return func(c *config, w written) error {
		err := accept(c, w)
		if err == nil && *field(c) == 0 {
			*field(c) = -1
		}
		return err
	}
}

// truth accepts true and false.
func truth(field func(*config) *bool) accept { return single(parseTruth, field) }

func parseTruth(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, errors.New("write true or false")
	}
	return text == "true", nil
}

func acceptMetrics(c *config, w written) error {
	on := true
	err := truth(func(*config) *bool { return &on })(c, w)
	c.MetricsOff = !on
	return err
}

func acceptInterpreter(c *config, w written) error {
	var path string
	err := single(parsePath, func(*config) *string { return &path })(c, w)
	c.interpreter = interpreterFile{w.resolve(path), w.from}
	return err
}

func acceptCacheDir(c *config, w written) error {
	err := single(parsePath, func(c *config) *string { return &c.CacheDir })(c, w)
	if c.CacheDir != runtime.CacheOff {
		c.CacheDir = w.resolve(c.CacheDir)
	}
	return err
}

func parsePath(text string) (string, error) {
	if text == "" {
		return "", errors.New("write a path")
	}
	return text, nil
}

// resolve returns path as it is from the working directory.
func (w written) resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(w.dir, path)
}

func acceptPreimport(c *config, w written) error {
	names := w.list
	if names == nil {
		names = strings.Split(w.text, ",")
	}
	c.Preimport, c.preimportFrom = nil, w.from // of two sources one counts, as everywhere
	for _, name := range names {
		name = strings.TrimSpace(name)
		if name == "" {
			return errors.New("write names of modules, with a comma between two")
		}
		c.Preimport = append(c.Preimport, name)
	}
	return nil
}

func acceptLogLevel(c *config, w written) error {
	return single(func(text string) (slog.Level, error) {
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			if strings.ToLower(level.String()) == text {
				return level, nil
			}
		}
		return 0, errors.New("write debug, info, warn or error")
	}, func(c *config) *slog.Level { return &c.logLevel })(c, w)
}
