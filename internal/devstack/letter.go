//go:build unix

package devstack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// Letter is a mail as people read it.
type Letter struct {
	Header  mail.Header
	Subject string
	Text    string // the plain text part
	HTML    string // the HTML part; empty: there is none
}

// Open reads a mail that has a text part and perhaps an HTML part beside it.
func (m Mail) Open() (Letter, error) {
	message, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return Letter{}, fmt.Errorf("read mail: %w", err)
	}
	l := Letter{Header: message.Header}
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return Letter{}, fmt.Errorf("read subject: %w", err)
	}
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return Letter{}, fmt.Errorf("read content type: %w", err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return l, l.part(kind, message.Header.Get("Content-Transfer-Encoding"), message.Body)
	}
	parts := multipart.NewReader(message.Body, parameters["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return Letter{}, fmt.Errorf("read parts: %w", err)
		}
		kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			return Letter{}, fmt.Errorf("read content type: %w", err)
		}
		if err := l.part(kind, p.Header.Get("Content-Transfer-Encoding"), p); err != nil {
			return Letter{}, err
		}
	}
}

func (l *Letter) part(kind, encoding string, body io.Reader) error {
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	readable := strings.ReplaceAll(string(content), "\r\n", "\n")
	switch kind {
	case "text/plain":
		l.Text = readable
	case "text/html":
		l.HTML = readable
	}
	return nil
}
