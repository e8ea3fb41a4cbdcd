// Package hostabi is the contract between the host and a guest interpreter: the
// functions of import module "vivarium_v1", the record kept for one call, and the
// limits on what a guest may hand over.
//
// The C header python/guest/vivarium_abi.h is the single truth about names and
// numbers; a test compares it with abi.go. A guest is not trusted: every pointer,
// length, count and text it passes is checked before it is used, and whatever it
// hands over is copied into the [Call], never kept in globals.
//
// The package is internal to Vivarium: it promises no compatibility. Services
// embed package runtime.
package hostabi
