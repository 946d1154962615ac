// Package vaultkey reads the URLs that name keys of Azure Key Vault and of
// Managed HSM.
//
// The hosts of the three Microsoft clouds are compiled in, so that no setting and
// no stored row can send a key to another host. It never connects to anything.
// Configuration checks a URL with it; package secrets asks what it names.
package vaultkey

import (
	"errors"
	"regexp"
	"strings"
)

// Key names a key, in one version or in whichever is current. The zero Key names
// none. Keys are comparable; Same disregards versions.
type Key struct{ host, name, version string }

// service is one DNS suffix of vaults: Microsoft, "Azure Key Vault keys, secrets,
// and certificates overview", DNS suffixes for object identifiers.
type service struct{ suffix, cloud string }

var services = []service{
	{suffix: ".vault.azure.net", cloud: "public"},
	{suffix: ".vault.usgovcloudapi.net", cloud: "usgov"},
	{suffix: ".vault.azure.cn", cloud: "china"},
	{suffix: ".managedhsm.azure.net", cloud: "public"},
	{suffix: ".managedhsm.usgovcloudapi.net", cloud: "usgov"},
	{suffix: ".managedhsm.azure.cn", cloud: "china"},
}

// Names as the same page gives them: a vault's is 3 to 24 letters, digits and
// hyphens, a key's 1 to 127, a version 32 hexadecimal digits.
var spelling = regexp.MustCompile(`^https://([a-z][a-z0-9-]{1,22}[a-z0-9])(\.[a-z.]+)/keys/([0-9A-Za-z-]{1,127})(?:/([0-9a-f]{32}))?$`)

// errSpelling never repeats what was given: it may be a key pasted into the
// wrong variable.
var errSpelling = errors.New("is not the URL of a key of Azure Key Vault or Managed HSM; give https://{vault}.vault.azure.net/keys/{name}, " +
	"with the suffix of your cloud, and a version only to pin it")

// Parse reads a key's URL: https, a vault's host in one of the three clouds, the
// key's name and optionally its version. Its errors complete a sentence that
// begins with the name of what held the URL.
func Parse(raw string) (Key, error) {
	parts := spelling.FindStringSubmatch(raw)
	if parts == nil {
		return Key{}, errSpelling
	}
	k := Key{host: parts[1] + parts[2], name: parts[3], version: parts[4]}
	if k.service() == (service{}) || strings.TrimSuffix(k.host, k.service().suffix) != parts[1] {
		return Key{}, errSpelling
	}
	return k, nil
}

func (k Key) service() service {
	for _, s := range services {
		if strings.HasSuffix(k.host, s.suffix) {
			return s
		}
	}
	return service{}
}

// IsZero reports whether the Key names none.
func (k Key) IsZero() bool { return k == Key{} }

// Vault is the vault's origin.
func (k Key) Vault() string { return "https://" + k.host }

// Name is the key's name in its vault.
func (k Key) Name() string { return k.name }

// Version is the version; empty stands for whichever is current.
func (k Key) Version() string { return k.version }

// Cloud is the Microsoft cloud the vault is in: public, usgov or china.
func (k Key) Cloud() string { return k.service().cloud }

// Same reports whether both name the same key of the same vault, in whichever
// versions. Key Vault disregards the case of names.
func (k Key) Same(other Key) bool {
	return k.host == other.host && strings.EqualFold(k.name, other.name)
}

// String is the URL.
func (k Key) String() string {
	if k.IsZero() {
		return ""
	}
	url := k.Vault() + "/keys/" + k.name
	if k.version != "" {
		url += "/" + k.version
	}
	return url
}
