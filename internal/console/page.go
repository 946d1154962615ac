package console

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// page is what a browser sees when signing in goes wrong.
type page struct{ Title, Text, Reference string }

// style is the only thing a page may use: its hash stands in the policy.
const style = `body{font:16px/1.5 "Segoe UI",system-ui,sans-serif;max-width:38rem;margin:15vh auto;padding:0 1rem;color:#242424;background:#fff}` +
	`h1{font-size:1.4rem}a{color:#0f6cbd}small{color:#616161}` +
	`@media(prefers-color-scheme:dark){body{color:#fff;background:#1f1f1f}a{color:#62abf5}small{color:#adadad}}`

var pages = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}} · Gatehouse</title>
<style>` + style + `</style>
<main>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
<p><a href="/auth/sign-in">Sign in again</a> · <a href="/">Start page</a></p>
<p><small>Reference: {{.Reference}}</small></p>
</main>
</html>
`))

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

// writePage answers with a page that runs no script, loads nothing, posts
// nowhere and is framed by nobody.
func writePage(w http.ResponseWriter, status int, p page) {
	hash := sha256.Sum256([]byte(style))
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages.Execute(w, p) // the browser may be gone
}
