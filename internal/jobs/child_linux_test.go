package jobs_test

import "syscall"

// dyingWithUs makes the kernel end a child when this process does, however it
// does.
func dyingWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
