package runtime

import goruntime "runtime"

// availableCores is how many threads Go runs at once.
func availableCores() int { return goruntime.GOMAXPROCS(0) }
