package mcphost

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gatehouse/internal/audit"
	"gatehouse/internal/wire"
)

// redact returns the structure of an object: the names of members, in their order, and
// in place of each value its kind, of strings with their length in bytes. Only what
// stands at the pointers (RFC 6901), through objects, keeps its value. Numbers and
// booleans have no length: that of true is not that of false. What is longer than a body
// ends early.
func redact(object []byte, pointers []string) []byte {
	r := redactor{in: json.NewDecoder(bytes.NewReader(object)), clear: pointers}
	r.in.UseNumber()
	if err := r.value("", true); err != nil && !errors.Is(err, errRoom) {
		r.out.WriteString(`"unreadable"`)
	}
	return r.out.Bytes()
}

type redactor struct {
	in    *json.Decoder
	clear []string // ascending
	out   bytes.Buffer
}

// errRoom ends what has no room.
var errRoom = errors.New("the body has no room for the rest")

// value redacts the next value. Pointers lead to it where it lies in no array.
func (r *redactor) value(path string, led bool) error {
	if r.out.Len() > audit.BodyLimit {
		return errRoom
	}
	if _, clear := slices.BinarySearch(r.clear, path); clear && led && path != "" {
		var raw json.RawMessage
		if err := r.in.Decode(&raw); err != nil {
			return err
		}
		return json.Compact(&r.out, raw)
	}
	token, err := r.in.Token()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			return r.members(path, led)
		}
		return r.elements(path)
	case string:
		fmt.Fprintf(&r.out, `"string(%d)"`, len(v))
	case json.Number:
		r.out.WriteString(`"number"`)
	case bool:
		r.out.WriteString(`"boolean"`)
	case nil:
		r.out.WriteString(`"null"`)
	}
	return nil
}

func (r *redactor) members(path string, led bool) error {
	r.out.WriteByte('{')
	for first := true; r.in.More(); first = false {
		token, err := r.in.Token()
		if err != nil {
			return err
		}
		name, ok := token.(string)
		if !ok {
			return io.ErrUnexpectedEOF
		}
		if !first {
			r.out.WriteByte(',')
		}
		r.out.Write(wire.AppendString(nil, name))
		r.out.WriteByte(':')
		if err := r.value(path+"/"+escapedName.Replace(name), led); err != nil {
			return err
		}
	}
	r.out.WriteByte('}')
	_, err := r.in.Token()
	return err
}

func (r *redactor) elements(path string) error {
	r.out.WriteByte('[')
	for first := true; r.in.More(); first = false {
		if !first {
			r.out.WriteByte(',')
		}
		if err := r.value(path, false); err != nil {
			return err
		}
	}
	r.out.WriteByte(']')
	_, err := r.in.Token()
	return err
}

var escapedName = strings.NewReplacer("~", "~0", "/", "~1")
