// Package reply reads and writes the JSON bodies of both emulated services.
package reply

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// MaxBody bounds what a request may send, in bytes.
const MaxBody = 1 << 20

// JSON answers with a body nobody may keep.
func JSON(w http.ResponseWriter, status int, body any) {
	h := w.Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store, no-cache")
		h.Set("Pragma", "no-cache")
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // the client has gone
}

// Decode reads one JSON object without unknown members; no body is {}.
func Decode(body io.Reader, into any) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	if _, err = d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("read body: there is more than one JSON value; send one object")
	}
	return nil
}

// Clip keeps what a caller sent short enough to be said back.
func Clip(s string) string {
	if len(s) > 256 {
		return s[:256]
	}
	return s
}
