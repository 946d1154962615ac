// Package browser walks the pages of an emulated Entra ID for one person, as
// somebody without scripts does: it fills forms and presses buttons.
package browser

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Browser is one person's browser, with cookies of its own.
type Browser struct {
	Client *http.Client // follows no redirects by itself
	Entra  string       // origin of the sign-in service
	Person string       // object id, or user name where a page asks for that
	Code   string       // what to type where a page asks for a device's code
	Wish   string       // the value of a button to press before others
	Also   []string     // further origins whose pages are walked
}

// New returns a browser without cookies that connects as transport does.
func New(transport http.RoundTripper, entra, person string) *Browser {
	jar, _ := cookiejar.New(nil) // without options it cannot fail
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Browser{Client: &http.Client{Transport: transport, Jar: jar, CheckRedirect: stay, Timeout: patience}, Entra: entra, Person: person}
}

// patience bounds one exchange.
const patience = 30 * time.Second

// Page is where a walk stands.
type Page struct {
	At   *url.URL
	Text string
}

// SignIn walks from an address to the app's reply URL, and returns the request
// that brings the answer there, not sent yet, and the answer's parameters.
func (b *Browser) SignIn(ctx context.Context, address string) (*http.Request, url.Values, error) {
	away, last, err := b.Walk(ctx, address)
	if err != nil {
		return nil, nil, err
	}
	if away == nil {
		return nil, nil, fmt.Errorf("the walk ends at %s: %s", last.At, last.Text)
	}
	if away.Method == http.MethodGet {
		return away, away.URL.Query(), nil
	}
	body, err := away.GetBody()
	if err != nil {
		return nil, nil, err
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, nil, err
	}
	answer, err := url.ParseQuery(string(text))
	return away, answer, err
}

// Authorize walks to the reply URL and returns the authorization code.
func (b *Browser) Authorize(ctx context.Context, address string) (string, error) {
	away, answer, err := b.SignIn(ctx, address)
	if err != nil {
		return "", err
	}
	if code := answer.Get("code"); code != "" {
		return code, nil
	}
	return "", fmt.Errorf("no code in the answer for %s: %s", away.URL, answer)
}

// Walk goes on until a page leads away from the emulator, and from where else the
// browser walks, or offers no form.
func (b *Browser) Walk(ctx context.Context, address string) (away *http.Request, last Page, err error) {
	next, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, last, err
	}
	for range 12 {
		response, err := b.Client.Do(next)
		if err != nil {
			return nil, last, err
		}
		body, err := io.ReadAll(response.Body)
		err = errors.Join(err, response.Body.Close())
		if err != nil {
			return nil, last, err
		}
		last = Page{At: next.URL, Text: string(body)}
		if response.StatusCode >= http.StatusBadRequest {
			return nil, last, fmt.Errorf("%s answers %d: %s", next.URL, response.StatusCode, Sentence(string(body)))
		}
		if location := response.Header.Get("Location"); location != "" {
			next, err = b.follow(ctx, last, location)
		} else if !strings.Contains(last.Text, "<form") {
			return nil, last, nil
		} else {
			next, err = b.press(ctx, last)
		}
		if err != nil {
			return nil, last, err
		}
		if !b.walks(next.URL) {
			return next, last, nil
		}
	}
	return nil, last, fmt.Errorf("the pages go on and on: %s", last.Text)
}

// walks reports whether an address is one of those whose pages are walked.
func (b *Browser) walks(to *url.URL) bool {
	return slices.Contains(append([]string{b.Entra}, b.Also...), to.Scheme+"://"+to.Host)
}

func (b *Browser) follow(ctx context.Context, from Page, location string) (*http.Request, error) {
	target, err := from.At.Parse(location)
	if err != nil {
		return nil, err
	}
	return http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
}

// Markup of the pages: forms, and what is in them.
var (
	forms      = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	controls   = regexp.MustCompile(`<(input|button)([^>]*)>`)
	attributes = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
)

func attributesOf(tag string) map[string]string {
	out := map[string]string{}
	for _, found := range attributes.FindAllStringSubmatch(tag, -1) {
		out[found[1]] = html.UnescapeString(found[2])
	}
	return out
}

// press fills the form meant for this person.
func (b *Browser) press(ctx context.Context, at Page) (*http.Request, error) {
	found := forms.FindAllStringSubmatch(at.Text, -1)
	if found == nil {
		return nil, fmt.Errorf("%s has a broken form: %s", at.At, at.Text)
	}
	chosen := found[0]
	for _, form := range found {
		if strings.Contains(form[2], `value="`+b.Person+`"`) {
			chosen = form
			break
		}
	}
	head := attributesOf(chosen[1])
	target, err := at.At.Parse(head["action"])
	if err != nil {
		return nil, err
	}
	fields := b.fill(chosen[2])
	if !strings.EqualFold(head["method"], "post") {
		target.RawQuery = fields.Encode()
		return http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	}
	next, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, err
	}
	next.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return next, nil
}

// fill is what the form sends when its person, or else its first button, is pressed.
func (b *Browser) fill(body string) url.Values {
	fields := url.Values{}
	var pressed map[string]string
	for _, control := range controls.FindAllStringSubmatch(body, -1) {
		with := attributesOf(control[2])
		switch {
		case control[1] == "button":
			if pressed == nil || with["value"] == b.Person || b.Wish != "" && with["value"] == b.Wish {
				pressed = with
			}
		case with["type"] == "hidden":
			fields.Set(with["name"], with["value"])
		case strings.Contains(with["name"], "code"):
			fields.Set(with["name"], b.Code)
		}
	}
	if pressed["name"] != "" {
		fields.Set(pressed["name"], pressed["value"])
	}
	return fields
}

var paragraph = regexp.MustCompile(`(?s)<p>(.*?)</p>`)

// Sentence is what a page says: its first paragraph, or as much of a text as fits
// a line.
func Sentence(page string) string {
	if found := paragraph.FindStringSubmatch(page); found != nil {
		return html.UnescapeString(strings.TrimSpace(found[1]))
	}
	return fmt.Sprintf("%.300s", page)
}
