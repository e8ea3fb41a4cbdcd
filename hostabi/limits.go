package hostabi

// Limits bound what one call may use and hand over. The zero value of a field
// means no limit only where its comment says so; package runtime fills in
// defaults.
type Limits struct {
	Fuel          uint64 // fuel units (loop iterations); 0 is unlimited
	ResultBytes   int    // size of the result's JSON
	ErrorBytes    int    // size of a structured error
	LogBytes      int    // sum of the texts of all log records
	LogRecords    int    // number of log records
	MetricSeries  int    // number of distinct metric name + label combinations
	MetricBytes   int    // size of one metric's name and labels together
	ProgressBytes int    // size of one progress message
	CallBytes     int    // size of one host function's argument, and of its reply
}

// maxEntropyBytes bounds one entropy call, so that it stays short.
const maxEntropyBytes = 1 << 20
