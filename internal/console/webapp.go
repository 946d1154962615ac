package console

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"gatehouse/internal/fault"
)

// webApp is the console that runs in a browser, as it was built: a page, and the
// files that it loads. It is the same for everybody and holds nothing of anybody's.
type webApp struct {
	page  []byte // with nonceWord wherever a nonce belongs; empty: it was not built
	files map[string]webFile
}

// webFile is one that the page loads, by a name that changes with its content.
type webFile struct {
	media  string
	plain  []byte
	packed func() []byte // by gzip, when somebody first takes it so
}

// nonceWord is what web/vite.config.ts puts where a nonce belongs.
const nonceWord = "GATEHOUSE_NONCE"

// webMedia are the kinds of files that a build makes.
var webMedia = map[string]string{
	".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2",
}

// newWebApp reads a build. It fails on a file of a kind that it does not know, and
// on a page without a place for a nonce, which no policy would let run.
func newWebApp(build fs.FS) (*webApp, error) {
	app := &webApp{files: map[string]webFile{}}
	if build == nil {
		return app, nil
	}
	page, err := fs.ReadFile(build, "index.html")
	if errors.Is(err, fs.ErrNotExist) {
		return app, nil
	}
	if err == nil && !bytes.Contains(page, []byte(nonceWord)) {
		err = errors.New("its page has no place for a nonce")
	}
	if err != nil {
		return nil, fmt.Errorf("read console: %w", err)
	}
	app.page = page
	entries, err := fs.ReadDir(build, "assets")
	if err != nil {
		return nil, fmt.Errorf("read console: %w", err)
	}
	for _, entry := range entries {
		file, err := readWebFile(build, entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read console: %w", err)
		}
		app.files[entry.Name()] = file
	}
	return app, nil
}

func readWebFile(build fs.FS, name string) (webFile, error) {
	media := webMedia[path.Ext(name)]
	if media == "" {
		return webFile{}, fmt.Errorf("%s is of no known kind", name)
	}
	plain, err := fs.ReadFile(build, "assets/"+name)
	if err != nil {
		return webFile{}, err
	}
	return webFile{media, plain, sync.OnceValue(func() []byte { return gzipped(plain) })}, nil
}

func gzipped(plain []byte) []byte {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		panic(err) // there is this level
	}
	_, _ = w.Write(plain) // a buffer takes everything
	_ = w.Close()
	return packed.Bytes()
}

// webPolicy lets the page run what carries this response's nonce and what that
// loads, and talk to this platform. Styles are added by scripts that know the nonce. A
// file of evidence is verified by a worker, which is of this platform too, and may
// itself talk to nobody: its file says default-src 'none'.
func webPolicy(nonce string) string {
	return "default-src 'none'; script-src 'nonce-" + nonce + "' 'strict-dynamic'; style-src 'nonce-" + nonce + "'; " +
		"worker-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

var errNotBuilt = fault.New(fault.Unavailable, "this Gatehouse was built without its console; its management API and its commands do the same")

// openWebApp shows the console to whoever has signed in: GET /o, GET /o/{org},
// GET /operator, and below. Whose organization it is, and what may be seen of it, the
// management API decides.
func (c *Console) openWebApp(w http.ResponseWriter, r *http.Request) {
	if len(c.web.page) == 0 {
		c.showNothing(w, r, errNotBuilt)
		return
	}
	_, err := c.person(r.Context(), r.Cookies())
	if err != nil && fault.KindOf(err) == fault.Unauthenticated {
		http.Redirect(w, r, signInAddress(r), http.StatusSeeOther) //nolint:gosec // a path of ours; where it comes from is a parameter of it
		return
	}
	if err != nil {
		c.showNothing(w, r, err)
		return
	}
	nonce := rand.Text()
	h := w.Header()
	h.Set("Content-Security-Policy", webPolicy(nonce))
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin") // otherwise forms say "Origin: null"
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(bytes.ReplaceAll(c.web.page, []byte(nonceWord), []byte(nonce))) // the browser may be gone
}

// signInAddress leads back to the page that was asked for, or, where no sign-in leads
// to such an address, to the person's own.
func signInAddress(r *http.Request) string {
	const address = "/auth/sign-in"
	back := r.URL.RequestURI()
	if _, err := returnPath(back); err != nil {
		return address
	}
	return address + "?return=" + url.QueryEscape(back)
}

// serveWebFile answers GET /assets/{file}. A name stands for the same content for
// ever, so that browsers ask once.
func (c *Console) serveWebFile(w http.ResponseWriter, r *http.Request) {
	file, known := c.web.files[r.PathValue("file")]
	if !known {
		c.refuse(w, r, fault.New(fault.NotFound, "there is no such file; if the console was updated meanwhile, load its page again"))
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Type", file.media)
	h.Set("Vary", "Accept-Encoding")
	body := file.plain
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body = file.packed()
	}
	_, _ = w.Write(body)
}

// takesGzip reports whether an Accept-Encoding header names gzip and does not rule it
// out (RFC 9110 §12.5.3).
func takesGzip(header string) bool {
	for coding := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			zero := strings.TrimRight(strings.ReplaceAll(weight, " ", ""), "0")
			return zero != "q=" && zero != "q=0."
		}
	}
	return false
}
