package sinks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/fault"
)

// Storage puts objects into a container of Azure Blob Storage, with a shared access
// signature, or into a bucket as S3 has them, with an access key.
//
// The name of an object says what is in it and ends with a digest of it, and no
// object is written over: so it may lie where nothing can be changed, and a repetition
// finds that it is there already.
type Storage struct{ Web Web }

// Bounds implements Carrier.
func (Storage) Bounds() (records, size int) { return MostRecords, 8 << 20 }

// Anchor implements Carrier.
func (s Storage) Anchor(ctx context.Context, to For, a Anchor) error {
	if a.Platform != nil {
		if err := s.putPlatform(ctx, to, a.PlatformSize, a.Platform); err != nil {
			return err
		}
	}
	return s.put(ctx, to, blob{fmt.Sprintf("checkpoints/%015d", a.Size), ".txt", "text/plain; charset=utf-8", a.Note})
}

// Records implements Carrier.
func (s Storage) Records(ctx context.Context, to For, b Batch) error {
	var body []byte
	for _, e := range b.Entries {
		body = append(e.appendJSON(body, b.Origin), '\n')
	}
	return s.put(ctx, to, blob{fmt.Sprintf("records/%015d-%015d", b.From(), b.To()), ".ndjson", "application/x-ndjson", body})
}

// blob is what is put.
type blob struct {
	name, ending, media string
	body                []byte
}

// blobVersion is that of Azure Blob Storage's REST interface that requests are made
// for.
const blobVersion = "2023-11-03"

func (s Storage) put(ctx context.Context, to For, o blob) error {
	digest := sha256.Sum256(o.body)
	u, err := placeOf(to, o.name+"-"+hex.EncodeToString(digest[:8])+o.ending)
	if err != nil {
		return err
	}
	if to.Sink.KeyID == "" {
		u.RawQuery = signatureOf(to)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, u.String(), bytes.NewReader(o.body))
	if err != nil { // the error would repeat the signature
		return fault.New(fault.Invalid, "url and shared access signature make no request; give the signature as the portal shows it")
	}
	req.Header.Set("Content-Type", o.media)
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("If-None-Match", "*")
	if to.Sink.KeyID == "" {
		req.Header.Set("x-ms-blob-type", "BlockBlob")
		req.Header.Set("x-ms-version", blobVersion)
	} else {
		accessKey{to.Sink.KeyID, to.Secret, to.Sink.Region}.sign(req, digest, to.Now)
	}
	resp, err := s.Web.Do(ctx, req)
	if err != nil {
		return err
	}
	switch {
	case created(resp.Status, to) && resp.Header.Get("ETag") == "" && len(resp.Body) > 0:
		return fault.Newf(fault.Upstream, "%s answered with status %d, a text and no ETag, as no object store does, so nobody knows whether it has kept anything", u.Host, resp.Status)
	case created(resp.Status, to):
		return nil
	case exists(resp.Status, resp.Header, resp.Body):
		return nil
	}
	return answered(u.Host, resp, to.Now)
}

// created reports whether a status says that an object was created: 201 of Azure Blob
// Storage, 200 of S3.
func created(status int, to For) bool {
	return status == http.StatusCreated || status == http.StatusOK && to.Sink.KeyID != ""
}

// placeOf is where an object of a name lies.
func placeOf(to For, name string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(to.Sink.URL, "/") + "/" + name)
	if err != nil {
		return nil, fault.New(fault.Invalid, "url is no URL that objects can be put below")
	}
	return u, nil
}

// signatureOf is a shared access signature as it goes into a query.
func signatureOf(to For) string { return strings.TrimPrefix(strings.TrimSpace(to.Secret), "?") }

// exists reports whether an answer says that there is an object of that name, which
// holds the same: 409 BlobAlreadyExists (Microsoft, "Blob Storage error codes"), 412
// PreconditionFailed (Amazon S3, "Conditional writes").
func exists(status int, header http.Header, body []byte) bool {
	return status == http.StatusConflict && header.Get("x-ms-error-code") == "BlobAlreadyExists" ||
		status == http.StatusPreconditionFailed && bytes.Contains(body, []byte("PreconditionFailed"))
}
