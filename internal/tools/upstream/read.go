package upstream

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// read reads a whole body of at most so many bytes. What the server says of its
// length takes no memory before it comes.
func (c *conversation) read(stream *egress.Stream, most int) ([]byte, error) {
	s := c.s
	size, whole := 4<<10, most+1
	if declared, err := strconv.Atoi(stream.Header.Get("Content-Length")); err == nil && declared >= 0 {
		if declared > most {
			return nil, s.tooLarge(most)
		}
		whole = declared + 1 // room to see the end
		size = min(whole, freeSize)
	}
	body := make([]byte, 0, size)
	for {
		n, err := stream.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > most:
			return nil, s.tooLarge(most)
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return nil, s.broke(err)
		case len(body) == cap(body):
			next := min(2*cap(body), most+1)
			if cap(body) < whole {
				next = min(next, whole)
			}
			if err := c.hold(next); err != nil {
				return nil, err
			}
			grown := make([]byte, len(body), next)
			copy(grown, body)
			body = grown
		}
	}
}

func (s *Server) tooLarge(most int) error {
	return s.fail(fault.Upstream, fmt.Sprintf("answered with more than %d bytes; ask it for less at once", most), nil)
}

// broke says why reading from the server ended.
func (s *Server) broke(err error) error {
	if errors.Is(err, errTooMuch) {
		return err
	}
	if fault.KindOf(err) == fault.Unavailable {
		return s.unreachable(err)
	}
	return s.fail(fault.Upstream, "broke off its answer; try again", err)
}
