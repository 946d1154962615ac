//go:build !linux

package jobs_test

import "syscall"

// dyingWithUs can promise nothing here: only Linux ends children with their
// parent.
func dyingWithUs() *syscall.SysProcAttr { return nil }
