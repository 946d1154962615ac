package mcphost

import (
	"gatehouse/internal/tools"
	"gatehouse/internal/wire"
)

// Every test of this package runs with buffers that are overwritten the moment
// they are given back: whoever reads a request that is answered reads this, and
// the race detector sees it do so.
func init() { buffers.spoil = overwrite }

// spoiled is what is left of a buffer that was given back. It is in no JSON.
const spoiled = 0xA5

func overwrite(used []byte) {
	for i := range used {
		used[i] = spoiled
	}
}

// Word is what a client would be told of progress, by the side of it that a server
// has which asks nothing.
func Word(p tools.Peer) ([]byte, error) {
	return p.(refuser).c.req.notification(tools.Notification{Method: wire.MethodProgress})
}

// InALetter is what another replica reads of an error.
func InALetter(err error) error {
	text, failed := saying{err: err}.encode()
	if failed != nil {
		return failed
	}
	s, failed := decodeSaying(text)
	if failed != nil {
		return failed
	}
	return s.err
}

// ResultInALetter is a result as a letter has it, and what another replica reads.
func ResultInALetter(r tools.Result) (text []byte, read tools.Result, err error) {
	if text, err = (saying{of: r}).encode(); err != nil {
		return nil, tools.Result{}, err
	}
	s, err := decodeSaying(text)
	return text, s.of, err
}

// Keep is what stays in clear of an object.
var (
	Keep   = keep
	Redact = redact
)
