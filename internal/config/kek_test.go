package config_test

import (
	"strings"
	"testing"

	"gatehouse/internal/config"
)

const otherKEK = "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func TestKeyOfAVaultNeedsNoSwitchInProduction(t *testing.T) {
	t.Parallel()
	variables := with(production(), map[string]string{
		"GATEHOUSE_KEK": "", "GATEHOUSE_ALLOW_LOCAL_KEK": "", "GATEHOUSE_KEK_VAULT_KEY": vaultKey,
		"GATEHOUSE_KEK_VAULT_CREDENTIAL": "workload_identity", "GATEHOUSE_KEK_VAULT_IDENTITY": guid, "GATEHOUSE_KEK_PREVIOUS": kek,
	})
	c, err := source(variables, nil).API()
	if err != nil {
		t.Fatal(err)
	}
	if c.KEKVaultKey.String() != vaultKey || !c.KEK.IsZero() || len(c.KEKPrevious.Local()) != 1 || c.KEKVaultCredential != config.WorkloadIdentity || c.KEKVaultIdentity != guid {
		t.Errorf("configuration = %+v", c)
	}
}

func TestPreviousKeysComeAsAListOrAFile(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]string{
		"commas": kek + ", " + vaultKey + "," + otherKEK, "lines": kek + "\n" + vaultKey + "\r\n" + otherKEK + "\n", "both": kek + ",\n" + otherKEK + "\n" + vaultKey,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := with(production(), map[string]string{"GATEHOUSE_KEK_PREVIOUS_FILE": "/run/previous"})
			c, err := source(variables, map[string]string{"/run/previous": list}).API()
			if err != nil {
				t.Fatal(err)
			}
			local, vault := c.KEKPrevious.Local(), c.KEKPrevious.Vault()
			if len(local) != 2 || local[0].Reveal()[0] != 0 || local[1].Reveal()[0] != 1 || len(vault) != 1 || vault[0].String() != vaultKey {
				t.Errorf("%d keys and %v", len(local), vault)
			}
		})
	}
}

func TestExactlyOneKeyEncryptionKeyIsCurrent(t *testing.T) {
	t.Parallel()
	wantOne(t, complaints(t, with(production(), map[string]string{"GATEHOUSE_KEK": ""})), "GATEHOUSE_KEK is not set", "GATEHOUSE_KEK_VAULT_KEY")
	wantOne(t, complaints(t, with(production(), map[string]string{"GATEHOUSE_KEK_VAULT_KEY": vaultKey})), "both set", "GATEHOUSE_KEK_PREVIOUS")
}

func TestVaultIsOneOfThePlatformsCloud(t *testing.T) {
	t.Parallel()
	china := with(production(), map[string]string{
		"GATEHOUSE_KEK": "", "GATEHOUSE_ALLOW_LOCAL_KEK": "", "GATEHOUSE_KEK_VAULT_KEY": strings.Replace(vaultKey, ".net", ".cn", 1),
	})
	wantOne(t, complaints(t, china), "GATEHOUSE_KEK_VAULT_KEY", "GATEHOUSE_CLOUD is public")
	china["GATEHOUSE_CLOUD"] = "china"
	if problems := complaints(t, china); problems != nil {
		t.Error(problems)
	}
	wantOne(t, complaints(t, with(china, map[string]string{"GATEHOUSE_KEK_VAULT_KEY": "https://contoso.example/keys/kek"})), "GATEHOUSE_KEK_VAULT_KEY", "Azure Key Vault")
}
