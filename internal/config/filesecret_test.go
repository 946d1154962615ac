package config_test

import (
	"testing"

	"gatehouse/internal/config"
)

func TestWhatProvesAnAppIsReadAgainFromItsFile(t *testing.T) {
	t.Parallel()
	files := map[string]string{"/run/secret": "first\n", "/run/certificate": issued(t, rsaKeys()[0]) + pkcs8(t, rsaKeys()[0])}
	c, err := source(with(consoleOn(), map[string]string{
		"GATEHOUSE_CONSOLE_CLIENT_SECRET_FILE": "/run/secret", "GATEHOUSE_SHARED_APP_CLIENT_ID": otherGUID, "GATEHOUSE_SHARED_APP_CREDENTIAL": "certificate",
		"GATEHOUSE_SHARED_APP_CERTIFICATE_FILE": "/run/certificate", "GATEHOUSE_SHARED_APP_IDENTIFIER_URI": "api://x",
	}), files).API()
	if err != nil {
		t.Fatal(err)
	}
	files["/run/secret"], files["/run/certificate"] = "second\r\n", issued(t, rsaKeys()[1])+pkcs8(t, rsaKeys()[1])
	secret, err := c.ConsoleClientSecret.Again()
	if err != nil || secret.Reveal() != "second" || c.ConsoleClientSecret.Reveal() != "first" {
		t.Errorf("%v", err)
	}
	certificate, err := c.SharedAppCertificate.Again()
	if err != nil || !certificate.Reveal().Equal(rsaKeys()[1]) || !c.SharedAppCertificate.Reveal().Equal(rsaKeys()[0]) {
		t.Errorf("%v", err)
	}
	files["/run/secret"], files["/run/certificate"] = "\n", "half written"
	if _, err := secret.Again(); err == nil {
		t.Error("an empty file is a secret")
	}
	if _, err := certificate.Again(); err == nil {
		t.Error("what is no certificate is one")
	}
	delete(files, "/run/secret")
	delete(files, "/run/certificate")
	if _, err := secret.Again(); err == nil {
		t.Error("a file that is gone holds a secret")
	}
	if _, err := certificate.Again(); err == nil {
		t.Error("a file that is gone holds a certificate")
	}
}

func TestWhatNoFileHoldsStaysAsItIs(t *testing.T) {
	t.Parallel()
	c, err := source(with(consoleOn(), map[string]string{"GATEHOUSE_CONSOLE_CLIENT_SECRET": "first"}), nil).API()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.ConsoleClientSecret.Again(); err != nil || got.Reveal() != "first" {
		t.Error(err)
	}
	if got, err := (config.FileSecret{}).Again(); err != nil || !got.IsZero() || got.Reveal() != "" {
		t.Error(err)
	}
	if got, err := (config.Certificate{}).Again(); err != nil || !got.IsZero() {
		t.Error(err)
	}
}
