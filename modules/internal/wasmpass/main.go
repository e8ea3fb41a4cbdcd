// Wasmpass applies the passes of package wasm to a file. The build recipe of the interpreter uses it.
//
//	wasmpass -meter [-quantum N] IN OUT    adds metering; prints what it did as JSON
//	wasmpass -hollow -memory-pages N IN OUT
//	wasmpass -inspect IN                   prints imports, exports, memories and mutable globals as JSON
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"

	"github.com/vivarium-go/vivarium/modules/internal/wasm"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "wasmpass:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("wasmpass", flag.ExitOnError)
	meter := flags.Bool("meter", false, "add metering to IN, write OUT")
	hollow := flags.Bool("hollow", false, "empty the data segments of IN, write OUT")
	inspect := flags.Bool("inspect", false, "describe IN")
	pages := flags.Uint64("memory-pages", 0, "with -hollow: minimum of the memory, in pages of 64 KiB")
	quantum := flags.Uint64("quantum", 0, "with -meter: fuel between two ticks, 0 for the default of 20000")
	if err := flags.Parse(args); err != nil {
		return err
	}
	in, out := flags.Arg(0), flags.Arg(1)
	wantArgs := 2
	if *inspect {
		wantArgs = 1
	}
	if flags.NArg() != wantArgs {
		return fmt.Errorf("%d file arguments, expected %d (see -help)", flags.NArg(), wantArgs)
	}
	if *quantum > math.MaxUint32 {
		return fmt.Errorf("-quantum %d does not fit in 32 bits", *quantum)
	}
	if *pages > math.MaxUint32 {
		return fmt.Errorf("-memory-pages %d does not fit in 32 bits", *pages)
	}
	module, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	switch {
	case *meter && !*hollow && !*inspect:
		metered, report, err := wasm.Meter(module, wasm.MeterConfig{Quantum: uint32(*quantum)})
		if err != nil {
			return fmt.Errorf("%s: %w", in, err)
		}
		if err := os.WriteFile(out, metered, 0o644); err != nil {
			return err
		}
		return printJSON(report)
	case *hollow && !*meter && !*inspect:
		hollowed, err := wasm.Hollow(module, uint32(*pages))
		if err != nil {
			return fmt.Errorf("%s: %w", in, err)
		}
		return os.WriteFile(out, hollowed, 0o644)
	case *inspect && !*meter && !*hollow:
		info, err := wasm.Inspect(module)
		if err != nil {
			return fmt.Errorf("%s: %w", in, err)
		}
		return printJSON(info)
	}
	return errors.New("exactly one of -meter, -hollow and -inspect is needed")
}

func printJSON(v any) error {
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
