package upstream

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"gatehouse/internal/egress"
	"gatehouse/internal/tools"
)

// mostOfDiscovery is how many bytes are read of a server to learn what it offers,
// whatever they are.
const mostOfDiscovery = 4 * tools.MaxOfferedSize

// errTooMuch is in the chain of the fault about a server that used up an allowance.
var errTooMuch = errors.New("it sent more than is read")

// allowance is what may still be read of a server in several requests.
type allowance struct {
	s    *Server
	left atomic.Int64
}

func (s *Server) allow(bytes int64) *allowance {
	a := &allowance{s: s}
	a.left.Store(bytes)
	return a
}

// limited has what is read of a stream count, where there is an allowance.
func (a *allowance) limited(stream *egress.Stream) *egress.Stream {
	if a != nil {
		stream.Body = &rationed{stream.Body, a}
	}
	return stream
}

// rationed is a body that counts.
type rationed struct {
	io.ReadCloser
	of *allowance
}

// Read implements io.Reader.
func (r *rationed) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if r.of.left.Add(-int64(n)) < 0 {
		return 0, r.of.s.wrong(fmt.Sprintf("sends more than %d bytes to say what it offers", mostOfDiscovery), errTooMuch)
	}
	return n, err
}
