package notify_test

import (
	"strings"
	"testing"

	"gatehouse/internal/fault"
	"gatehouse/internal/notify"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"it@contoso.com":                                                  true,
		"it-operations+gatehouse@contoso.com":                             true,
		"o'neil@mail.contoso.co.uk":                                       true,
		"it@xn--bcher-kva.example":                                        true,
		strings.Repeat("a", 64) + "@contoso.com":                          true,
		strings.Repeat("a", 65) + "@contoso.com":                          false,
		"a@" + strings.Repeat(strings.Repeat("a", 60)+".", 5) + "example": false,
		"":                          false,
		"it":                        false,
		"it@":                       false,
		"@contoso.com":              false,
		"it@contoso":                false,
		"it@contoso.com.":           false,
		"it@contoso..com":           false,
		"it@-contoso.com":           false,
		"it@[192.0.2.1]":            false,
		"it@192.0.2.1":              false,
		".it@contoso.com":           false,
		"i..t@contoso.com":          false,
		"IT <it@contoso.com>":       false,
		"<it@contoso.com>":          false,
		`"it staff"@contoso.com`:    false,
		"it@contoso.com (IT)":       false,
		" it@contoso.com":           false,
		"it@contoso.com\r\nBcc: x":  false,
		"it@contoso.com\n":          false,
		"it@contoso.com,b@fabrikam": false,
		"it\x00@contoso.com":        false,
		"jürgen@contoso.com":        false,
		"it@bücher.example":         false,
		"it@contoso.com>":           false,
	} {
		err := notify.CheckAddress(address)
		if good != (err == nil) {
			t.Errorf("%q: %v, want good = %v", address, err, good)
		}
		if err != nil && (fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(fault.Public(err), "address ")) {
			t.Errorf("%q: %v, want Invalid about the address", address, err)
		}
	}
}

func TestWebhookURLs(t *testing.T) {
	t.Parallel()
	for url, good := range map[string]bool{
		"https://hooks.contoso.com/gatehouse":             true,
		"https://hooks.contoso.com":                       true,
		"https://HOOKS.contoso.com/x?sig=a%2Fb":           true,
		"https://prod-1.logic.example:443/flow":           true,
		"https://93.184.215.14/hook":                      true,
		"https://[2606:2800:21f:cb07::1]/hook":            true,
		"https://localhost:8443/hook":                     true,
		"http://localhost:9999/hook":                      true,
		"http://127.0.0.1:9999/hook":                      true,
		"http://[::1]/hook":                               true,
		"":                                                false,
		"hooks.contoso.com":                               false,
		"http://hooks.contoso.com/":                       false,
		"ftp://localhost/":                                false,
		"https://":                                        false,
		"https:///hook":                                   false,
		"https://hooks.contoso.com:8443/":                 false,
		"https://me:word@hooks.contoso.com/":              false,
		"https://me@localhost/":                           false,
		"https://hooks.contoso.com/#part":                 false,
		"https://intranet/hook":                           false,
		"https://intranet./hook":                          false,
		"https://10.0.0.1/":                               false,
		"https://169.254.169.254/":                        false,
		"https://0.0.0.0/":                                false,
		"https://[fd00::1]/":                              false,
		"https://hooks.contoso.com/a b":                   false,
		"https://hooks.contoso.com/ü":                     false,
		"https://hooks.contoso.com/\r\nHost: x":           false,
		"https://hooks.contoso.com/%zz":                   false,
		"https://a.example/" + strings.Repeat("a", 2_040): false,
	} {
		err := notify.CheckWebhook(url)
		if good != (err == nil) {
			t.Errorf("%q: %v, want good = %v", url, err, good)
		}
		if err != nil && (fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(fault.Public(err), "url ")) {
			t.Errorf("%q: %v, want Invalid about the URL", url, err)
		}
	}
}

func TestNoErrorRepeatsTheURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://hooks.contoso.com/tiger", "https://hooks.contoso.com:1/tiger", "https://a.example/%zz?tiger", "https://tiger@a.example", "https://a.example/#tiger"} {
		if err := notify.CheckWebhook(url); err == nil || strings.Contains(err.Error(), "tiger") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
