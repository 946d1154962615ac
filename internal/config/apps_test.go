package config_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"sync"
	"testing"

	"gatehouse/internal/config"
)

const otherGUID = "bbbbcccc-0000-dddd-1111-eeee2222ffff"

// consoleOn is a configuration with a console, but for the proof of its app.
func consoleOn() map[string]string {
	return with(production(), map[string]string{"GATEHOUSE_CONSOLE_CLIENT_ID": guid, "GATEHOUSE_PLATFORM_TENANT_ID": guid})
}

// sharedApp is a configuration with a shared app, but for its proof.
func sharedApp(credential string) map[string]string {
	return with(production(), map[string]string{
		"GATEHOUSE_SHARED_APP_CLIENT_ID": guid, "GATEHOUSE_SHARED_APP_CREDENTIAL": credential, "GATEHOUSE_SHARED_APP_IDENTIFIER_URI": "api://" + guid,
	})
}

var rsaKeys = sync.OnceValue(func() []*rsa.PrivateKey {
	var keys []*rsa.PrivateKey
	for range 2 {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys = append(keys, key)
	}
	return keys
})

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// issued is a self-signed certificate in PEM.
func issued(t *testing.T, key crypto.Signer) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "console"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return block("CERTIFICATE", der)
}

func pkcs8(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return block("PRIVATE KEY", der)
}

// certificate is a usable one with its key.
func certificate(t *testing.T) string {
	t.Helper()
	return issued(t, rsaKeys()[0]) + pkcs8(t, rsaKeys()[0])
}

func TestCertificateIsReadWithItsChainAndKey(t *testing.T) {
	t.Parallel()
	key := rsaKeys()[0]
	leaf, other := issued(t, key), issued(t, rsaKeys()[1])
	for name, text := range map[string]string{
		"the key last":   leaf + other + pkcs8(t, key),
		"the key first":  pkcs8(t, key) + leaf + other,
		"the older form": leaf + block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)) + "\n" + other + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := with(consoleOn(), map[string]string{"GATEHOUSE_CONSOLE_CERTIFICATE_FILE": "/run/console.pem"})
			c, err := source(variables, map[string]string{"/run/console.pem": text}).API()
			if err != nil {
				t.Fatal(err)
			}
			if chain := c.ConsoleCertificate.Chain(); len(chain) != 2 || chain[0].PublicKey.(*rsa.PublicKey).N.Cmp(key.N) != 0 || !c.ConsoleCertificate.Reveal().Equal(key) {
				t.Errorf("%d certificates", len(chain))
			}
		})
	}
	if none := (config.Certificate{}); !none.IsZero() || none.Chain() != nil || none.Reveal() != nil {
		t.Error("the zero Certificate holds one")
	}
}

func TestUnusableCertificateIsRefused(t *testing.T) {
	t.Parallel()
	key, leaf := rsaKeys()[0], issued(t, rsaKeys()[0])
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct{ text, remedy string }{
		"no key":                {leaf, "exactly one private key"},
		"two keys":              {leaf + pkcs8(t, key) + pkcs8(t, key), "exactly one private key"},
		"a key only":            {pkcs8(t, key), "is not PEM"},
		"a key of another":      {leaf + pkcs8(t, rsaKeys()[1]), "does not belong"},
		"the chain first":       {issued(t, rsaKeys()[1]) + leaf + pkcs8(t, key), "put that certificate first"},
		"an elliptic curve":     {issued(t, curve) + pkcs8(t, curve), "RSA"},
		"a weak key":            {issued(t, small) + pkcs8(t, small), "2048"},
		"an encrypted key":      {leaf + block("ENCRYPTED PRIVATE KEY", []byte("x")), "not encrypted"},
		"no certificate inside": {block("CERTIFICATE", []byte("x")) + pkcs8(t, key), "no X.509 certificate"},
		"text after it":         {leaf + pkcs8(t, key) + "more", "is not PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOne(t, complaints(t, with(consoleOn(), map[string]string{"GATEHOUSE_CONSOLE_CERTIFICATE": row.text})), "GATEHOUSE_CONSOLE_CERTIFICATE", row.remedy)
		})
	}
}

func TestConsoleNeedsOneProofAndSomebodyWhoApproves(t *testing.T) {
	t.Parallel()
	wantOne(t, complaints(t, consoleOn()), "GATEHOUSE_CONSOLE_CLIENT_ID", "GATEHOUSE_CONSOLE_CERTIFICATE or")
	secret := map[string]string{"GATEHOUSE_CONSOLE_CLIENT_SECRET": "x"}
	if problems := complaints(t, with(consoleOn(), secret)); problems != nil {
		t.Error(problems)
	}
	wantOne(t, complaints(t, with(with(consoleOn(), secret), map[string]string{"GATEHOUSE_CONSOLE_CERTIFICATE": certificate(t)})), "both set")
	nobody := with(with(consoleOn(), secret), map[string]string{"GATEHOUSE_PLATFORM_TENANT_ID": ""})
	wantOne(t, complaints(t, nobody), "nobody could approve")
	if problems := complaints(t, with(nobody, map[string]string{"GATEHOUSE_ADMISSION": "open"})); problems != nil {
		t.Error(problems)
	}
}

func TestSharedAppNeedsExactlyTheProofItNames(t *testing.T) {
	t.Parallel()
	proofs := map[string][2]string{
		"managed_identity":  {"GATEHOUSE_SHARED_APP_IDENTITY", otherGUID},
		"workload_identity": {"GATEHOUSE_SHARED_APP_TOKEN_PATH", "/run/token"},
		"certificate":       {"GATEHOUSE_SHARED_APP_CERTIFICATE", certificate(t)},
		"client_secret":     {"GATEHOUSE_SHARED_APP_CLIENT_SECRET", "x"},
	}
	for kind, proof := range proofs {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			wantOne(t, complaints(t, sharedApp(kind)), kind, proof[0])
			good := with(sharedApp(kind), map[string]string{proof[0]: proof[1]})
			if problems := complaints(t, good); problems != nil {
				t.Error(problems)
			}
			for other, second := range proofs {
				if other != kind {
					wantOne(t, complaints(t, with(good, map[string]string{second[0]: second[1]})), second[0], "unset one")
				}
			}
			wantOne(t, complaints(t, with(good, map[string]string{"GATEHOUSE_SHARED_APP_CREDENTIAL": ""})), "GATEHOUSE_SHARED_APP_CREDENTIAL is not set")
			wantOne(t, complaints(t, with(good, map[string]string{"GATEHOUSE_SHARED_APP_IDENTIFIER_URI": ""})), "GATEHOUSE_SHARED_APP_IDENTIFIER_URI is not set")
			for _, bad := range []string{"gatehouse", "api://", "api://x/", "http://x.example", "https://x.example?a=b"} {
				wantOne(t, complaints(t, with(good, map[string]string{"GATEHOUSE_SHARED_APP_IDENTIFIER_URI": bad})), "GATEHOUSE_SHARED_APP_IDENTIFIER_URI", "api://")
			}
		})
	}
}

func TestConsoleAndToolsAreDifferentApps(t *testing.T) {
	t.Parallel()
	both := with(with(consoleOn(), sharedApp("client_secret")), map[string]string{"GATEHOUSE_CONSOLE_CLIENT_SECRET": "x", "GATEHOUSE_SHARED_APP_CLIENT_SECRET": "y"})
	wantOne(t, complaints(t, both), "name one app")
	both["GATEHOUSE_SHARED_APP_CLIENT_ID"] = otherGUID
	c, err := source(both, nil).API()
	if err != nil || c.ConsoleClientID != guid || c.SharedAppClientID != otherGUID || c.Admission != config.AdmitApproval || c.SharedAppCredential != config.ClientSecretKind {
		t.Errorf("%+v %v", c, err)
	}
}
