package wasi

import "time"

// ModuleName is what the guest imports these functions from.
const ModuleName = "wasi_snapshot_preview1"

// File types.
const (
	typeUnknown     = 0
	typeBlockDevice = 1
	typeCharDevice  = 2
	typeDirectory   = 3
	typeRegular     = 4
	typeSocket      = 6
	typeSymlink     = 7
)

// Descriptor flags.
const (
	flagAppend   = 1 << 0
	flagDsync    = 1 << 1
	flagNonblock = 1 << 2
	flagRsync    = 1 << 3
	flagSync     = 1 << 4
	flagsKnown   = 1<<5 - 1
)

// Open flags.
const (
	openCreate    = 1 << 0
	openDirectory = 1 << 1
	openExclusive = 1 << 2
	openTruncate  = 1 << 3
	openKnown     = 1<<4 - 1
)

// lookupFollow is the only lookup flag.
const lookupFollow = 1 << 0

// Rights. They were dropped from WASI; wasi-libc still derives O_ACCMODE from
// the first two, what a directory may be opened for from its inheriting rights,
// and isatty from seek and tell.
const (
	rightRead    = 1 << 1
	rightWrite   = 1 << 6
	rightReaddir = 1 << 14
	rightsAll    = 1<<30 - 1
)

// Flags of set_times.
const (
	setAtime    = 1 << 0
	setAtimeNow = 1 << 1
	setMtime    = 1 << 2
	setMtimeNow = 1 << 3
	setKnown    = 1<<4 - 1
)

// Event types and flags of poll_oneoff.
const (
	eventClock   = 0
	eventFdRead  = 1
	eventFdWrite = 2

	eventHangup   = 1 << 0
	clockAbsolute = 1 << 0
)

// Clocks.
const (
	clockRealtime  = 0
	clockMonotonic = 1
)

// Sizes of records in guest memory.
const (
	fdstatSize       = 24
	filestatSize     = 64
	direntSize       = 24
	iovecSize        = 8
	subscriptionSize = 48
	eventSize        = 32
)

// Bounds on what one call may hand over.
const (
	pathMax          = 4096
	nameMax          = 255
	linkDepthMax     = 40
	mountDepthMax    = 256 // directories below a mount; the host walks them one by one
	mountDotsMax     = 64  // ".." in one path below mounts; each is looked up on the host
	iovecsMax        = 1024
	subscriptionsMax = 4096
	fileSizeMax      = 1 << 46

	// ioStep is the size of one piece of a long transfer: small enough that
	// copying it (Go cannot preempt a memmove) takes well under 1 ms.
	ioStep = 1 << 20
)

// filestat is what the guest learns about a file.
type filestat struct {
	dev, ino            uint64
	typ                 uint8
	nlink               uint64
	size                int64
	atime, mtime, ctime int64 // nanoseconds since 1970
}

// timeChange says which times to set; nil leaves one as it is.
type timeChange struct {
	atime, mtime *time.Time
}
