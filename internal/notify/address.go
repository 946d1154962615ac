package notify

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"gatehouse/internal/fault"
)

// The bounds of what a contact is.
const (
	MaxAddress    = 254 // bytes: RFC 5321 §4.5.3.1.3, without the angle brackets
	MaxWebhookURL = 2_048
)

// addresses are mailboxes that every mail server takes: no quoted local part, no
// literal address of a machine, ASCII only.
var addresses = regexp.MustCompile("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@" + `(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])$`)

// CheckAddress accepts an e-mail address, without a name before it. It fails with
// Invalid.
func CheckAddress(address string) error {
	parsed, err := mail.ParseAddress(address)
	if err != nil || len(address) > MaxAddress || !addresses.MatchString(address) || parsed.Address != address {
		return fault.New(fault.Invalid, "address is no e-mail address that mail can be sent to; "+
			"give one such as it-operations@contoso.com, in ASCII and without a name before it")
	}
	return nil
}

// CheckWebhook accepts a URL that messages can be sent to: https to a name or public
// address, on port 443. A URL of this machine may be http and name a port: it is
// taken here, and reached only where a deployment is allowed to reach itself. It
// fails with Invalid. A URL may hold a secret, so that no error repeats it.
func CheckWebhook(address string) error {
	u, err := url.Parse(address)
	switch {
	case len(address) > MaxWebhookURL:
		return fault.Newf(fault.Invalid, "url is longer than %d bytes; give a shorter one", MaxWebhookURL)
	case err != nil || u.Hostname() == "" || !printable(address):
		return fault.New(fault.Invalid, "url is no URL that messages can be sent to; give one that begins with https:// and a host, in ASCII")
	case u.User != nil:
		return fault.New(fault.Invalid, "url carries a user name; leave it out: messages are signed, and a secret of your own may stand in the path")
	case u.Fragment != "":
		return fault.New(fault.Invalid, "url has a part after #, which is never sent; leave it out")
	case thisMachine(u.Hostname()) && (u.Scheme == "https" || u.Scheme == "http"):
		return nil
	case u.Scheme != "https":
		return fault.New(fault.Invalid, "url does not begin with https://; messages are sent over TLS only")
	case u.Port() != "" && u.Port() != "443":
		return fault.New(fault.Invalid, "url names a port; messages are sent to port 443 only")
	case !public(u.Hostname()):
		return fault.New(fault.Invalid, "url names a host that only its own network knows; give one that the internet reaches")
	}
	return nil
}

// public reports whether a host may be reached from anywhere, as far as its name
// tells. What it resolves to is looked at when it is dialled.
func public(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsGlobalUnicast() && !ip.IsPrivate()
	}
	return strings.Contains(strings.Trim(host, "."), ".")
}

func thisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
