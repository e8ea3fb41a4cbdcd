package wasi

// There are no sockets: a descriptor is either not open or not one.

func notSocket(s *System, fd uint64) Errno {
	if _, errno := s.table.get(fd); errno != success {
		return errno
	}
	return ENOTSOCK
}

func sockAccept(s *System, _ guest, p []uint64) Errno   { return notSocket(s, p[0]) }
func sockRecv(s *System, _ guest, p []uint64) Errno     { return notSocket(s, p[0]) }
func sockSend(s *System, _ guest, p []uint64) Errno     { return notSocket(s, p[0]) }
func sockShutdown(s *System, _ guest, p []uint64) Errno { return notSocket(s, p[0]) }
