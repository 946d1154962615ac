package vaultkey_test

import (
	"strings"
	"testing"

	"gatehouse/internal/secrets/vaultkey"
)

const version = "0123456789abcdef0123456789abcdef"

func TestKeyOfEachCloudIsRead(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://contoso.vault.azure.net/keys/kek":                "public",
		"https://contoso.vault.usgovcloudapi.net/keys/kek":        "usgov",
		"https://contoso.vault.azure.cn/keys/kek":                 "china",
		"https://contoso-1.managedhsm.azure.net/keys/kek":         "public",
		"https://contoso.managedhsm.usgovcloudapi.net/keys/kek":   "usgov",
		"https://contoso.managedhsm.azure.cn/keys/K-1/" + version: "china",
	} {
		k, err := vaultkey.Parse(url)
		if err != nil || k.Cloud() != want || k.String() != url || k.Vault()+"/keys/"+k.Name() != strings.TrimSuffix(url, "/"+version) {
			t.Errorf("%s: %v %s %v", url, k, k.Cloud(), err)
		}
	}
}

func TestOtherURLsAreRefusedAndNotRepeated(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "contoso.vault.azure.net/keys/kek", "http://contoso.vault.azure.net/keys/kek", "https://vault.azure.net/keys/kek",
		"https://contoso.vault.azure.net.evil.example/keys/kek", "https://evil.example/keys/kek", "https://a.contoso.vault.azure.net/keys/kek",
		"https://contoso.vault.azure.net:443/keys/kek", "https://x@contoso.vault.azure.net/keys/kek", "https://Contoso.vault.azure.net/keys/kek",
		"https://contoso.vault.azure.net/keys/kek/", "https://contoso.vault.azure.net/keys/kek/latest", "https://contoso.vault.azure.net/keys/kek?x=1",
		"https://contoso.vault.azure.net/secrets/kek", "https://contoso.vault.azure.net/keys/../kek", "https://contoso.vault.azure.net/keys/kek/" + version + "/x",
		"https://contoso.vault.azure.net/keys/", "https://contoso.vault.azure.net/keys/kek\n", "https://contosovault.azure.net/keys/kek",
		"https://contoso.vault.microsoftazure.de/keys/kek", "https://co-.vault.azure.net/keys/kek",
	} {
		if k, err := vaultkey.Parse(url); err == nil || url != "" && strings.Contains(err.Error(), url) {
			t.Errorf("%q: %v %v", url, k, err)
		}
	}
}

func TestVersionsOfOneKeyAreTheSameKey(t *testing.T) {
	t.Parallel()
	parse := func(url string) vaultkey.Key {
		k, err := vaultkey.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	k := parse("https://contoso.vault.azure.net/keys/kek")
	if !k.Same(parse("https://contoso.vault.azure.net/keys/KEK/" + version)) {
		t.Error("a version of the key is another key")
	}
	for _, other := range []string{"https://fabrikam.vault.azure.net/keys/kek", "https://contoso.vault.azure.net/keys/kek2", "https://contoso.vault.azure.cn/keys/kek"} {
		if k.Same(parse(other)) {
			t.Errorf("%s is the same", other)
		}
	}
	if (vaultkey.Key{}).String() != "" || !(vaultkey.Key{}).IsZero() || (vaultkey.Key{}).Cloud() != "" {
		t.Error("the zero key names something")
	}
}
