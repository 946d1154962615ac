package organizations_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
)

// wiretap stands before Entra's sign-in service. It keeps the client assertions
// that Entra was sent, as somebody who reads its logs might, and can change what
// Entra answers to whoever redeems a code.
type wiretap struct {
	mu     sync.Mutex
	heard  []string
	change func(answer map[string]any)
}

func (w *wiretap) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(to, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(to, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, err := url.ParseQuery(string(body))
		if change := w.hear(form); err == nil && change != nil {
			replace(to, r, next, change)
			return
		}
		next.ServeHTTP(to, r)
	})
}

// hear returns how the answer to a form is changed, if it is.
func (w *wiretap) hear(form url.Values) func(map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := form.Get("client_assertion"); a != "" {
		w.heard = append(w.heard, a)
	}
	if form.Get("grant_type") != "authorization_code" {
		return nil
	}
	return w.change
}

func replace(to http.ResponseWriter, r *http.Request, next http.Handler, change func(map[string]any)) {
	recorded := httptest.NewRecorder()
	next.ServeHTTP(recorded, r)
	var said map[string]any
	if json.Unmarshal(recorded.Body.Bytes(), &said) == nil && said["id_token"] != nil {
		change(said)
	}
	body, err := json.Marshal(said)
	if err != nil {
		http.Error(to, err.Error(), http.StatusInternalServerError)
		return
	}
	for name, values := range recorded.Header() {
		to.Header()[name] = values
	}
	to.Header().Set("Content-Length", strconv.Itoa(len(body)))
	to.WriteHeader(recorded.Code)
	_, _ = to.Write(body)
}

// rewrite has what Entra answers to whoever redeems a code changed; nil ends it.
func (w *wiretap) rewrite(change func(answer map[string]any)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.change = change
}

// assertions are those heard so far.
func (w *wiretap) assertions() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.heard)
}
