package clients_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// browser walks the emulator's pages for one person, as somebody without
// scripts does: it fills forms and presses buttons.
type browser struct {
	cloud  *cloud
	client *http.Client
	person string // object id
	code   string // what to type where a page asks for a device's code
	wish   string // the value of a button to press before others
}

func (c *cloud) browser(person string) *browser {
	b := client()
	b.Jar, _ = cookiejar.New(nil) // without options it cannot fail
	return &browser{cloud: c, client: b, person: person}
}

// page is where a walk stands.
type page struct {
	at   *url.URL
	text string
}

// signIn walks from an address to the app's reply URL, and returns the request
// that brings the answer there, not sent yet, and the answer's parameters.
func (b *browser) signIn(ctx context.Context, address string) (*http.Request, url.Values, error) {
	away, last, err := b.walk(ctx, address)
	if err != nil {
		return nil, nil, err
	}
	if away == nil {
		return nil, nil, fmt.Errorf("the walk ends at %s: %s", last.at, last.text)
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

// authorize walks to the reply URL and returns the authorization code.
func (b *browser) authorize(ctx context.Context, address string) (string, error) {
	away, answer, err := b.signIn(ctx, address)
	if err != nil {
		return "", err
	}
	if code := answer.Get("code"); code != "" {
		return code, nil
	}
	return "", fmt.Errorf("no code in the answer for %s: %s", away.URL, answer)
}

// walk goes on until a page leads away from the emulator or offers no form.
func (b *browser) walk(ctx context.Context, address string) (away *http.Request, last page, err error) {
	next, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, last, err
	}
	for range 12 {
		response, err := b.client.Do(next)
		if err != nil {
			return nil, last, err
		}
		body, err := read(response)
		if err != nil {
			return nil, last, err
		}
		last = page{at: next.URL, text: string(body)}
		if response.StatusCode >= http.StatusBadRequest {
			return nil, last, fmt.Errorf("%s answers %d: %s", next.URL, response.StatusCode, body)
		}
		if location := response.Header.Get("Location"); location != "" {
			next, err = b.follow(ctx, last, location)
		} else if !strings.Contains(last.text, "<form") {
			return nil, last, nil
		} else {
			next, err = b.press(ctx, last)
		}
		if err != nil {
			return nil, last, err
		}
		if !strings.HasPrefix(next.URL.String(), b.cloud.entra+"/") {
			return next, last, nil
		}
	}
	return nil, last, fmt.Errorf("the pages go on and on: %s", last.text)
}

func (b *browser) follow(ctx context.Context, from page, location string) (*http.Request, error) {
	target, err := from.at.Parse(location)
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
func (b *browser) press(ctx context.Context, at page) (*http.Request, error) {
	found := forms.FindAllStringSubmatch(at.text, -1)
	if found == nil {
		return nil, fmt.Errorf("%s has a broken form: %s", at.at, at.text)
	}
	chosen := found[0]
	for _, form := range found {
		if strings.Contains(form[2], `value="`+b.person+`"`) {
			chosen = form
			break
		}
	}
	head := attributesOf(chosen[1])
	target, err := at.at.Parse(head["action"])
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
func (b *browser) fill(body string) url.Values {
	fields := url.Values{}
	var pressed map[string]string
	for _, control := range controls.FindAllStringSubmatch(body, -1) {
		with := attributesOf(control[2])
		switch {
		case control[1] == "button":
			if pressed == nil || with["value"] == b.person || b.wish != "" && with["value"] == b.wish {
				pressed = with
			}
		case with["type"] == "hidden":
			fields.Set(with["name"], with["value"])
		case strings.Contains(with["name"], "code"):
			fields.Set(with["name"], b.code)
		}
	}
	if pressed["name"] != "" {
		fields.Set(pressed["name"], pressed["value"])
	}
	return fields
}
