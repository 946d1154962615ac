package main

import (
	"flag"
	"fmt"
	"io"
	"time"
)

// settings are what the command line decides.
type settings struct {
	rounds   int
	lasts    time.Duration // of one side of a round
	rows     []string
	profiles string // directory; empty: none are written
	peers    peers
	sizes
}

// peers says what becomes of servers by others that are not built yet.
type peers uint8

const (
	buildPeers peers = iota // once, from the Go proxy
	foundPeers              // nothing: their rows say so
)

// sizes are how much of a thing a row takes. They are part of the method, so no
// flag changes them; tests take less.
type sizes struct {
	coldTokens int // new tokens of one round of P8; each costs an RSA signature beforehand
	idle       int // organizations of P10 besides the few
	looks      int // runs of C1 to C3, in one browser
	records    int // of C2
	pages      int // of C3, at most
}

var fullSizes = sizes{coldTokens: 10_000, idle: 10_000, looks: 5, records: 10_000, pages: 100}

// Bounds of a run. The whole table takes some twelve minutes with the defaults.
const (
	maxRounds   = 20
	minDuration = 200 * time.Millisecond
	maxDuration = 30 * time.Second
)

// parse reads the command line of the benchmark itself.
func parse(args []string, usage io.Writer) (settings, error) {
	s := settings{sizes: fullSizes}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.IntVar(&s.rounds, "rounds", 3, "rounds in which floor and product take turns; medians count")
	flags.DurationVar(&s.lasts, "duration", 3*time.Second, "measured time of each side in a round")
	rows := flags.String("rows", "", "rows to measure, such as P1,P3 (default all)")
	flags.StringVar(&s.profiles, "profile", "", "directory for CPU profiles of the product, one a row")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("unknown argument %q; the only word is serve, and it comes first", flags.Arg(0))
	}
	if s.rounds < 1 || s.rounds > maxRounds {
		return s, fmt.Errorf("-rounds is %d; give a number from 1 to %d", s.rounds, maxRounds)
	}
	if s.lasts < minDuration || s.lasts > maxDuration {
		return s, fmt.Errorf("-duration is %s; give one from %s to %s", s.lasts, minDuration, maxDuration)
	}
	var err error
	s.rows, err = parseRows(*rows)
	return s, err
}
