package config

import "time"

// Worker is the configuration of cmd/worker.
type Worker struct {
	Process

	RedisURL Secret `env:"GATEHOUSE_REDIS_URL,required"`

	SweepInterval time.Duration `env:"GATEHOUSE_SWEEP_INTERVAL" default:"5s"`

	// SealInterval is how often it looks for records that wait to be sealed.
	SealInterval time.Duration `env:"GATEHOUSE_SEAL_INTERVAL" default:"1s"`

	// Tombstones is the file of tombstones; empty: they are in the database only.
	Tombstones string `env:"GATEHOUSE_TOMBSTONES"`

	PlatformSink

	// WorkerListen is where it says how it does, and nothing else.
	WorkerListen string `env:"GATEHOUSE_WORKER_LISTEN" default:":8081"`
}

// The interval of sweeps: asynq counts in seconds, and the least soft limit that
// makes sense is minutes.
const (
	minSweep = time.Second
	maxSweep = time.Minute
)

// The interval of sealing: what it adds to how long a record waits.
const (
	minSeal = 50 * time.Millisecond
	maxSeal = 10 * time.Second
)

// problems returns what is wrong with values that were understood one by one.
func (c Worker) problems() Errors {
	p := c.Process.problems()
	p.redis("GATEHOUSE_REDIS_URL", c.RedisURL)
	p.listen("GATEHOUSE_WORKER_LISTEN", c.WorkerListen)
	if c.SweepInterval < minSweep || c.SweepInterval > maxSweep {
		p.add("GATEHOUSE_SWEEP_INTERVAL is %s; give a duration from %s to %s", c.SweepInterval, minSweep, maxSweep)
	}
	if c.SealInterval < minSeal || c.SealInterval > maxSeal {
		p.add("GATEHOUSE_SEAL_INTERVAL is %s; give a duration from %s to %s", c.SealInterval, minSeal, maxSeal)
	}
	p = append(p, c.PlatformSink.problems(c.Environment)...)
	if c.Environment == Development {
		p.local("GATEHOUSE_WORKER_LISTEN", c.WorkerListen, "localhost:8083")
	}
	return p
}
