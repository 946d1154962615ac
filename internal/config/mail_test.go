package config_test

import (
	"net/mail"
	"testing"
)

// mailing is what a mail server adds.
func mailing(changes map[string]string) map[string]string {
	return with(with(working(), map[string]string{
		"GATEHOUSE_SMTP_URL": "smtp://alerts%40example.com@mail.example", "GATEHOUSE_SMTP_PASSWORD": password, "GATEHOUSE_MAIL_FROM": "Gatehouse <gatehouse@example.com>",
	}), changes)
}

func TestMailServerIsRead(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]struct {
		user string
		port uint16
	}{
		"smtp://alerts%40example.com@mail.example":     {"alerts@example.com", 587},
		"smtps://alerts@mail.example":                  {"alerts", 465},
		"smtp://alerts@mail.svc.cluster.local:2525":    {"alerts", 2525},
		"smtps://alerts@10.0.0.7:465":                  {"alerts", 465},
		"smtp://alerts@[fd12::7]:587":                  {"alerts", 587},
		"smtp://contoso-acs.app.tid@smtp.example:587/": {"contoso-acs.app.tid", 587},
	} {
		c, err := source(mailing(map[string]string{"GATEHOUSE_SMTP_URL": url}), nil).Worker()
		if err != nil {
			t.Error(err)
			continue
		}
		if c.SMTPURL.User.Username() != want.user || c.SMTPPort() != want.port || c.SMTPPassword.Reveal() != password || !c.HasMailServer() ||
			c.MailFrom != (mail.Address{Name: "Gatehouse", Address: "gatehouse@example.com"}) {
			t.Errorf("%s: %+v", url, c.Mail)
		}
	}
	c, err := source(working(), nil).Worker()
	if err != nil || c.HasMailServer() {
		t.Errorf("without variables: %+v, %v", c.Mail, err)
	}
}

func TestMailServerWithoutUser(t *testing.T) {
	t.Parallel()
	variables := mailing(map[string]string{"GATEHOUSE_SMTP_URL": "smtp://relay.example:25", "GATEHOUSE_SMTP_PASSWORD": ""})
	if problems := workerComplaints(t, variables); problems != nil {
		t.Error(problems)
	}
}

func TestMailServerOfThisMachineIsForDevelopment(t *testing.T) {
	t.Parallel()
	variables := with(development(), map[string]string{"GATEHOUSE_SMTP_URL": "smtp://localhost:1025", "GATEHOUSE_MAIL_FROM": "gatehouse@localhost.example"})
	if problems := complaints(t, variables); problems != nil {
		t.Error(problems)
	}
	wantOne(t, workerComplaints(t, mailing(map[string]string{"GATEHOUSE_SMTP_URL": "smtp://alerts@127.0.0.1:587"})), "GATEHOUSE_SMTP_URL", "this machine")
}

func TestMailRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ variable, value, named, word string }{
		"another scheme":    {"GATEHOUSE_SMTP_URL", "https://alerts@mail.example", "GATEHOUSE_SMTP_URL", "smtps://"},
		"no host":           {"GATEHOUSE_SMTP_URL", "smtp://alerts@:587", "GATEHOUSE_SMTP_URL", "a host"},
		"no URL":            {"GATEHOUSE_SMTP_URL", "smtp://alerts@mail.example:many", "GATEHOUSE_SMTP_URL", "not a URL"},
		"a port too large":  {"GATEHOUSE_SMTP_URL", "smtp://alerts@mail.example:65536", "GATEHOUSE_SMTP_URL", "a port"},
		"port 0":            {"GATEHOUSE_SMTP_URL", "smtp://alerts@mail.example:0", "GATEHOUSE_SMTP_URL", "a port"},
		"a path":            {"GATEHOUSE_SMTP_URL", "smtp://alerts@mail.example/inbox", "GATEHOUSE_SMTP_URL", "a port"},
		"a fragment":        {"GATEHOUSE_SMTP_URL", "smtp://alerts@mail.example#x", "GATEHOUSE_SMTP_URL", "a port"},
		"a query":           {"GATEHOUSE_SMTP_URL", "smtp://alerts@mail.example?tls=no", "GATEHOUSE_SMTP_URL", "a port"},
		"a password":        {"GATEHOUSE_SMTP_URL", "smtp://alerts:" + password + "@mail.example", "GATEHOUSE_SMTP_URL", "carries a password"},
		"no user":           {"GATEHOUSE_SMTP_URL", "smtp://mail.example", "GATEHOUSE_SMTP_PASSWORD", "names no user"},
		"no password":       {"GATEHOUSE_SMTP_PASSWORD", "", "GATEHOUSE_SMTP_URL", "GATEHOUSE_SMTP_PASSWORD is not set"},
		"no sender":         {"GATEHOUSE_MAIL_FROM", "", "GATEHOUSE_SMTP_URL", "GATEHOUSE_MAIL_FROM is not"},
		"a sender with two": {"GATEHOUSE_MAIL_FROM", "a@b.example, c@d.example", "GATEHOUSE_MAIL_FROM", "no e-mail address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOne(t, workerComplaints(t, mailing(map[string]string{row.variable: row.value})), row.named, row.word)
		})
	}
	for _, variable := range []string{"GATEHOUSE_MAIL_FROM", "GATEHOUSE_SMTP_PASSWORD"} {
		wantOne(t, workerComplaints(t, with(working(), map[string]string{variable: mailing(nil)[variable]})), variable, "GATEHOUSE_SMTP_URL is not")
	}
}
