//go:build !linux

package main

// restrict does nothing: landlock and no_new_privs are Linux's.
func restrict(reach) (missing string, err error) {
	return "this system has neither landlock nor no_new_privs, which are Linux's; nothing is restricted", nil
}
