package config

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/secrets/vaultkey"
)

// set parses text into the field that target points to. Its errors complete a
// sentence that begins with the variable's name.
func set(target any, text string) error {
	switch field := target.(type) {
	case *Environment:
		return assign(field, text, parseEnvironment)
	case *Secret:
		*field = Secret(text)
		return nil
	case *FileSecret:
		*field = FileSecret{&fileSecret{text: text}}
		return nil
	case *Key:
		return assign(field, text, parseKey)
	case *PreviousKEKs:
		return assign(field, text, parsePrevious)
	case *vaultkey.Key:
		return assign(field, text, vaultkey.Parse)
	case *Certificate:
		return assign(field, text, parseCertificate)
	case *Cloud:
		return choose(field, text, PublicCloud, USGovCloud, ChinaCloud)
	case *Admission:
		return choose(field, text, AdmitOpen, AdmitInvitation, AdmitApproval)
	case *PlatformSinkKind:
		return choose(field, text, PlatformWebhook, PlatformStorage)
	case *AppCredential:
		return choose(field, text, ManagedIdentity, WorkloadIdentity, CertificateKind, ClientSecretKind)
	case *string:
		*field = text
		return nil
	case *[]string:
		*field = parseList(text)
		return nil
	case *Quota:
		return assign(field, text, parseQuota)
	case *[]netip.Prefix:
		return assign(field, text, parsePrefixes)
	case *[]*x509.Certificate:
		return assign(field, text, parseCertificates)
	case *mail.Address:
		return assign(field, text, parseMailbox)
	case *url.URL:
		return assign(field, text, parseURL)
	case *bool:
		return assign(field, text, parseBool)
	case *int64:
		return assign(field, text, parseInt)
	case *float64:
		return assign(field, text, parseFloat)
	case *time.Duration:
		return assign(field, text, parseDuration)
	case *slog.Level:
		return assign(field, text, parseLevel)
	default:
		return fmt.Errorf("has the type %T, which this package does not read", target)
	}
}

func assign[T any](field *T, text string, parse func(string) (T, error)) error {
	value, err := parse(text)
	if err != nil {
		return err
	}
	*field = value
	return nil
}

// parseKey never repeats what it was given: it is, or nearly is, a key.
func parseKey(s string) (Key, error) {
	decoded, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(decoded) != 32 {
		return Key{}, errors.New("is not 32 bytes in base64; make one with: openssl rand -base64 32")
	}
	bytes := [32]byte(decoded)
	if bytes == [32]byte{} {
		return Key{}, errors.New("is all zero; make a random one with: openssl rand -base64 32")
	}
	return Key{&bytes}, nil
}

func parseCertificates(s string) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for rest := []byte(s); strings.TrimSpace(string(rest)) != ""; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, errors.New("is not certificates in PEM; give what lies between BEGIN CERTIFICATE and END CERTIFICATE, these lines included")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds no X.509 certificate: %w", err)
		}
		all = append(all, certificate)
	}
	return all, nil
}

// parseURL does not repeat a URL either: it may carry a password.
func parseURL(s string) (url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return url.URL{}, errors.New("is not a URL; give one such as https://gatehouse.example")
	}
	return *u, nil
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, fmt.Errorf("is %q; use true or false", s)
	}
}

func parseInt(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("is %q; give a whole number", s)
	}
	return n, nil
}

func parseFloat(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("is %q; give a number such as 0.01", s)
	}
	return f, nil
}

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("is %q; give a duration with its unit, such as 5s or 1m30s", s)
	}
	return d, nil
}

func parseLevel(s string) (slog.Level, error) {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	level, ok := levels[s]
	if !ok {
		return 0, fmt.Errorf("is %q; use debug, info, warn or error", s)
	}
	return level, nil
}

func parseList(s string) []string {
	var list []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}
