package hostabi

// Names and numbers of python/guest/vivarium_abi.h.
const (
	// ModuleName is the import module of the host functions.
	ModuleName = "vivarium_v1"
	// Version is VIV_ABI_VERSION, which the guest's vivarium_abi_version answers.
	Version = 1
)

// Errors the host functions answer (VIV_E_*).
const (
	abiOK          int32 = 0
	abiFault       int32 = -1
	abiLimit       int32 = -2
	abiInvalid     int32 = -3
	abiNotFound    int32 = -4
	abiInterrupted int32 = -5
	abiHost        int32 = -6
)

// Input names what a guest reads with input_size and input_read (VIV_IN_*).
type Input uint32

// The inputs of a call.
const (
	InputName Input = iota
	InputSource
	InputCode
	InputParams
	InputEnv
	InputPreimport
	inputCount
)

// Status is what vivarium_init and vivarium_run report (VIV_RUN_*).
type Status int32

// The ways a run ends by itself.
const (
	StatusOK Status = iota
	StatusRaised
	StatusExit
	StatusBroken
)

// StopReason says why a call is asked to stop (VIV_TICK_*).
type StopReason uint32

// The reasons; StopNone means that nothing asked.
const (
	StopNone StopReason = iota
	StopCancelled
	StopTimeout
	StopFuel
)

// LogLevel is the level of a log record (VIV_LOG_*).
type LogLevel uint32

// The log levels, those of Python's logging divided by ten.
const (
	LogDebug LogLevel = iota + 1
	LogInfo
	LogWarning
	LogError
	LogCritical
)

var logLevelNames = [...]string{"", "debug", "info", "warning", "error", "critical"}

// String returns the level's name in lower case.
func (l LogLevel) String() string {
	if l < LogDebug || l > LogCritical {
		return "unknown"
	}
	return logLevelNames[l]
}

// MetricKind is the kind of a metric (VIV_METRIC_*).
type MetricKind uint32

// The metric kinds.
const (
	MetricCounter MetricKind = iota
	MetricGauge
	MetricHistogram
)

// String returns the kind's name in lower case.
func (k MetricKind) String() string {
	switch k {
	case MetricCounter:
		return "counter"
	case MetricGauge:
		return "gauge"
	case MetricHistogram:
		return "histogram"
	default:
		return "unknown"
	}
}

// Guest exports (VIV_EXPORT, and those of the linker and the metering pass).
const (
	ExportVersion     = "vivarium_abi_version"
	ExportInitialize  = "_initialize"
	ExportInit        = "vivarium_init"
	ExportCompile     = "vivarium_compile"
	ExportRun         = "vivarium_run"
	ExportTick        = "vivarium_tick"
	ExportInterrupt   = "vivarium_interrupt"
	ExportLimitMemory = "vivarium_limit_memory"
	ExportFuel        = "vivarium_fuel"
	ExportStack       = "__stack_pointer"
)

// FuelQuantum is what the metering pass adds to the fuel global before each tick,
// in fuel units (one loop iteration each): about 80 µs of guest time.
const FuelQuantum = 20_000
