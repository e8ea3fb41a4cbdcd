package modules

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// placeCode puts an entry's machine code, checked, where wazero looks for it. Between the
// check and wazero nobody can change it: path leads to a sealed file in memory, which
// exists until what is returned is closed. Where there are no such files, as in a sandbox
// that refuses them, it is a file on disk, as on other systems.
func placeCode(entry *Entry, path string) (_ io.Closer, err error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	// wazero reads it into memory of its own: the file itself is never executed.
	fd, err := unix.MemfdCreate("vivarium-code", flags|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3, where nobody insists on it
		fd, err = unix.MemfdCreate("vivarium-code", flags)
	}
	if err != nil {
		return placeInFile(entry, path)
	}
	memory := os.NewFile(uintptr(fd), "vivarium-code")
	defer func() {
		if err != nil {
			err = errors.Join(err, memory.Close())
		}
	}()
	from, err := entry.Open(codeFile)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }() // only read
	// Only Write is shown: os.File's own ReadFrom would copy in small pieces.
	if _, err := io.CopyBuffer(struct{ io.Writer }{memory}, from, make([]byte, 1<<20)); err != nil {
		return nil, err
	}
	const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return nil, fmt.Errorf("modules: sealing the code: %w", err)
	}
	return memory, os.Symlink(fmt.Sprintf("/proc/self/fd/%d", fd), path)
}
