package seal

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"gatehouse/internal/audit"
	"gatehouse/internal/tenants"
)

// Before each value stands how it is packed. What fits none of these, and what would
// come back as other bytes, is packed as it is.
const (
	asIs     = iota // its length, and its bytes
	asGUID          // a lowercase UUID in quotes: 16 bytes
	asHex           // lowercase hexadecimal in quotes: how many bytes, and those
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

// Bounds of packing: longer values are compressed, and shorter ones are not compared.
const (
	longValue  = 200
	worthwhile = 12
)

// append packs one value.
func (p *packer) append(org tenants.ID, value []byte) {
	at := len(p.packed)
	p.packed = p.appendBriefly(p.packed, org, value)
	p.seen = append(p.seen, value)
	if len(p.packed) == at {
		p.packed = append(binary.AppendUvarint(append(p.packed, asIs), uint64(len(value))), value...)
	}
}

// appendBriefly appends nothing if there is no shorter way.
func (p *packer) appendBriefly(packed []byte, org tenants.ID, value []byte) []byte {
	if code, there := wordCodes[string(value)]; there {
		return append(packed, asWord, code)
	}
	if value[0] != '"' {
		if '0' <= value[0] && value[0] <= '9' {
			if n, err := strconv.ParseUint(string(value), 10, 63); err == nil {
				return binary.AppendUvarint(append(packed, asNumber), n)
			}
		}
		return packed
	}
	if len(value) >= worthwhile {
		for i, other := range p.seen {
			if bytes.Equal(other, value) {
				return binary.AppendUvarint(append(packed, asBefore), uint64(i))
			}
		}
	}
	return p.appendText(packed, org, value)
}

func (p *packer) appendText(packed []byte, org tenants.ID, value []byte) []byte {
	inner := value[1 : len(value)-1]
	switch {
	case len(inner) == 36:
		if id, ok := guidOf(inner); ok {
			if org.Bytes() == id {
				return append(packed, asOrg)
			}
			return append(append(packed, asGUID), id[:]...)
		}
	case len(inner) == len(instantLayout):
		if at, ok := instantOf(value); ok {
			return binary.AppendVarint(append(packed, asTime), at.UnixMicro())
		}
	case len(inner) == 22:
		p.raw = append(p.raw[:0], make([]byte, 16)...)
		if n, err := shortBase64.Decode(p.raw, inner); err == nil && n == 16 {
			return append(append(packed, asBase64), p.raw...)
		}
	case len(inner) > longValue:
		return appendDeflated(packed, value)
	}
	if len(inner) < worthwhile || len(inner)%2 > 0 || !lowerHex(inner) {
		return packed
	}
	packed = binary.AppendUvarint(append(packed, asHex), uint64(len(inner)/2))
	packed, _ = hex.AppendDecode(packed, inner) // it is
	return packed
}

var shortBase64 = base64.RawURLEncoding.Strict()

// deflaters are kept, because each takes long to make, and so are inflaters.
var (
	deflaters = sync.Pool{New: func() any {
		w, _ := flate.NewWriter(nil, flate.DefaultCompression) // it fails for other levels only
		return w
	}}
	inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

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

// read reads one value into the packer's text.
func (p *packer) read(org tenants.ID, r *reader) (value span) {
	from := len(p.text)
	switch r.byte() {
	case asIs:
		p.text = append(p.text, r.take(r.number())...)
	case asGUID:
		if id := r.take(16); id != nil {
			p.text = append(appendGUID(append(p.text, '"'), id), '"')
		}
	case asHex:
		p.text = append(hex.AppendEncode(append(p.text, '"'), r.take(r.number())), '"')
	case asTime:
		n, length := binary.Varint(r.rest)
		r.take(uint64(max(length, 0)))
		r.failed = r.failed || length <= 0
		p.text = appendInstant(p.text, time.UnixMicro(n))
	case asNumber:
		p.text = strconv.AppendUint(p.text, r.number(), 10)
	case asWord:
		if code := int(r.byte()); code > 0 && code <= len(words) {
			p.text = append(p.text, words[code-1]...)
		}
	case asBase64:
		p.text = append(base64.RawURLEncoding.AppendEncode(append(p.text, '"'), r.take(16)), '"')
	case asBefore:
		if at := r.number(); at < uint64(len(p.before)) {
			return p.before[at]
		}
	case asOrg:
		id := org.Bytes()
		p.text = append(appendGUID(append(p.text, '"'), id[:]), '"')
	case asFlate:
		p.text = appendInflated(p.text, r)
	}
	r.failed = r.failed || len(p.text) == from
	return span{from, len(p.text)}
}

// appendInflated appends nothing if the stream is not what its length says.
func appendInflated(dst []byte, r *reader) []byte {
	length, stream := r.number(), bytes.NewReader(r.take(r.number()))
	if length > audit.MaxPayload {
		return dst
	}
	in := inflaters.Get().(io.ReadCloser) //nolint:forcetypeassert // nothing else is in there
	defer inflaters.Put(in)
	if err := in.(flate.Resetter).Reset(stream, nil); err != nil { //nolint:forcetypeassert // documented in compress/flate
		return dst
	}
	whole := append(dst, make([]byte, length)...) //nolint:gocritic // dst is what comes back if it fails
	var more [1]byte
	if _, err := io.ReadFull(in, whole[len(dst):]); err != nil {
		return dst
	}
	if _, err := io.ReadFull(in, more[:]); !errors.Is(err, io.EOF) {
		return dst
	}
	return whole
}
