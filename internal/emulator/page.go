package emulator

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strconv"

	"gatehouse/internal/emulator/journal"
)

//go:embed page/*.html
var pageFiles embed.FS

// The pages. They work without scripts; only form_post's has one, which presses
// its button.
var (
	frontPage    = parse("front")
	pickerPage   = parse("picker")
	factorPage   = parse("factor")
	enrolPage    = parse("enrol")
	devicePage   = parse("device")
	consentPage  = parse("consent")
	adminPage    = parse("admin")
	approvalPage = parse("approval")
	signOutPage  = parse("signout")
	postPage     = parse("post")
	failedPage   = parse("failed")
	noticePage   = parse("notice")

	deviceCodePage    = parse("devicelogin")
	deviceConfirmPage = parse("deviceconfirm")
)

func parse(name string) *template.Template {
	return template.Must(template.ParseFS(pageFiles, "page/layout.html", "page/"+name+".html"))
}

// field is one hidden input.
type field struct{ Name, Value string }

// page is what the templates read; each uses its part.
type page struct {
	Title    string
	App      string
	Action   string
	Post     template.URL
	Nonce    string
	Carried  []field
	People   []choice
	More     bool
	Username string
	Resource string
	Scopes   []string
	Tenant   string
	Asked    []consentLine
	Tenants  []*tenantLine
	Failure  envelope
	Text     string
}

// consentLine is what an administrator agrees to at one resource.
type consentLine struct {
	Resource      string
	Scopes, Roles []string
}

// tenantLine is a tenant on the front page.
type tenantLine struct{ Name, Domain, ID string }

// show writes a page that may not be framed, stored or scripted.
func (e *Emulator) show(w http.ResponseWriter, status int, t *template.Template, p page) {
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "layout", p); err != nil {
		http.Error(w, "The emulator could not draw this page.", http.StatusInternalServerError)
		return
	}
	policy := "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
	if p.Nonce != "" {
		policy += "; script-src 'nonce-" + p.Nonce + "'"
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the browser has gone
}

// errorPage tells the person what the client must not be told by redirect.
func (e *Emulator) errorPage(w http.ResponseWriter, r *http.Request, no *refusal) {
	journal.Refusal(w, no.code)
	title := "Sorry, this sign-in cannot go on"
	if no.code == 53000 || no.code == 53003 || no.code == 530033 {
		title = "You cannot access this right now"
	}
	e.show(w, http.StatusBadRequest, failedPage, page{Title: title, Failure: e.envelope(r, no)})
}

// front says what this is.
func (e *Emulator) front(w http.ResponseWriter, _ *http.Request) {
	p := page{Title: "Microsoft Entra ID, emulated"}
	world := e.world()
	for _, t := range world.All() {
		p.Tenants = append(p.Tenants, &tenantLine{t.Name, t.Domain, t.ID})
	}
	e.show(w, http.StatusOK, frontPage, p)
}

// explain is the page error_uri points to.
func (e *Emulator) explain(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.URL.Query().Get("code"))
	known, ok := refusals[code]
	if err != nil || !ok {
		e.show(w, http.StatusNotFound, noticePage, page{Title: "Unknown error code", Text: "The emulator does not answer with this code."})
		return
	}
	e.show(w, http.StatusOK, noticePage, page{Title: "AADSTS" + strconv.Itoa(code), Text: known.text})
}
