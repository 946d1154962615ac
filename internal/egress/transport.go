package egress

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
)

// Transport lets Microsoft's libraries send through a Client, or what stands for
// one: it is a policy.Transporter of azcore. The answer's body is in memory and
// need not be closed.
type Transport struct {
	Doer interface {
		Do(ctx context.Context, req *http.Request) (*Response, error)
	}
}

// Do makes one exchange within the request's context.
func (t Transport) Do(req *http.Request) (*http.Response, error) {
	resp, err := t.Doer.Do(req.Context(), req)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: resp.Status, Status: strconv.Itoa(resp.Status) + " " + http.StatusText(resp.Status), Header: resp.Header,
		Body: io.NopCloser(bytes.NewReader(resp.Body)), ContentLength: int64(len(resp.Body)), Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}
