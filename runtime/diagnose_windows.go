package runtime

// openFilesLimit is not known: Windows has a limit of memory, not of a number.
func openFilesLimit() (limit uint64, known bool) { return 0, false }
