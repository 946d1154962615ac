package config

// Console is the app registration with which people sign in to the console, and
// who may use it. It is off without ConsoleClientID.
type Console struct {
	ConsoleClientID     string      `env:"GATEHOUSE_CONSOLE_CLIENT_ID"`
	ConsoleClientSecret FileSecret  `env:"GATEHOUSE_CONSOLE_CLIENT_SECRET"`
	ConsoleCertificate  Certificate `env:"GATEHOUSE_CONSOLE_CERTIFICATE"`

	// PlatformTenantID is the Entra tenant whose people can be operators.
	PlatformTenantID    string    `env:"GATEHOUSE_PLATFORM_TENANT_ID"`
	OperatorDatabaseURL Secret    `env:"GATEHOUSE_OPERATOR_DATABASE_URL"`
	Admission           Admission `env:"GATEHOUSE_ADMISSION" default:"approval"`
}

func (c Console) problems() Errors {
	var p Errors
	p.guid("GATEHOUSE_CONSOLE_CLIENT_ID", c.ConsoleClientID)
	p.guid("GATEHOUSE_PLATFORM_TENANT_ID", c.PlatformTenantID)
	p.postgres("GATEHOUSE_OPERATOR_DATABASE_URL", c.OperatorDatabaseURL)
	secret, certificate := !c.ConsoleClientSecret.IsZero(), !c.ConsoleCertificate.IsZero()
	switch on := c.ConsoleClientID != ""; {
	case on && !secret && !certificate:
		p.add("GATEHOUSE_CONSOLE_CLIENT_ID is set and nothing proves to be that app; set GATEHOUSE_CONSOLE_CERTIFICATE or GATEHOUSE_CONSOLE_CLIENT_SECRET")
	case secret && certificate:
		p.add("GATEHOUSE_CONSOLE_CLIENT_SECRET and GATEHOUSE_CONSOLE_CERTIFICATE are both set; keep one, better the certificate")
	case !on && secret:
		p.needs("GATEHOUSE_CONSOLE_CLIENT_SECRET", "GATEHOUSE_CONSOLE_CLIENT_ID")
	case !on && certificate:
		p.needs("GATEHOUSE_CONSOLE_CERTIFICATE", "GATEHOUSE_CONSOLE_CLIENT_ID")
	}
	if c.ConsoleClientID != "" && c.Admission == AdmitApproval && c.PlatformTenantID == "" {
		p.add("GATEHOUSE_ADMISSION is approval and GATEHOUSE_PLATFORM_TENANT_ID is not set, so nobody could approve; set it to the Entra tenant of your operators")
	}
	return p
}

// SharedApp is the multi-tenant app registration that organizations may use
// instead of one of their own. There is none without SharedAppClientID.
type SharedApp struct {
	SharedAppClientID     string        `env:"GATEHOUSE_SHARED_APP_CLIENT_ID"`
	SharedAppCredential   AppCredential `env:"GATEHOUSE_SHARED_APP_CREDENTIAL"`
	SharedAppClientSecret FileSecret    `env:"GATEHOUSE_SHARED_APP_CLIENT_SECRET"`
	SharedAppCertificate  Certificate   `env:"GATEHOUSE_SHARED_APP_CERTIFICATE"`

	// SharedAppIdentity is the client id of a user-assigned managed identity,
	// SharedAppTokenPath where Kubernetes projects a service account's token.
	SharedAppIdentity      string `env:"GATEHOUSE_SHARED_APP_IDENTITY"`
	SharedAppTokenPath     string `env:"GATEHOUSE_SHARED_APP_TOKEN_PATH"`
	SharedAppIdentifierURI string `env:"GATEHOUSE_SHARED_APP_IDENTIFIER_URI"`
}

func (c SharedApp) problems() Errors {
	var p Errors
	p.guid("GATEHOUSE_SHARED_APP_CLIENT_ID", c.SharedAppClientID)
	p.guid("GATEHOUSE_SHARED_APP_IDENTITY", c.SharedAppIdentity)
	p.identifier("GATEHOUSE_SHARED_APP_IDENTIFIER_URI", c.SharedAppIdentifierURI)
	proofs := []struct {
		kind AppCredential
		name string
		set  bool
	}{
		{ManagedIdentity, "GATEHOUSE_SHARED_APP_IDENTITY", c.SharedAppIdentity != ""},
		{WorkloadIdentity, "GATEHOUSE_SHARED_APP_TOKEN_PATH", c.SharedAppTokenPath != ""},
		{CertificateKind, "GATEHOUSE_SHARED_APP_CERTIFICATE", !c.SharedAppCertificate.IsZero()},
		{ClientSecretKind, "GATEHOUSE_SHARED_APP_CLIENT_SECRET", !c.SharedAppClientSecret.IsZero()},
	}
	if c.SharedAppClientID == "" {
		for _, proof := range proofs {
			if proof.set {
				p.needs(proof.name, "GATEHOUSE_SHARED_APP_CLIENT_ID")
			}
		}
		if c.SharedAppCredential != "" {
			p.needs("GATEHOUSE_SHARED_APP_CREDENTIAL", "GATEHOUSE_SHARED_APP_CLIENT_ID")
		}
		if c.SharedAppIdentifierURI != "" {
			p.needs("GATEHOUSE_SHARED_APP_IDENTIFIER_URI", "GATEHOUSE_SHARED_APP_CLIENT_ID")
		}
		return p
	}
	if c.SharedAppIdentifierURI == "" {
		p.add("GATEHOUSE_SHARED_APP_IDENTIFIER_URI is not set; set it to the identifier URI of the app GATEHOUSE_SHARED_APP_CLIENT_ID names")
	}
	if c.SharedAppCredential == "" {
		p.add("GATEHOUSE_SHARED_APP_CREDENTIAL is not set; use managed_identity, workload_identity, certificate or client_secret")
		return p
	}
	for _, proof := range proofs {
		if wanted := proof.kind == c.SharedAppCredential; wanted && !proof.set {
			p.add("GATEHOUSE_SHARED_APP_CREDENTIAL is %s and %s is not set; set it", proof.kind, proof.name)
		} else if !wanted && proof.set {
			p.add("%s is set and GATEHOUSE_SHARED_APP_CREDENTIAL is %s; unset one", proof.name, c.SharedAppCredential)
		}
	}
	return p
}
