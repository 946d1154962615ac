package mcphost

import (
	"net/http"

	"gatehouse/internal/wire"
)

// maxID bounds what a reply repeats of a request, in bytes.
const maxID = 1024

// chargedBytes is how much of a body counts as one more request: decoding it takes
// about as long.
const chargedBytes = 64 << 10

// readBody reads the body and looks into nothing of it.
func (h *Host) readBody(r *http.Request, buffer *[]byte) error {
	if err := wire.CheckContentType(r.Header); err != nil {
		return err
	}
	var err *wire.Error
	if *buffer, err = wire.ReadBody(r.Body, h.bounds, *buffer); err != nil {
		return err
	}
	return nil
}

// decode decodes a body once and holds the headers against it.
func (h *Host) decode(r *http.Request, req *request, body []byte) error {
	var err *wire.Error
	if req.message, err = wire.Decode(body, h.bounds); err != nil {
		return err
	}
	if len(req.message.ID) > maxID {
		req.message.ID = nil
		return wire.InvalidRequest("id is longer than 1024 bytes; use a shorter one")
	}
	if req.era, err = wire.Classify(r.Header, req.message); err != nil {
		return err
	}
	if err := wire.CheckAccept(r.Header, req.era); err != nil {
		return err
	}
	if req.era == wire.Modern {
		if err := wire.CheckHeaders(r.Header, req.message); err != nil {
			return err
		}
	}
	return nil
}
