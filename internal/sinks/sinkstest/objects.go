// Package sinkstest has stores of objects that answer as Azure Blob Storage and S3 do
// where objects come in parts: for tests.
package sinkstest

import (
	"crypto/md5" //nolint:gosec // what S3 calls parts by
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Objects is a store of objects. Its server is http, on loopback.
type Objects struct {
	URL string

	mu       sync.Mutex
	objects  map[string][]byte
	uploads  map[string]map[string][]byte // of S3 by upload id, of Azure by path; then by part
	begun    int
	aborted  int
	requests int
	before   func(r *http.Request) int
	smallest int
}

// Secret is the only one that is taken: a shared access signature, or a secret key.
const Secret = "sv=2024-11-04&sp=cw&sig=a%2Bb%3D" //nolint:gosec // of nothing

// KeyID is that of the access key of S3.
const KeyID = "AKIDEXAMPLE"

func newObjects(tb testing.TB, serve func(o *Objects) http.HandlerFunc) *Objects {
	tb.Helper()
	o := &Objects{objects: map[string][]byte{}, uploads: map[string]map[string][]byte{}}
	answer := serve(o)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.requests++
		before := o.before
		o.mu.Unlock()
		if before != nil {
			if status := before(r); status != 0 {
				w.WriteHeader(status)
				return
			}
		}
		answer(w, r)
	}))
	tb.Cleanup(server.Close)
	o.URL = server.URL
	return o
}

// Before is asked before each request is answered, and may answer with a status. It may
// block, and it may close the connection by panicking with http.ErrAbortHandler.
func (o *Objects) Before(ask func(r *http.Request) int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.before = ask
}

// Smallest has S3 refuse parts that are smaller and not the last.
func (o *Objects) Smallest(bytes int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.smallest = bytes
}

// Names lists the objects.
func (o *Objects) Names() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Sorted(maps.Keys(o.objects))
}

// Object returns one.
func (o *Objects) Object(name string) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.objects[name]
}

// Uploads counts those that were begun, those that were aborted, and those of which
// parts lie there.
func (o *Objects) Uploads() (begun, aborted, open int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.begun, o.aborted, len(o.uploads)
}

// Requests counts them.
func (o *Objects) Requests() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.requests
}

// Forget forgets every upload.
func (o *Objects) Forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.uploads)
}

// NewAzure returns a container (Microsoft, "Put Block", "Put Block List").
func NewAzure(tb testing.TB) *Objects {
	tb.Helper()
	return newObjects(tb, func(o *Objects) http.HandlerFunc { return o.azure })
}

func (o *Objects) azure(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	o.mu.Lock()
	defer o.mu.Unlock()
	q := r.URL.Query()
	switch {
	case q.Get("sig") != "a+b=":
		w.WriteHeader(http.StatusForbidden)
	case r.Method != http.MethodPut || r.Header.Get("X-Ms-Version") == "":
		w.WriteHeader(http.StatusBadRequest)
	case q.Get("comp") == "block":
		blocks := o.parts(r.URL.Path)
		for id := range blocks {
			if len(id) != len(q.Get("blockid")) {
				azureError(w, http.StatusBadRequest, "InvalidBlobOrBlock")
				return
			}
		}
		blocks[q.Get("blockid")] = body
		w.WriteHeader(http.StatusCreated)
	case q.Get("comp") == "blocklist":
		o.azureList(w, r, body)
	default:
		o.objects[r.URL.Path] = body
		w.WriteHeader(http.StatusCreated)
	}
}

func (o *Objects) parts(upload string) map[string][]byte {
	if o.uploads[upload] == nil {
		o.uploads[upload] = map[string][]byte{}
	}
	return o.uploads[upload]
}

func (o *Objects) azureList(w http.ResponseWriter, r *http.Request, body []byte) {
	var list struct {
		Latest []string `xml:"Latest"`
	}
	if xml.Unmarshal(body, &list) != nil {
		azureError(w, http.StatusBadRequest, "InvalidXmlDocument")
		return
	}
	if _, there := o.objects[r.URL.Path]; there && r.Header.Get("If-None-Match") == "*" {
		azureError(w, http.StatusConflict, "BlobAlreadyExists")
		return
	}
	var whole []byte
	for _, id := range list.Latest {
		block, there := o.uploads[r.URL.Path][id]
		if !there {
			azureError(w, http.StatusBadRequest, "InvalidBlockList")
			return
		}
		whole = append(whole, block...)
	}
	o.objects[r.URL.Path] = whole
	delete(o.uploads, r.URL.Path)
	w.WriteHeader(http.StatusCreated)
}

func azureError(w http.ResponseWriter, status int, code string) {
	w.Header().Set("x-ms-error-code", code)
	w.WriteHeader(status)
}

// NewS3 returns a bucket (Amazon S3 API Reference, "CreateMultipartUpload" and its
// neighbours).
func NewS3(tb testing.TB) *Objects {
	tb.Helper()
	return newObjects(tb, func(o *Objects) http.HandlerFunc { return o.s3 })
}

func (o *Objects) s3(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	o.mu.Lock()
	defer o.mu.Unlock()
	q, digest := r.URL.Query(), sha256.Sum256(body)
	upload := q.Get("uploadId")
	switch {
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="+KeyID+"/"), r.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(digest[:]):
		s3Error(w, http.StatusForbidden, "AccessDenied")
	case r.Method == http.MethodHead:
		o.s3Head(w, r.URL.Path)
	case r.Method == http.MethodPost && q.Has("uploads"):
		o.begun++
		id := fmt.Sprintf("upload %d+/=", o.begun)
		o.uploads[id] = map[string][]byte{}
		_, _ = fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>", id)
	case upload == "":
		o.objects[r.URL.Path] = body
	case o.uploads[upload] == nil:
		s3Error(w, http.StatusNotFound, "NoSuchUpload")
	case r.Method == http.MethodDelete:
		delete(o.uploads, upload)
		o.aborted++
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPut:
		o.uploads[upload][q.Get("partNumber")] = body
		w.Header().Set("ETag", tagOf(body))
	case r.Method == http.MethodPost:
		o.s3Complete(w, r, upload, body)
	}
}

func (o *Objects) s3Head(w http.ResponseWriter, path string) {
	object, there := o.objects[path]
	if !there {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(object)))
}

func tagOf(part []byte) string {
	sum := md5.Sum(part) //nolint:gosec // what S3 calls parts by
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (o *Objects) s3Complete(w http.ResponseWriter, r *http.Request, upload string, body []byte) {
	var list struct {
		Parts []struct {
			PartNumber int
			ETag       string
		} `xml:"Part"`
	}
	if xml.Unmarshal(body, &list) != nil || len(list.Parts) == 0 {
		s3Error(w, http.StatusBadRequest, "MalformedXML")
		return
	}
	if _, there := o.objects[r.URL.Path]; there && r.Header.Get("If-None-Match") == "*" {
		s3Error(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	var whole []byte
	for i, p := range list.Parts {
		part, there := o.uploads[upload][strconv.Itoa(p.PartNumber)]
		switch {
		case !there || tagOf(part) != p.ETag:
			s3Error(w, http.StatusBadRequest, "InvalidPart")
			return
		case len(part) < o.smallest && i < len(list.Parts)-1:
			s3Error(w, http.StatusBadRequest, "EntityTooSmall")
			return
		}
		whole = append(whole, part...)
	}
	o.objects[r.URL.Path] = whole
	delete(o.uploads, upload)
	_, _ = io.WriteString(w, "\n<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
}

func s3Error(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<Error><Code>%s</Code></Error>", code)
}
