package config

import (
	"errors"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
)

// Mail is the mail server through which organizations are told what concerns them,
// and whom the mails come from. Without a URL there is none.
type Mail struct {
	// SMTPURL is smtp://user@host:587, which demands STARTTLS, or
	// smtps://user@host:465, which begins with TLS.
	SMTPURL      url.URL      `env:"GATEHOUSE_SMTP_URL"`
	SMTPPassword FileSecret   `env:"GATEHOUSE_SMTP_PASSWORD"`
	MailFrom     mail.Address `env:"GATEHOUSE_MAIL_FROM"`
}

// smtpPorts are those that URLs leave out (RFC 8314 §3.3, RFC 6409 §3.1).
var smtpPorts = map[string]uint16{"smtp": 587, "smtps": 465}

// HasMailServer reports whether there is one.
func (c Mail) HasMailServer() bool { return c.SMTPURL != (url.URL{}) }

// SMTPPort is the port of the server.
func (c Mail) SMTPPort() uint16 {
	if n, err := strconv.ParseUint(c.SMTPURL.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	return smtpPorts[c.SMTPURL.Scheme]
}

// OnThisMachine reports whether the server is one of this machine.
func (c Mail) OnThisMachine() bool { return loopbackHost(c.SMTPURL.Hostname()) }

// problems returns what is wrong with the values together.
func (c Mail) problems(e Environment) Errors {
	var p Errors
	from, password := c.MailFrom != (mail.Address{}), !c.SMTPPassword.IsZero()
	if !c.HasMailServer() {
		if from {
			p.needs("GATEHOUSE_MAIL_FROM", "GATEHOUSE_SMTP_URL")
		}
		if password {
			p.needs("GATEHOUSE_SMTP_PASSWORD", "GATEHOUSE_SMTP_URL")
		}
		return p
	}
	p.smtp("GATEHOUSE_SMTP_URL", c.SMTPURL)
	if !from {
		p.needs("GATEHOUSE_SMTP_URL", "GATEHOUSE_MAIL_FROM")
	}
	switch user := c.SMTPURL.User.Username(); {
	case user == "" && password:
		p.add("GATEHOUSE_SMTP_PASSWORD is set, and GATEHOUSE_SMTP_URL names no user; give it one: smtp://gatehouse@mail.example")
	case user != "" && !password:
		p.add("GATEHOUSE_SMTP_URL names a user, and GATEHOUSE_SMTP_PASSWORD is not set; set it, or GATEHOUSE_SMTP_PASSWORD_FILE to the path of a file that holds it")
	}
	if e == Production && c.OnThisMachine() {
		p.add("GATEHOUSE_SMTP_URL names this machine, which production connects to for nothing; give the server's name in its network")
	}
	return p
}

// smtp accepts the URL of a mail server. It repeats none: there may be a password
// where none belongs.
func (p *Errors) smtp(name string, u url.URL) {
	if _, set := u.User.Password(); set {
		p.add("%s carries a password; put it into GATEHOUSE_SMTP_PASSWORD, or into a file that GATEHOUSE_SMTP_PASSWORD_FILE names", name)
		return
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if smtpPorts[u.Scheme] == 0 || !hosts.MatchString(u.Hostname()) || u.Port() != "" && (err != nil || port == 0) || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		p.add("%s must be smtp:// for a server with STARTTLS or smtps:// for one that begins with TLS, the user if it wants one, a host, "+
			"and a port unless it is 587 or 465: smtp://gatehouse@mail.example", name)
	}
}

// hosts are names and addresses that can be dialled.
var hosts = regexp.MustCompile(`^[A-Za-z0-9.:_-]+$`)

// parseMailbox reads an address with or without a name before it.
func parseMailbox(s string) (mail.Address, error) {
	a, err := mail.ParseAddress(s)
	if err != nil {
		return mail.Address{}, errors.New("is no e-mail address; give one such as Gatehouse <gatehouse@example.com>")
	}
	return *a, nil
}
