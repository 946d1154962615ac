package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// floorReply is the frame of what the floor answers; its padding makes it as
// long as the product's reply.
const floorReply = `{"jsonrpc":"2.0","id":1,"result":{"padding":"%s"}}`

// floorRole is the first argument of a child that is the floor.
const floorRole = "floor"

// newFloor is the least that a JSON service on net/http can do: read the body,
// answer a fixed document. The path says how long the answer is: /SIZE.
func newFloor(context.Context, json.RawMessage) (service, error) {
	return serving("floor", &floor{}), nil
}

type floor struct{ replies sync.Map } // path → []byte

// ServeHTTP implements http.Handler.
func (f *floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.ReadAll(r.Body); err != nil {
		http.Error(w, "cannot read the body", http.StatusBadRequest)
		return
	}
	reply, ok := f.replies.Load(r.URL.Path)
	if !ok {
		size, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil || size > maxReply {
			http.Error(w, "the path is the size of the reply in bytes", http.StatusNotFound)
			return
		}
		reply, _ = f.replies.LoadOrStore(r.URL.Path, padded(size))
	}
	body := reply.([]byte)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) //nolint:gosec // only the length comes from the path; a client that went away has its own error
}

// padded returns a reply of the given length, or the shortest there is.
func padded(size int) []byte {
	padding := max(0, size-len(fmt.Sprintf(floorReply, "")))
	return fmt.Appendf(nil, floorReply, strings.Repeat("x", padding))
}
