package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// maxReply bounds what is read of one reply, in bytes.
const maxReply = 4 << 20

// reader takes replies off one connection. It understands what our own servers
// send, HTTP/1.1 with a Content-Length on a connection that stays open, and
// refuses anything else by name.
type reader struct {
	in   *bufio.Reader
	body []byte
}

// read returns the status and body of the next reply. The body is valid until
// the next call.
func (r *reader) read() (status int, body []byte, err error) {
	line, err := r.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, fmt.Errorf("read status line: %w", err)
	}
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, nil, fmt.Errorf("not an HTTP/1.1 reply: %.40q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, fmt.Errorf("read status: %.40q", line)
	}
	length, err := r.header()
	if err != nil {
		return status, nil, err
	}
	if cap(r.body) < length {
		r.body = make([]byte, length)
	}
	r.body = r.body[:length]
	if _, err := io.ReadFull(r.in, r.body); err != nil {
		return status, nil, fmt.Errorf("read reply of %d bytes: %w", length, err)
	}
	return status, r.body, nil
}

// header reads up to the empty line and returns the length of the body.
func (r *reader) header() (length int, err error) {
	length = -1
	for {
		line, err := r.in.ReadSlice('\n')
		if err != nil {
			return 0, fmt.Errorf("read reply header: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 || length > maxReply {
				return 0, fmt.Errorf("reply has the length %.40q; at most %d bytes are read", value, maxReply)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			return 0, fmt.Errorf("reply has the transfer encoding %.40q; only replies with a Content-Length are measured", value)
		case bytes.EqualFold(name, []byte("Connection")) && bytes.EqualFold(value, []byte("close")):
			return 0, errors.New("server closes the connection; only connections that stay open are measured")
		}
	}
	if length < 0 {
		return 0, errors.New("reply has no Content-Length")
	}
	return length, nil
}

// accept tells whether a reply counts: HTTP 200 with a JSON-RPC result that is
// not a tool's error. It looks at bytes, because decoding every reply would cost
// more than some of the servers do.
func accept(status int, body []byte) error {
	switch {
	case status != 200:
		return fmt.Errorf("HTTP %d: %.300s", status, body)
	case !bytes.Contains(body, []byte(`"result":`)):
		return fmt.Errorf("no result: %.300s", body)
	case bytes.Contains(body, []byte(`"isError":true`)), bytes.Contains(body, []byte(`"error":{`)):
		return fmt.Errorf("an error: %.300s", body)
	}
	return nil
}

// decode is accept for a single reply, thoroughly: it returns the result.
func decode(status int, body []byte) (json.RawMessage, error) {
	if err := accept(status, body); err != nil {
		return nil, err
	}
	var message struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		return nil, fmt.Errorf("decode reply: %w: %.300s", err, body)
	}
	if message.Error != nil || message.Result == nil {
		return nil, fmt.Errorf("no result or an error: %.300s", body)
	}
	return message.Result, nil
}
