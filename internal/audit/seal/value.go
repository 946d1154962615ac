package seal

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/audit"
	"gatehouse/internal/tenants"
)

// Before each value stands how it is packed. What fits none of these, and what would
// come back as other bytes, is packed as it is.
const (
	asIs     = iota // its length, and its bytes
	asGUID          // a lower-case UUID in quotes: 16 bytes
	asHex           // lower-case hexadecimal in quotes: how many bytes, and those
	asTime          // an instant in quotes: microseconds since 1970
	asNumber        // a whole number
	asWord          // the place of a value in words
	asBase64        // 22 characters of URL-safe base64 in quotes: 16 bytes
	asBefore        // that of an earlier field of the packing: its place there
	asOrg           // the organization's own id
	asFlate         // its length, and that and the bytes of its DEFLATE stream (RFC 1951)
)

// words are values that are common: one byte each, by their places from 1 on. New ones
// are added at the end.
var words = []string{
	"true", `"user"`, `"guest"`, `"app"`, `"agent"`, `"system"`, `"authentication"`, `"refusal_summary"`, `"refused"`, `"tool_call"`, `"resource_read"`, `"prompt_get"`, `"list"`,
	`"token_exchange"`, `"token_issued"`, `"consent"`, `"client_registration"`, `"membership_change"`, `"membership_refresh"`, `"session_end"`, `"revocation"`, `"config_change"`,
	`"console_sign_in"`, `"support_visit"`, `"operator_act"`, `"alert"`, `"export"`, `"body_read"`, `"retention"`, `"erasure"`, `"log_key"`, `"record_rejected"`,
	`"intent"`, `"outcome"`, `"event"`, `"read"`, `"write"`, `"destructive"`, `"ok"`, `"tool_error"`, `"fault"`, `"unknown"`, `"token"`, `"graph"`, `"none"`, `"member"`, `"not_member"`,
	`"redacted"`, `"full"`, `"tools/call"`, `"tools/list"`, `"resources/read"`, `"resources/list"`, `"prompts/get"`, `"prompts/list"`, `"initialize"`,
	`["access_as_user"]`, `"unknown_tool"`, `"{}"`,
}

var wordCodes = codesOf(words)

// values packs and reads the values of one packing.
type values struct {
	org  tenants.ID
	seen [][]byte
}

// Bounds of packing: longer values are compressed, and shorter ones are not compared.
const (
	longValue  = 200
	worthwhile = 12
)

func (v *values) append(packed, value []byte) []byte {
	at := len(packed)
	packed = v.appendBriefly(packed, value)
	v.seen = append(v.seen, value)
	if len(packed) == at {
		packed = append(binary.AppendUvarint(append(packed, asIs), uint64(len(value))), value...)
	}
	return packed
}

// appendBriefly appends nothing if there is no shorter way.
func (v *values) appendBriefly(packed, value []byte) []byte {
	if code, there := wordCodes[string(value)]; there {
		return append(packed, asWord, code)
	}
	if value[0] != '"' {
		if n, err := strconv.ParseUint(string(value), 10, 63); err == nil {
			return binary.AppendUvarint(append(packed, asNumber), n)
		}
		return packed
	}
	if len(value) >= worthwhile {
		for i, other := range v.seen {
			if bytes.Equal(other, value) {
				return binary.AppendUvarint(append(packed, asBefore), uint64(i))
			}
		}
	}
	return v.appendText(packed, value, value[1:len(value)-1])
}

func (v *values) appendText(packed, value, inner []byte) []byte {
	switch {
	case len(inner) == 36:
		if id, err := uuid.ParseBytes(inner); err == nil && id.String() == string(inner) {
			if v.org.Bytes() == id {
				return append(packed, asOrg)
			}
			return append(append(packed, asGUID), id[:]...)
		}
	case len(inner) == len(instantLayout):
		if at, err := time.Parse(instantLayout, string(inner)); err == nil && string(instant(at)) == string(value) {
			return binary.AppendVarint(append(packed, asTime), at.UnixMicro())
		}
	case len(inner) == 22:
		if raw, err := base64.RawURLEncoding.Strict().DecodeString(string(inner)); err == nil {
			return append(append(packed, asBase64), raw...)
		}
	case len(inner) > longValue:
		return appendDeflated(packed, value)
	}
	if len(inner) < worthwhile || len(inner)%2 > 0 || bytes.ContainsAny(inner, "ABCDEF") {
		return packed
	}
	if raw, err := hex.AppendDecode(nil, inner); err == nil {
		return append(binary.AppendUvarint(append(packed, asHex), uint64(len(raw))), raw...)
	}
	return packed
}

// deflaters are kept, because each takes long to make.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.DefaultCompression) // it fails for other levels only
	return w
}}

func appendDeflated(packed, value []byte) []byte {
	var b bytes.Buffer
	w, ok := deflaters.Get().(*flate.Writer)
	if !ok {
		return packed
	}
	defer deflaters.Put(w)
	w.Reset(&b)
	if _, err := w.Write(value); err != nil || w.Close() != nil || b.Len() >= len(value) {
		return packed
	}
	packed = binary.AppendUvarint(append(packed, asFlate), uint64(len(value)))
	return append(binary.AppendUvarint(packed, uint64(b.Len())), b.Bytes()...) //nolint:gosec // a length
}

// read reads one value.
func (v *values) read(r *reader) (value []byte) {
	defer func() { v.seen = append(v.seen, value) }()
	switch r.byte() {
	case asIs:
		value = r.take(r.number())
	case asGUID:
		value = quotedGUID(r.take(16))
	case asHex:
		value = append(hex.AppendEncode([]byte{'"'}, r.take(r.number())), '"')
	case asTime:
		n, length := binary.Varint(r.rest)
		r.take(uint64(max(length, 0)))
		r.failed = r.failed || length <= 0
		value = instant(time.UnixMicro(n))
	case asNumber:
		value = strconv.AppendUint(nil, r.number(), 10)
	case asWord:
		if code := int(r.byte()); code > 0 && code <= len(words) {
			value = []byte(words[code-1])
		}
	case asBase64:
		value = append(base64.RawURLEncoding.AppendEncode([]byte{'"'}, r.take(16)), '"')
	case asBefore:
		if at := r.number(); at < uint64(len(v.seen)) {
			value = v.seen[at]
		}
	case asOrg:
		id := v.org.Bytes()
		value = quotedGUID(id[:])
	case asFlate:
		value = inflated(r)
	}
	r.failed = r.failed || len(value) == 0
	return value
}

func quotedGUID(raw []byte) []byte {
	id, err := uuid.FromBytes(raw)
	if err != nil {
		return nil
	}
	return []byte(`"` + id.String() + `"`)
}

func inflated(r *reader) []byte {
	length := r.number()
	stream := flate.NewReader(bytes.NewReader(r.take(r.number())))
	value, err := io.ReadAll(io.LimitReader(stream, audit.MaxPayload+1))
	if err != nil || uint64(len(value)) != length {
		return nil
	}
	return value
}

// instantLayout is how records write instants.
const instantLayout = "2006-01-02T15:04:05.000000Z"

// instant is an instant as a record writes it.
func instant(at time.Time) []byte {
	return append(at.UTC().AppendFormat([]byte{'"'}, instantLayout), '"')
}
