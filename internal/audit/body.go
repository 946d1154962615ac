package audit

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"gatehouse/internal/fault"
)

// BodyLimit is what one body holds at most of what a call was given or has answered,
// in bytes. The rest is cut off, and the body says so.
const BodyLimit = 64 << 10

// bodyCost bounds what a body takes when it is encrypted.
const bodyCost = BodyLimit + 256

// Part says which half of a call a body is.
type Part string

// The parts.
const (
	ArgumentsPart Part = "arguments"
	ResultPart    Part = "result"
)

// Form says what a body has of what it stands for.
type Form string

// The forms.
const (
	Redacted Form = "redacted" // names, kinds and lengths
	Full     Form = "full"
)

// Text is the text of one body before it is encrypted.
type Text struct {
	Form      Form
	Bytes     int64 // length of what it stands for, as it arrived or left
	Truncated bool  // Content had no room, and its end is missing
	Content   []byte
}

// Cut returns a text whose content has room. It cuts between bytes, whatever they say.
func (t Text) Cut() Text {
	if len(t.Content) > BodyLimit {
		t.Content, t.Truncated = t.Content[:BodyLimit], true
	}
	return t
}

// append appends the text as it is encrypted, and as the record commits to it: one line
// that says what follows, and the content.
func (t Text) append(dst []byte) []byte {
	dst = strconv.AppendInt(append(append(dst, t.Form...), ' '), t.Bytes, 10)
	if t.Truncated {
		dst = append(dst, " truncated"...)
	}
	return append(append(dst, '\n'), t.Content...)
}

// ParseText reads what a body holds once it is decrypted.
func ParseText(plain []byte) (t Text, err error) {
	line, content, found := bytes.Cut(plain, []byte{'\n'})
	words := strings.Split(string(line), " ")
	if !found || len(words) < 2 || len(words) > 3 || len(words) == 3 && words[2] != "truncated" {
		return t, fault.New(fault.Internal, "the body does not say what it holds")
	}
	t = Text{Form: Form(words[0]), Truncated: len(words) == 3, Content: content}
	if t.Bytes, err = strconv.ParseInt(words[1], 10, 64); err != nil || t.Form != Redacted && t.Form != Full {
		return t, fault.New(fault.Internal, "the body does not say what it holds")
	}
	return t, nil
}

// DigestBody returns SHA-256 over "gatehouse body v1", a space, the part, a newline, the
// salt and a body's text as it was encrypted.
func DigestBody(salt Salt, part Part, plain []byte) (d Digest) {
	h := sha256.New()
	h.Write([]byte("gatehouse body v1 " + string(part) + "\n"))
	h.Write(salt[:])
	h.Write(plain)
	h.Sum(d[:0])
	return d
}

// Body is one body, encrypted: what it holds never leaves the process in clear.
type Body struct {
	Call      ID // the record of the outcome
	Part      Part
	Person    int32 // whose key it is encrypted under; 0: the organization's
	Encrypted []byte
}

// BodyCipher encrypts the bodies of one person's calls.
type BodyCipher interface {
	Person() int32
	Encrypt(call ID, part Part, plain []byte) ([]byte, error)
}

// bodies are those of one call on its way.
type bodies struct {
	cipher    BodyCipher
	arguments *Body // not written yet
	result    *Body
}

// Bodies has the bodies of a call kept: the arguments with the next record that is
// written, the result with the outcome. It comes between Begin and Intend, and reserves
// room: it is Unavailable as Begin is, and then nothing may run. Nil arguments: the call
// carries none.
func (e *Entry) Bodies(cipher BodyCipher, arguments *Text) error {
	const most = 2 * bodyCost
	if err := e.log.grow(e.room, most); err != nil {
		return err
	}
	e.cost += most
	e.bodies = &bodies{cipher: cipher}
	if arguments == nil {
		return nil
	}
	var err error
	e.bodies.arguments, e.record.ArgumentsBody, err = e.body(ArgumentsPart, *arguments)
	return err
}

// HasBodies reports whether the result's body is to be kept.
func (e *Entry) HasBodies() bool { return e.bodies != nil }

func (e *Entry) body(part Part, t Text) (*Body, Digest, error) {
	plain := t.Cut().append(make([]byte, 0, min(len(t.Content), BodyLimit)+64))
	encrypted, err := e.bodies.cipher.Encrypt(e.record.Call, part, plain)
	if err != nil {
		return nil, Digest{}, fault.Wrap(fault.Unavailable, "the body of the call cannot be kept; try again shortly", fmt.Errorf("encrypt %s: %w", part, err))
	}
	return &Body{Call: e.record.Call, Part: part, Person: e.bodies.cipher.Person(), Encrypted: encrypted},
		DigestBody(e.record.DigestSalt, part, plain), nil
}

// take returns the bodies that the next record is written with, once.
func (b *bodies) take() (out []Body) {
	if b == nil {
		return nil
	}
	for _, one := range []**Body{&b.arguments, &b.result} {
		if *one != nil {
			out = append(out, **one)
			*one = nil
		}
	}
	return out
}

// grow is enlarge for what may be refused: the whole of it, or nothing.
func (q *queue) grow(l *lane, cost int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.failing:
		return errFailing
	case q.bytes+cost > q.options.QueueBytes:
		return errFull
	case l.bytes+cost > q.options.shareOf(q.options.QueueBytes):
		return errShare
	}
	l.bytes, q.bytes = l.bytes+cost, q.bytes+cost
	return nil
}
