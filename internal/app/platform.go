package app

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"gatehouse/internal/config"
	"gatehouse/internal/entra"
	"gatehouse/internal/telemetry"
	"gatehouse/internal/tenants"
)

// identities makes what the platform proves itself with, from configuration.
type identities struct {
	app       config.SharedApp
	now       func() time.Time
	tracer    trace.Tracer
	logger    *slog.Logger
	authority entra.Authority // of the platform's own cloud
}

// shared is the credential of the shared app; nil without such an app.
func (i identities) shared() (entra.Credential, error) {
	c := i.app
	switch {
	case c.SharedAppClientID == "":
		return nil, nil //nolint:nilnil // a platform without a shared app has no credential for it
	case c.SharedAppCredential == config.ManagedIdentity:
		return i.managed(c)
	case c.SharedAppCredential == config.WorkloadIdentity:
		credential, err := entra.WorkloadIdentityCredential(c.SharedAppTokenPath)
		return credential, about("GATEHOUSE_SHARED_APP_TOKEN_PATH", err)
	case c.SharedAppCredential == config.CertificateKind:
		return i.certificate("GATEHOUSE_SHARED_APP_CERTIFICATE", c.SharedAppCertificate)
	default:
		return i.secret("GATEHOUSE_SHARED_APP_CLIENT_SECRET", c.SharedAppClientSecret)
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
func (i identities) console(c config.Console) (entra.Credential, error) {
	if !c.ConsoleCertificate.IsZero() {
		return i.certificate("GATEHOUSE_CONSOLE_CERTIFICATE", c.ConsoleCertificate)
	}
	return i.secret("GATEHOUSE_CONSOLE_CLIENT_SECRET", c.ConsoleClientSecret)
}

// certificate proves with what the variable, or its file, holds.
func (i identities) certificate(variable string, c config.Certificate) (entra.Credential, error) {
	return i.reloading(variable, func() (entra.Credential, error) {
		now, err := c.Again()
		if err != nil {
			return nil, err
		}
		return i.proving(now)
	})
}

func (i identities) secret(variable string, s config.FileSecret) (entra.Credential, error) {
	return i.reloading(variable, func() (entra.Credential, error) {
		now, err := s.Again()
		if err != nil {
			return nil, err
		}
		return entra.SecretCredential(entra.NewSecret(now.Reveal()))
	})
}

// reloading looks into the variable's file again from time to time.
func (i identities) reloading(variable string, again func() (entra.Credential, error)) (entra.Credential, error) {
	credential, err := entra.ReloadingCredential(entra.Reload{Again: again, Now: i.now, Failed: func(ctx context.Context, cause error) {
		i.logger.LogAttrs(ctx, slog.LevelError, "credential cannot be read again; the last one goes on being used",
			slog.String("variable", variable), telemetry.Err(cause))
	}})
	return credential, about(variable, err)
}

func (i identities) proving(c config.Certificate) (entra.Credential, error) {
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
	return entra.CertificateCredential(parsed, i.now, entra.WithoutChain), nil
}
