package egress_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"gatehouse/internal/egress"
)

// doer answers every request alike.
type doer struct {
	answer *egress.Response
	err    error
}

func (d doer) Do(context.Context, *http.Request) (*egress.Response, error) { return d.answer, d.err }

func TestTransportHandsOnTheWholeAnswer(t *testing.T) {
	t.Parallel()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://vault.example/keys", http.NoBody)
	resp, err := egress.Transport{Doer: doer{answer: &egress.Response{Status: 429, Header: http.Header{"Retry-After": {"3"}}, Body: []byte("later")}}}.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != "later" || resp.ContentLength != 5 || resp.StatusCode != 429 || resp.Status != "429 Too Many Requests" ||
		resp.Header.Get("Retry-After") != "3" || resp.Request != req {
		t.Errorf("%+v %q %v", resp, body, err)
	}
}

func TestTransportHandsOnTheFailure(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://vault.example/keys", http.NoBody)
	resp, err := egress.Transport{Doer: doer{err: refused}}.Do(req)
	if resp != nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, refused) || resp != nil {
		t.Errorf("%v %v", resp, err)
	}
}
