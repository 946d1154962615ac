package app

import (
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/egress"
	"gatehouse/internal/notify"
)

// What telling a webhook may take; of its answer only the status matters.
const (
	webhookPatience = 10 * time.Second
	webhookReply    = 64 << 10
)

// newNotifier returns what carries messages to contacts, and its way to
// webhooks, which the caller closes. The way to webhooks is of its own: where these requests go
// organizations choose.
func newNotifier(p process) (*notify.Sender, *egress.Client, error) {
	web, err := egress.New(egress.Options{
		Loopback: loopbackOf(p.config), Timeout: webhookPatience, MaxResponseBytes: webhookReply, Tracer: p.telemetry.Tracer, Trust: p.config.ExtraCA,
	})
	if err != nil {
		return nil, nil, err
	}
	server, err := mailServer(p.config)
	if err != nil {
		return nil, web, err
	}
	sender, err := notify.New(notify.Options{Web: web, Server: server, Host: p.config.BaseURL.Hostname(), Now: p.now})
	return sender, web, err
}

// mailServer is the operator's; nil: there is none.
func mailServer(c config.Process) (*notify.Server, error) {
	if !c.HasMailServer() {
		return nil, nil
	}
	host := c.SMTPURL.Hostname()
	dialer, err := egress.NewDialer(host, c.SMTPPort(), loopbackOf(c))
	if err != nil {
		return nil, about("GATEHOUSE_SMTP_URL", err)
	}
	trust, err := egress.Authorities(c.ExtraCA)
	if err != nil {
		return nil, err
	}
	if err := notify.CheckAddress(c.MailFrom.Address); err != nil {
		return nil, about("GATEHOUSE_MAIL_FROM", err)
	}
	return &notify.Server{
		Dial: dialer, Name: host, Security: securityOf(c), User: c.SMTPURL.User.Username(), From: c.MailFrom, Trust: trust,
		Password: func() (string, error) {
			now, err := c.SMTPPassword.Again()
			return now.Reveal(), err
		},
	}, nil
}

// securityOf is what the URL says. A server of this machine, which only development
// reaches, speaks what it likes.
func securityOf(c config.Process) notify.Security {
	switch {
	case c.SMTPURL.Scheme == "smtps":
		return notify.ImplicitTLS
	case c.Environment == config.Development && c.OnThisMachine():
		return notify.Plaintext
	default:
		return notify.StartTLS
	}
}
