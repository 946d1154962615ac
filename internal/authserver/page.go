package authserver

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/connections"
	"gatehouse/internal/snapshot"
	"gatehouse/internal/telemetry"
)

//go:embed pages/*
var pageFiles embed.FS

// style is the only thing that a page may use besides its text: its hash stands in
// the policy.
var style = string(mustRead("pages/style.css"))

func mustRead(name string) []byte {
	text, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err) // it is part of the program
	}
	return text
}

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(style) }, //nolint:gosec // ours
}).ParseFS(pageFiles, "pages/*.html"))

var styleSource = func() string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// page is what a browser is shown: the content by the template of that name.
type page struct {
	Status  int
	Name    string
	Title   string
	Content any
	Posts   []string // where a form of it, and what answers that, may lead
}

// show answers with a page that runs no script, loads nothing and is framed by
// nobody.
func (s *Server) show(w http.ResponseWriter, r *http.Request, p page) {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, p.Name+".html", p); err != nil {
		s.Logger.LogAttrs(r.Context(), slog.LevelError, "page cannot be written", telemetry.Err(err))
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	posts := "'none'"
	if len(p.Posts) > 0 {
		posts = strings.Join(p.Posts, " ")
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src "+styleSource+"; base-uri 'none'; form-action "+posts+"; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(p.Status)
	_, _ = w.Write(text.Bytes()) // the browser may be gone
}

// plainHost is a host that can stand in a policy.
var plainHost = regexp.MustCompile(`^[a-z0-9.-]+(:[0-9]+)?$`)

// policySource is the source expression of a policy that an address needs (Content
// Security Policy §2.3.1): its origin, or its scheme where no origin can say it,
// as for IPv6 and for applications.
func policySource(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return "'none'"
	}
	if (u.Scheme == "https" || u.Scheme == "http") && plainHost.MatchString(u.Host) {
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + ":"
}

// firstPosts is where the first page leads: browsers hold every redirect that
// follows a form against its policy. Entra may send people on to their own
// organization's identity provider at once, whose address nobody here knows. Entra
// itself is without https only where it is emulated.
func firstPosts(snap *snapshot.Snapshot, asked authorization) []string {
	posts := []string{"'self'", "https:", policySource(asked.Redirect)}
	if entra := policySource(snap.AuthorizeURL); !strings.HasPrefix(entra, "https:") {
		posts = append(posts, entra)
	}
	return posts
}

// secondPosts is where the second page leads: to the client, or to Entra, which
// then lets people choose an account.
func secondPosts(snap *snapshot.Snapshot, asked authorization) []string {
	return []string{"'self'", policySource(snap.AuthorizeURL), policySource(asked.Redirect)}
}

// destination is where an answer goes, as people are told.
type destination struct {
	Host    string
	Machine bool // it is a program on this computer, whichever listens
	App     bool // it is a program that has registered for a scheme
}

func destinationOf(redirect string) destination {
	d := destination{Host: connections.RedirectHost(redirect), Machine: connections.Loopback(redirect)}
	d.App = !d.Machine && !isWeb(redirect)
	return d
}

// sentence makes the public text of a fault, which is a fragment, one for a page.
// A text that begins with the name of a field keeps it as it is spelled.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	word, _, _ := strings.Cut(text, " ")
	if size > 0 && !strings.ContainsAny(word, ":_") {
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	if text != "" && !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
