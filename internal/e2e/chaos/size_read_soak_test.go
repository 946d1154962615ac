//go:build soak

package chaos_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// request asks the management API about the log. While the api has not found PostgreSQL
// again after it was killed, it asks again; asked is when it did last.
func (l *library) request(t *testing.T, method, path, body string) (answer *http.Response, asked time.Time) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, l.reader.address)
	}}}
	eventually(t, replicaLimit, "an answer to "+method+" "+path, func() bool {
		req, err := http.NewRequestWithContext(t.Context(), method, baseURL+path, strings.NewReader(body))
		must(t, err)
		req.Header.Set("Authorization", "Bearer "+l.token)
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Idempotency-Key", rand.Text())
		}
		asked = time.Now()
		answer, err = client.Do(req) //nolint:bodyclose // by whoever asks
		must(t, err)
		if answer.StatusCode == http.StatusServiceUnavailable {
			return answer.Body.Close() != nil
		}
		return true
	})
	if answer.StatusCode >= 300 {
		said, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, said)
	}
	return answer, asked
}

// ask reads the whole answer to a question, and returns how long that took.
func (l *library) ask(t *testing.T, what string, query url.Values, into any) time.Duration {
	t.Helper()
	answer, began := l.request(t, http.MethodGet, "/api/organizations/contoso/log/"+what+"?"+query.Encode(), "")
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	took := time.Since(began)
	if into != nil {
		must(t, json.Unmarshal(body, into))
	}
	return took
}

// settle waits until the api has found PostgreSQL again, and renews the token, which
// lives for an hour.
func (l *library) settle(t *testing.T) {
	t.Helper()
	l.token = l.w.managing(t)
	ready := l.reader.client(contoso(), "")
	eventually(t, replicaLimit, "readiness", func() bool { return ready.get(t, "/readyz").status == http.StatusOK })
	eventually(t, replicaLimit, "an answer", func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, baseURL+"/api/organizations/contoso/log", nil)
		must(t, err)
		req.Header.Set("Authorization", "Bearer "+l.token)
		answer, err := ready.http.Do(req)
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	must(t, l.reconnect(t))
}

// countAll counts everything by day, in as many requests as it takes.
func (l *library) countAll(t *testing.T, records int64) (took time.Duration, requests int) {
	t.Helper()
	query, all := url.Values{"interval": {"day"}}, int64(0)
	for {
		var page struct {
			Items []struct {
				Count int64 `json:"count"`
			} `json:"items"`
			Next string `json:"nextCursor"`
		}
		took += l.ask(t, "counts", query, &page)
		requests++
		for _, item := range page.Items {
			all += item.Count
		}
		if page.Next == "" {
			break
		}
		query.Set("cursor", page.Next)
	}
	if all != records {
		t.Errorf("%d of %d records are counted", all, records)
	}
	return took, requests
}

// arrived is an export that has arrived.
type arrived struct {
	records, bytes int64
	took           time.Duration
}

func (x arrived) rate() float64 { return float64(x.records) / x.took.Seconds() }

// export takes an export, into a file if it has a name: every line is looked at, and of
// evidence the digest that the manifest signs held against what arrived.
func (l *library) export(t *testing.T, wanted, file string) (x arrived) {
	t.Helper()
	began := time.Now()
	made, _ := l.request(t, http.MethodPost, "/api/organizations/contoso/log/exports", wanted)
	var export struct {
		Content string `json:"content"`
	}
	must(t, json.NewDecoder(made.Body).Decode(&export))
	_ = made.Body.Close()
	content, _ := l.request(t, http.MethodGet, export.Content, "")
	defer func() { _ = content.Body.Close() }()
	out := io.Discard
	if file != "" {
		to, err := os.Create(file)
		must(t, err)
		defer func() { must(t, to.Close()) }()
		out = to
	}
	digest, lines := sha256.New(), bufio.NewReaderSize(content.Body, 1<<20)
	var manifest []byte
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		must(t, err)
		_, err = out.Write(line)
		must(t, err)
		x.bytes += int64(len(line))
		if bytes.HasPrefix(line, []byte(`{"manifest":`)) {
			manifest = bytes.Clone(line)
			continue
		}
		digest.Write(line)
		if tail := line[max(0, len(line)-30):]; bytes.Contains(tail, []byte(`,"seq":`)) || line[0] == '"' {
			x.records++
		}
	}
	x.took = time.Since(began)
	if !strings.Contains(wanted, "evidence") {
		x.records-- // the first line names the columns
		return x
	}
	var last struct {
		Manifest string `json:"manifest"`
	}
	must(t, json.Unmarshal(manifest, &last))
	if sum := base64.StdEncoding.EncodeToString(digest.Sum(nil)); !strings.Contains(last.Manifest, `{"digest":"`+sum+`"`) {
		t.Error("what arrived is not what the manifest says")
	}
	return x
}
