// Command vivarium runs Python scripts nobody has to trust.
//
//	vivarium run SCRIPT|- [--param k=v]… [flags]
//	vivarium version
//
// It owns flags, files, exit codes and printing; everything else is package
// runtime's.
package main
