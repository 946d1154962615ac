package wire

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// ReadBody reads r to its end into buf, growing it as needed, and returns the
// grown buffer also with an error, for the caller to keep. A body of more than
// limits.MaxBytes is refused with status 413 without reading the rest; one that
// breaks off, with 400.
func ReadBody(r io.Reader, limits Limits, buf []byte) ([]byte, *Error) {
	buf = buf[:0]
	for {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, 512)
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), limits.MaxBytes+1)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > limits.MaxBytes:
			return buf, tooLarge(limits)
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, &Error{
				Code: CodeInvalidRequest, Status: http.StatusBadRequest,
				Message: "the request body breaks off; send it again", cause: fmt.Errorf("read body: %w", err),
			}
		}
	}
}

func tooLarge(limits Limits) *Error {
	return &Error{
		Code: CodeInvalidRequest, Status: http.StatusRequestEntityTooLarge,
		Message: fmt.Sprintf("the request body is larger than %d bytes; send less at once, or a reference instead of the content", limits.MaxBytes),
	}
}
