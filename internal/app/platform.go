package app

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"

	"go.opentelemetry.io/otel/trace"

	"gatehouse/internal/config"
	"gatehouse/internal/entra"
	"gatehouse/internal/tenants"
)

// identities makes what the platform proves itself with, from configuration.
type identities struct {
	options   Options
	tracer    trace.Tracer
	authority entra.Authority // of the platform's own cloud
}

// shared is the credential of the shared app; nil without such an app.
func (i identities) shared() (entra.Credential, error) {
	c := i.options.Config.SharedApp
	switch {
	case c.SharedAppClientID == "":
		return nil, nil //nolint:nilnil // a platform without a shared app has no credential for it
	case c.SharedAppCredential == config.ManagedIdentity:
		return i.managed(c)
	case c.SharedAppCredential == config.WorkloadIdentity:
		credential, err := entra.WorkloadIdentityCredential(c.SharedAppTokenPath)
		return credential, about("GATEHOUSE_SHARED_APP_TOKEN_PATH", err)
	case c.SharedAppCredential == config.CertificateKind:
		credential, err := i.certificate(c.SharedAppCertificate)
		return credential, about("GATEHOUSE_SHARED_APP_CERTIFICATE", err)
	default:
		credential, err := entra.SecretCredential(entra.NewSecret(c.SharedAppClientSecret.Reveal()))
		return credential, about("GATEHOUSE_SHARED_APP_CLIENT_SECRET", err)
	}
}

func (i identities) managed(c config.SharedApp) (entra.Credential, error) {
	id, err := tenants.ParseGUID(c.SharedAppIdentity)
	if err != nil {
		return nil, about("GATEHOUSE_SHARED_APP_IDENTITY", err)
	}
	machine, err := newIdentityEgress(i.tracer)
	if err != nil {
		return nil, err
	}
	credential, err := entra.ManagedIdentityCredential(id, i.authority, machine)
	return credential, about("GATEHOUSE_SHARED_APP_IDENTITY", err)
}

// console is the credential of the registration that people sign in with.
func (i identities) console() (entra.Credential, error) {
	c := i.options.Config.Console
	if !c.ConsoleCertificate.IsZero() {
		credential, err := i.certificate(c.ConsoleCertificate)
		return credential, about("GATEHOUSE_CONSOLE_CERTIFICATE", err)
	}
	credential, err := entra.SecretCredential(entra.NewSecret(c.ConsoleClientSecret.Reveal()))
	return credential, about("GATEHOUSE_CONSOLE_CLIENT_SECRET", err)
}

func (i identities) certificate(c config.Certificate) (entra.Credential, error) {
	key, err := x509.MarshalPKCS8PrivateKey(c.Reveal())
	if err != nil {
		return nil, err
	}
	var bundle bytes.Buffer
	for _, cert := range c.Chain() {
		_ = pem.Encode(&bundle, &pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}) // a buffer takes everything
	}
	_ = pem.Encode(&bundle, &pem.Block{Type: "PRIVATE KEY", Bytes: key})
	parsed, err := entra.ParseCertificate(bundle.Bytes())
	if err != nil {
		return nil, err
	}
	return entra.CertificateCredential(parsed, i.options.Now, entra.WithoutChain), nil
}
