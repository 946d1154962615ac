package graph

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/fault"
)

// maxWrite is the most bytes a body of Write may have: an application with all
// its redirect URIs, scopes and roles is some 100 KB.
const maxWrite = 256 << 10

// Write makes one change on behalf of the signed-in person and decodes the
// answer into out, unless out is nil or Graph has nothing to say (204). The
// method is POST, PATCH, PUT or DELETE. The path is below /v1.0, without a
// leading slash, query or fragment, such as applications(appId='…'); one that
// would lead elsewhere is Invalid, as is a body above 256 KB. Nothing is
// repeated.
func (c *Client) Write(ctx context.Context, as Asking, method, path string, body, out any) error {
	switch method {
	case http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete:
	default:
		return fault.Newf(fault.Invalid, "Microsoft Graph is changed with POST, PATCH, PUT or DELETE, not with %q", method)
	}
	if !below(path) {
		return fault.New(fault.Invalid, "path of the Microsoft Graph request must be plain and below /v1.0, such as applications")
	}
	q := question{method: method, path: path}
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fault.Wrap(fault.Invalid, "body of the Microsoft Graph request cannot be encoded", err)
		}
		if len(encoded) > maxWrite {
			return fault.Newf(fault.Invalid, "body of the Microsoft Graph request has %d bytes; the most is %d", len(encoded), maxWrite)
		}
		q.body = json.RawMessage(encoded)
	}
	return c.ask(ctx, as, q, out)
}

// Read asks one question on behalf of the signed-in person and decodes the answer
// into out. The path is that of Write, and may end with a query, such as
// applications?$filter=…; whatever else would lead elsewhere is Invalid.
func (c *Client) Read(ctx context.Context, as Asking, path string, out any) error {
	path, text, _ := strings.Cut(path, "?")
	query, err := url.ParseQuery(text)
	if err != nil || !below(path) {
		return fault.New(fault.Invalid, "path of the Microsoft Graph request must be plain and below /v1.0, such as applications?$top=1")
	}
	return c.ask(ctx, as, question{path: path, query: query}, out)
}

// below reports whether a path stays where it is put: every segment is a name,
// and nothing in it means something else to a URL.
func below(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`?#%\:@"<>`, c) >= 0 {
			return false
		}
	}
	return len(path) <= 512
}
