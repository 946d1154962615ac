package main

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"gatehouse/internal/config"
	"gatehouse/internal/egress"
	"gatehouse/internal/entra"
	"gatehouse/internal/manage"
	"gatehouse/internal/tenants"
)

// organization is the flags that say which organization of which deployment.
type organization struct{ url, org string }

func (o *organization) register(set *flag.FlagSet) {
	set.StringVar(&o.url, "url", "", "origin of the deployment: https://gatehouse.example (GATEHOUSE_URL)")
	set.StringVar(&o.org, "org", "", "the organization's name in URLs")
}

// client returns a client of the management API for the organization.
func (o *organization) client(p process) (*manage.Client, error) {
	c, err := p.source.Manage()
	if err != nil {
		return nil, err
	}
	base, err := o.base(c)
	if err != nil {
		return nil, err
	}
	if o.org == "" {
		return nil, errors.New("no organization is named; give --org and its name in URLs, such as --org contoso")
	}
	slug, err := tenants.ParseSlug(o.org)
	if err != nil {
		return nil, fmt.Errorf("--org: %w", err)
	}
	out, err := egress.New(egress.Options{
		Loopback: loopbackFor(base), Timeout: 30 * time.Second, MaxResponseBytes: 16 << 20,
		Tracer: noop.NewTracerProvider().Tracer("gatehouse"), Trust: c.ExtraCA,
	})
	if err != nil {
		return nil, err
	}
	client := &manage.Client{Base: base, Org: slug, HTTP: out}
	client.Tokens, err = tokens(c, client)
	return client, err
}

// base returns the deployment's origin, of the flag or of the environment, by
// the rules of the variable.
func (o *organization) base(c config.Manage) (url.URL, error) {
	if o.url == "" {
		if c.URL == (url.URL{}) {
			return url.URL{}, errors.New("no deployment is named; give --url https://gatehouse.example or set GATEHOUSE_URL")
		}
		return c.URL, nil
	}
	given, err := config.Source{Environ: []string{"GATEHOUSE_URL=" + o.url}}.Manage()
	if err != nil {
		return url.URL{}, fmt.Errorf("--url: %w", err)
	}
	return given.URL, nil
}

// loopbackFor lets a deployment on this machine be reached, and this machine by
// no other.
func loopbackFor(base url.URL) egress.Loopback {
	ip, err := netip.ParseAddr(base.Hostname())
	if base.Hostname() == "localhost" || err == nil && ip.IsLoopback() {
		return egress.AllowLoopback
	}
	return egress.RefuseLoopback
}

// tokens returns how to sign in.
func tokens(c config.Manage, client *manage.Client) (manage.Tokens, error) {
	if c.Session != "" {
		return manage.Session(c.Session.Reveal()), nil
	}
	if c.Token != "" {
		return manage.BearerToken(c.Token.Reveal()), nil
	}
	if c.ClientID == "" {
		return nil, errors.New("nothing to sign in with; set GATEHOUSE_TOKEN, GATEHOUSE_SESSION, or GATEHOUSE_TENANT_ID, GATEHOUSE_CLIENT_ID and GATEHOUSE_CLIENT_SECRET")
	}
	tid, err := tenants.ParseTID(c.TenantID)
	if err != nil {
		return nil, fmt.Errorf("GATEHOUSE_TENANT_ID: %w", err)
	}
	id, err := tenants.ParseGUID(c.ClientID)
	if err != nil {
		return nil, fmt.Errorf("GATEHOUSE_CLIENT_ID: %w", err)
	}
	authorities, err := authorities(c.EntraURL)
	return &manage.Automation{
		TID: tid, ClientID: id, Secret: c.ClientSecret.Reveal(), Authorities: authorities, Base: client.Base, Org: client.Org, HTTP: client.HTTP,
	}, err
}

// authorities are Microsoft's clouds, or the one emulator.
func authorities(emulator url.URL) ([]entra.Authority, error) {
	if emulator == (url.URL{}) {
		return []entra.Authority{entra.AuthorityOf(tenants.PublicCloud), entra.AuthorityOf(tenants.USGovCloud), entra.AuthorityOf(tenants.ChinaCloud)}, nil
	}
	only, err := entra.LoopbackAuthority(emulator.String(), emulator.String())
	return []entra.Authority{only}, err
}
