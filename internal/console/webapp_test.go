package console_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"gatehouse/internal/console"
	"gatehouse/internal/tenants"
)

// webBuild is a small console, as web/ builds one.
func webBuild() fstest.MapFS {
	return fstest.MapFS{
		".keep":                {},
		"index.html":           {Data: []byte(`<meta property="csp-nonce" nonce="GATEHOUSE_NONCE"><script type="module" src="/assets/index-abc.js" nonce="GATEHOUSE_NONCE"></script>`)},
		"assets/index-abc.js":  {Data: []byte(strings.Repeat("console.log(1);\n", 200))},
		"assets/icon-abc.svg":  {Data: []byte("<svg/>")},
		"assets/font-ab.woff2": {Data: []byte("font")},
	}
}

// withWeb is a rig whose console has one for browsers.
func withWeb(t *testing.T, build fs.FS) *rig {
	t.Helper()
	r := newRig(t)
	parts := r.console.Parts
	parts.Web = build
	c, err := console.New(parts)
	if err != nil {
		t.Fatal(err)
	}
	r.console = c
	return r
}

func TestConsolePageIsForThisResponseOnly(t *testing.T) {
	t.Parallel()
	r := withWeb(t, webBuild())
	b := r.as(t, r.person(r.contoso, tenants.Owner))
	seen := map[string]bool{}
	for _, address := range []string{"/o/contoso", "/o/contoso", "/o/contoso/people/connections", "/o/contoso/people/connections?a=b"} {
		w := b.get(address)
		want(t, w, http.StatusOK)
		h := w.Header()
		policy := h.Get("Content-Security-Policy")
		_, rest, _ := strings.Cut(policy, "script-src 'nonce-")
		nonce, _, _ := strings.Cut(rest, "'")
		if len(nonce) < 22 || seen[nonce] {
			t.Errorf("the nonce of %s is %q", address, nonce)
		}
		seen[nonce] = true
		wanted := "default-src 'none'; script-src 'nonce-" + nonce + "' 'strict-dynamic'; style-src 'nonce-" + nonce + "'; worker-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
		if policy != wanted || strings.Contains(policy, "unsafe") {
			t.Errorf("the policy is %s", policy)
		}
		if text := w.Body.String(); strings.Count(text, `nonce="`+nonce+`"`) != 2 || strings.Contains(text, "GATEHOUSE_NONCE") {
			t.Errorf("the page is %s", text)
		}
		for name, value := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if h.Get(name) != value {
				t.Errorf("%s is %q", name, h.Get(name))
			}
		}
	}
}

func TestConsolePageAsksStrangersToSignIn(t *testing.T) {
	t.Parallel()
	r := withWeb(t, webBuild())
	ended := r.as(t, r.person(r.contoso, tenants.Owner))
	r.pass(9 * time.Hour)
	for name, c := range map[string]struct {
		b           *browser
		address, to string
	}{
		"a stranger":      {r.browser(t), "/o/contoso/people/connections?search=a%20b", "/auth/sign-in?return=" + url.QueryEscape("/o/contoso/people/connections?search=a%20b")},
		"a session ended": {ended, "/o/contoso", "/auth/sign-in?return=%2Fo%2Fcontoso"},
		"nobody's":        {r.browser(t), "/o/nosuch", "/auth/sign-in?return=%2Fo%2Fnosuch"},
		"no way back":     {r.browser(t), `/o/contoso?a=\\evil.example`, "/auth/sign-in"},
	} {
		w := c.b.get(c.address)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != c.to || strings.Contains(w.Body.String(), "script") {
			t.Errorf("%s is sent to %d %s, want %s", name, w.Code, w.Header().Get("Location"), c.to)
		}
		if policy := w.Header().Get("Content-Security-Policy"); strings.Contains(policy, "script-src") {
			t.Errorf("%s: the policy is %s", name, policy)
		}
	}
}

// TestConsolePageSaysNothingOfOrganizations: it is the same for one's own, for others'
// and for none.
func TestConsolePageSaysNothingOfOrganizations(t *testing.T) {
	t.Parallel()
	r := withWeb(t, webBuild())
	b := r.as(t, r.person(r.contoso, ""))
	for _, address := range []string{"/o/contoso", "/o/fabrikam", "/o/nosuch", "/o/NOT%20ONE/x"} {
		w := b.get(address)
		if w.Code != http.StatusOK || w.Body.Len() != r.as(t, r.operator()).get("/o/contoso").Body.Len() || strings.Contains(w.Body.String(), "contoso") {
			t.Errorf("%s: %d %s", address, w.Code, w.Body)
		}
	}
}

func TestConsoleFilesStayInCaches(t *testing.T) {
	t.Parallel()
	r := withWeb(t, webBuild())
	for name, media := range map[string]string{"index-abc.js": "text/javascript; charset=utf-8", "icon-abc.svg": "image/svg+xml", "font-ab.woff2": "font/woff2"} {
		for accept, packed := range map[string]bool{"": false, "gzip, deflate, br": true, "br;q=1, GZIP ; q=0.5": true, "gzip;q=0": false, "gzip; q=0.00": false, "identity": false, "x-gzip": false} {
			b := r.browser(t)
			b.headers["Accept-Encoding"] = accept
			w := b.get("/assets/" + name)
			want(t, w, http.StatusOK)
			text, coding := io.Reader(w.Body), w.Header().Get("Content-Encoding")
			if (coding == "gzip") != packed {
				t.Errorf("%s for %q is coded %q", name, accept, coding)
			}
			if packed {
				var err error
				if text, err = gzip.NewReader(text); err != nil {
					t.Fatal(err)
				}
			}
			plain, err := io.ReadAll(text)
			if err != nil || string(plain) != string(webBuild()["assets/"+name].Data) {
				t.Errorf("%s for %q: %v, %.40q", name, accept, err, plain)
			}
			for header, value := range map[string]string{
				"Content-Type": media, "Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
				"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
			} {
				if w.Header().Get(header) != value {
					t.Errorf("%s: %s is %q", name, header, w.Header().Get(header))
				}
			}
		}
	}
}

func TestConsoleFilesThatAreNotThereAreNotKept(t *testing.T) {
	t.Parallel()
	r := withWeb(t, webBuild())
	for _, name := range []string{"index-old.js", ".keep", "..%2Findex.html", "index.html"} {
		w := r.browser(t).get("/assets/" + name)
		if w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
}

func TestPlatformWithoutABuiltConsoleSaysSo(t *testing.T) {
	t.Parallel()
	for _, build := range []fs.FS{nil, fstest.MapFS{".keep": {}}} {
		r := withWeb(t, build)
		b := r.as(t, r.person(r.contoso, tenants.Owner))
		w := b.get("/o/contoso")
		want(t, w, http.StatusServiceUnavailable)
		says(t, w.Body.String(), []string{"built without its console"})
		says(t, b.get("/").Body.String(), []string{"You are signed in"}, `href="/o/`)
		want(t, b.get("/assets/index-abc.js"), http.StatusNotFound)
	}
}

func TestStartPageLeadsToTheConsole(t *testing.T) {
	t.Parallel()
	r := withWeb(t, webBuild())
	says(t, r.as(t, r.person(r.contoso, tenants.Viewer)).get("/").Body.String(), []string{`href="/o/contoso"`})
	says(t, r.as(t, r.person(r.contoso, "")).get("/").Body.String(), []string{"You are signed in", `href="/o/contoso/me"`}, `href="/o/contoso"`)
}

func TestConsoleThatNoPolicyWouldRunIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, change := range map[string]func(fstest.MapFS){
		"no place for a nonce": func(m fstest.MapFS) { m["index.html"] = &fstest.MapFile{Data: []byte("<script src=x>")} },
		"of no known kind":     func(m fstest.MapFS) { m["assets/style-ab.css"] = &fstest.MapFile{} },
		"file does not exist": func(m fstest.MapFS) {
			for file := range m {
				if strings.HasPrefix(file, "assets/") {
					delete(m, file)
				}
			}
		},
	} {
		build := webBuild()
		change(build)
		parts := r.console.Parts
		parts.Web = build
		if _, err := console.New(parts); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
