//go:build unix

// Package devstack starts throw-away servers for a laptop and for tests: a real
// PostgreSQL, a real Redis, or a Redis imitation inside the process.
//
// It owns where such a server keeps its files, which account it runs as, and
// that neither process nor throw-away file outlives its use: a killed parent
// takes its servers with it where the kernel offers that (Linux), and what
// stayed behind is swept when the next server starts. Servers listen on
// 127.0.0.1 only and ask for a random password. One that a test kills can be
// started again where it was.
//
// It never reads the environment (beyond looking programs up on PATH), knows
// nothing of schemas, and is not part of any production process. gatehouse-dev
// and tests call it. It imports no other package of this module.
package devstack
