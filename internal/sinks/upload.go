package sinks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
)

// Upload is an object of a storage sink that comes in parts. It is there when the last
// step is done, whole, or not at all.
type Upload struct {
	Name  string // below the sink's URL
	Media string
	ID    string // what S3 calls the upload; empty in Azure Blob Storage
}

// The bounds of parts. S3 has 10,000 at most, of 5 MiB at least but for the last one
// (Amazon S3 User Guide, "Multipart upload limits"); Azure Blob Storage has more and
// larger ones (Microsoft, "Scalability and performance targets for Blob storage").
const (
	MostParts = 10_000
	PartSize  = 8 << 20
)

// ErrNoUpload is in the chain of errors about an upload that the store knows nothing of,
// or whose parts are others than were sent: it has to begin anew.
var ErrNoUpload = errors.New("the store does not know the upload")

// Begin begins an upload. Where a store has to be asked for one, repeating it begins
// another one.
func (s Storage) Begin(ctx context.Context, to For, u Upload) (Upload, error) {
	if to.Sink.KeyID == "" {
		return u, nil
	}
	return s.beginS3(ctx, to, u)
}

// Part brings part n, from 1 on, and returns by which name the store knows what it was.
// The same part may be brought again.
func (s Storage) Part(ctx context.Context, to For, u Upload, n int, body []byte) (tag string, err error) {
	if to.Sink.KeyID == "" {
		return s.partAzure(ctx, to, u, n, body)
	}
	return s.partS3(ctx, to, u, n, body)
}

// End makes the object of its parts, of which the names are given in order, and of
// which the size is. One that is there already has been made before.
func (s Storage) End(ctx context.Context, to For, u Upload, tags []string, size int64) error {
	if to.Sink.KeyID == "" {
		return s.endAzure(ctx, to, u, tags)
	}
	return s.endS3(ctx, to, u, tags, size)
}

// Abandon removes what has been brought of an upload. Azure Blob Storage has nothing
// that removes blocks of which no blob was made; it forgets them after a week
// (Microsoft, "Put Block").
func (s Storage) Abandon(ctx context.Context, to For, u Upload) error {
	if to.Sink.KeyID == "" || u.ID == "" {
		return nil
	}
	return s.abandonS3(ctx, to, u)
}

// demand is one request about an upload.
type demand struct {
	method string
	name   string
	query  url.Values
	header http.Header
	body   []byte
}

// send sends a request with the credential of the sink.
func (s Storage) send(ctx context.Context, to For, d demand) (*egress.Response, error) {
	u, err := placeOf(to, d.name)
	if err != nil {
		return nil, err
	}
	u.RawQuery = d.query.Encode()
	if to.Sink.KeyID == "" {
		u.RawQuery += "&" + signatureOf(to)
	}
	req, err := http.NewRequestWithContext(ctx, d.method, u.String(), bytes.NewReader(d.body))
	if err != nil { // the error would repeat the signature
		return nil, fault.New(fault.Invalid, "url and shared access signature make no request; give the signature as the portal shows it")
	}
	for name, values := range d.header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", userAgent)
	if to.Sink.KeyID == "" {
		req.Header.Set("x-ms-version", blobVersion)
	} else {
		accessKey{to.Sink.KeyID, to.Secret, to.Sink.Region}.sign(req, sha256.Sum256(d.body), to.Now)
	}
	return s.Web.Do(ctx, req)
}

// host is whom an answer is said to be of.
func host(to For) string {
	u, err := url.Parse(to.Sink.URL)
	if err != nil {
		return "the store"
	}
	return u.Host
}

func lostUpload(to For) error {
	return lost{fault.Newf(fault.Upstream, "%s knows nothing of the upload any more, or not the parts that were sent; it begins anew", host(to))}
}

type lost struct{ failure *fault.Error }

func (l lost) Error() string { return l.failure.Error() }

// Unwrap lets the failure and the mark be found.
func (l lost) Unwrap() []error { return []error{l.failure, ErrNoUpload} }
