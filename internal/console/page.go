package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/telemetry"
)

//go:embed pages/*
var pageFiles embed.FS

// style is the only thing that a page uses besides its text: its hash stands in
// the policy.
var style = func() string {
	text, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		panic(err) // it is part of the program
	}
	return string(text)
}()

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(style) }, //nolint:gosec // ours
}).ParseFS(pageFiles, "pages/*.html"))

// pagePolicy lets a page post to this platform, and do nothing else.
var pagePolicy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}()

// setback is what a browser sees when something goes wrong.
type setback struct{ Title, Text, Reference string }

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

// showPage answers with the page of that name, which runs no script, loads nothing and
// is framed by nobody. Its forms say where they come from: under the policy
// no-referrer a browser would send "Origin: null" with them (Fetch, "append a
// request Origin header").
func (c *Console) showPage(w http.ResponseWriter, r *http.Request, status int, name string, content any) {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, name+".html", content); err != nil {
		c.Log.LogAttrs(r.Context(), slog.LevelError, "page cannot be written", slog.String(telemetry.LogRequest, r.Header.Get(requestID)), telemetry.Err(err))
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // the browser may be gone
}

// setBack answers a browser with a refusal. The caller logs it.
func (c *Console) setBack(w http.ResponseWriter, r *http.Request, p *Problem) {
	c.showPage(w, r, p.Status, "setback", setback{Title: p.Title, Text: sentence(p.Detail), Reference: r.Header.Get(requestID)})
}

// level is how loudly a refusal is logged: what the browser itself brought is no
// error of the platform's.
func (p *Problem) level() slog.Level {
	if p.Status >= http.StatusInternalServerError {
		return slog.LevelError
	}
	return slog.LevelWarn
}
