package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
)

// maxBody is the most bytes a request body may have.
const maxBody = 1 << 20

// strictBody lets only JSON through, and no more of it than maxBody.
func strictBody(c *Console, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			c.refuse(w, r, errTooLarge)
			return
		}
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if len(body) > 0 && media != "application/json" {
			c.refuse(w, r, errMediaType)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

var (
	errNotJSON = errors.New("not one JSON value")
	errTwice   = errors.New("a member is named twice")
)

// unmarshal is json.Unmarshal for exactly one value in which no object names a
// member twice: what one reader takes for the first, another takes for the last.
func unmarshal(data []byte, into any) error {
	if !json.Valid(data) { // also bounds the depth
		return errNotJSON
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // whether it fits is for whoever wants it as a number
	if err := single(d); err != nil {
		return err
	}
	if value, free := into.(*any); free {
		return looselyInto(value, data)
	}
	return json.Unmarshal(data, into)
}

// looselyInto decodes what is only held against the contract. A number that no
// double holds stays as it is written: where a number is asked for it is not one,
// and where anything may stand it does no harm.
func looselyInto(value *any, data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	err := d.Decode(value)
	*value = withDoubles(*value)
	return err
}

func withDoubles(value any) any {
	switch v := value.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
	case []any:
		for i := range v {
			v[i] = withDoubles(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = withDoubles(v[name])
		}
	}
	return value
}

// single reads one value.
func single(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			if seen[name.(string)] {
				return errTwice
			}
			seen[name.(string)] = true
		}
		if err := single(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
