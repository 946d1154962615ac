package secrets_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"gatehouse/internal/egress"
	"gatehouse/internal/fault"
	"gatehouse/internal/secrets"
	"gatehouse/internal/secrets/vaultkey"
	"gatehouse/internal/tenants"
)

const (
	vaultHost  = "contoso.vault.azure.net"
	vaultURL   = "https://" + vaultHost + "/keys/kek"
	vaultToken = "a token for the vault"
	homeTenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
)

// keyVault is one key of an Azure Key Vault: versions, the challenge, and the
// errors the real one answers with.
type keyVault struct {
	mu       sync.Mutex
	kind     string // of the next version
	versions []vaultVersion
	asked    []string // operations, in order

	forbidden bool
	disabled  bool
	deleted   bool
	throttled int    // answers to come that say 429
	answering string // the host its answers name; empty: its own
}

type vaultVersion struct {
	id  string
	rsa *rsa.PrivateKey
	aes []byte
}

func newKeyVault(t *testing.T, kind string) *keyVault {
	t.Helper()
	v := &keyVault{kind: kind}
	v.rotate(t)
	return v
}

// rotate makes a new current version.
func (v *keyVault) rotate(t *testing.T) {
	t.Helper()
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	next := vaultVersion{id: hex.EncodeToString(id), aes: make([]byte, 32)}
	_, _ = rand.Read(next.aes)
	if strings.HasPrefix(v.kind, "RSA") {
		var err error
		if next.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.versions = append(v.versions, next)
}

// Do implements secrets.Doer: the network between this process and the vault.
func (v *keyVault) Do(_ context.Context, req *http.Request) (*egress.Response, error) {
	if req.URL.Scheme != "https" || !strings.Contains(req.URL.Host, ".vault.azure.") {
		return nil, fault.New(fault.Upstream, req.URL.Host+" could not be reached")
	}
	recorder := httptest.NewRecorder()
	v.serve(recorder, req)
	return &egress.Response{Status: recorder.Code, Header: recorder.Header(), Body: recorder.Body.Bytes()}, nil
}

func refuseVault(w http.ResponseWriter, status int, code, message, inner string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	refusal := map[string]any{"code": code, "message": message}
	if inner != "" {
		refusal["innererror"] = map[string]any{"code": inner}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"error": refusal})
}

func (v *keyVault) serve(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r.Header.Get("Authorization") == "" {
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/`+homeTenant+`", resource="https://vault.azure.net"`)
		refuseVault(w, http.StatusUnauthorized, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.", "")
		return
	}
	parts := strings.FieldsFunc(r.URL.Path, func(c rune) bool { return c == '/' })
	verb := "get"
	if r.Method == http.MethodPost {
		verb, parts = parts[len(parts)-1], parts[:len(parts)-1]
	}
	v.asked = append(v.asked, verb)
	switch {
	case r.Header.Get("Authorization") != "Bearer "+vaultToken:
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/`+homeTenant+`", resource="https://vault.azure.net"`)
		refuseVault(w, http.StatusUnauthorized, "Unauthorized", "AKV10022: Invalid audience.", "")
	case v.throttled > 0:
		v.throttled--
		w.Header().Set("Retry-After", "7")
		refuseVault(w, http.StatusTooManyRequests, "Throttled", "Request was not processed because too many requests were received.", "")
	case v.forbidden:
		refuseVault(w, http.StatusForbidden, "Forbidden", "Caller is not authorized to perform action on resource.", "ForbiddenByRbac")
	case r.URL.Query().Get("api-version") == "":
		refuseVault(w, http.StatusBadRequest, "BadParameter", "api-version must be specified", "")
	case v.disabled && verb != "get":
		refuseVault(w, http.StatusForbidden, "Forbidden", "Operation "+verb+" is not allowed on a disabled key.", "KeyDisabled")
	default:
		v.answer(w, r, verb, parts)
	}
}

func (v *keyVault) answer(w http.ResponseWriter, r *http.Request, verb string, parts []string) {
	at := len(v.versions) - 1
	if len(parts) == 3 {
		for at = len(v.versions) - 1; at >= 0 && v.versions[at].id != parts[2]; at-- {
		}
	}
	if v.deleted || len(parts) < 2 || parts[0] != "keys" || parts[1] != "kek" || at < 0 {
		refuseVault(w, http.StatusNotFound, "KeyNotFound", "A key with (name/id) "+parts[1]+" was not found in this key vault.", "")
		return
	}
	host := vaultHost
	if v.answering != "" {
		host = v.answering
	}
	version := v.versions[at]
	id := "https://" + host + "/keys/kek/" + version.id
	if verb == "get" {
		key := map[string]any{"kid": id, "kty": v.kind, "key_ops": []string{"wrapKey", "unwrapKey"}}
		if version.rsa != nil {
			key["n"] = base64.RawURLEncoding.EncodeToString(version.rsa.N.Bytes())
			key["e"] = base64.RawURLEncoding.EncodeToString(big.NewInt(int64(version.rsa.E)).Bytes())
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"key": key, "attributes": map[string]any{"enabled": !v.disabled}})
		return
	}
	var body struct{ Alg, Value string }
	value, err := []byte(nil), json.NewDecoder(r.Body).Decode(&body)
	if err == nil {
		value, err = base64.RawURLEncoding.DecodeString(body.Value)
	}
	var result []byte
	if err == nil {
		result, err = version.operate(verb, body.Alg, value)
	}
	if err != nil {
		refuseVault(w, http.StatusBadRequest, "BadParameter", err.Error(), "")
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"kid": id, "value": base64.RawURLEncoding.EncodeToString(result)})
}

func (k vaultVersion) operate(verb, alg string, value []byte) ([]byte, error) {
	switch {
	case alg == "RSA-OAEP-256" && k.rsa != nil && verb == "wrapkey":
		return rsa.EncryptOAEP(sha256.New(), rand.Reader, &k.rsa.PublicKey, value, nil)
	case alg == "RSA-OAEP-256" && k.rsa != nil && verb == "unwrapkey":
		return rsa.DecryptOAEP(sha256.New(), nil, k.rsa, value, nil)
	case alg == "A256KW" && k.rsa == nil && verb == "wrapkey":
		return wrapAES(k.aes, value)
	case alg == "A256KW" && k.rsa == nil && verb == "unwrapkey":
		return unwrapAES(k.aes, value)
	}
	return nil, errors.New("Property  has invalid value: key and algorithm do not fit")
}

// wrapAES and unwrapAES are AES Key Wrap (RFC 3394 §2.2).
func wrapAES(key, value []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(value)%8 != 0 {
		return nil, errors.New("cannot wrap")
	}
	out := append(bytes.Repeat([]byte{0xa6}, 8), value...)
	n := len(value) / 8
	for step := uint64(1); step <= uint64(6*n); step++ {
		at := int((step-1)%uint64(n))*8 + 8
		b := append(bytes.Clone(out[:8]), out[at:at+8]...)
		block.Encrypt(b, b)
		binary.BigEndian.PutUint64(out, binary.BigEndian.Uint64(b)^step)
		copy(out[at:], b[8:])
	}
	return out, nil
}

func unwrapAES(key, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(wrapped)%8 != 0 || len(wrapped) < 24 {
		return nil, errors.New("cannot unwrap")
	}
	out := bytes.Clone(wrapped)
	n := len(wrapped)/8 - 1
	for step := uint64(6 * n); step > 0; step-- {
		at := int((step-1)%uint64(n))*8 + 8
		b := binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(out)^step)
		b = append(b, out[at:at+8]...)
		block.Decrypt(b, b)
		copy(out, b[:8])
		copy(out[at:], b[8:])
	}
	if !bytes.Equal(out[:8], bytes.Repeat([]byte{0xa6}, 8)) {
		return nil, errors.New("integrity check failed")
	}
	return out[8:], nil
}

// vaultCredential hands out the vault's token for the vault's scope and tenant.
type vaultCredential struct{ refuse error }

func (c vaultCredential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token := vaultToken
	if len(o.Scopes) != 1 || o.Scopes[0] != "https://vault.azure.net/.default" || o.TenantID != homeTenant {
		token = "a token for somebody else"
	}
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, c.refuse
}

func parseKey(t *testing.T, url string) vaultkey.Key {
	t.Helper()
	k, err := vaultkey.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func vaultOptions(t *testing.T, v *keyVault) secrets.VaultOptions {
	t.Helper()
	return secrets.VaultOptions{Key: parseKey(t, vaultURL), Doer: v, Credential: vaultCredential{}}
}

func openVault(t *testing.T, v *keyVault) *secrets.VaultKEK {
	t.Helper()
	kek, err := secrets.OpenVaultKEK(t.Context(), vaultOptions(t, v))
	if err != nil {
		t.Fatal(err)
	}
	return kek
}

func TestVaultOpensWhatAnotherReplicaWrapped(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"RSA", "RSA-HSM", "oct-HSM"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			v := newKeyVault(t, kind)
			org, wrapped, key := newKey(t, newBox(t, openVault(t, v)))
			ciphertext, err := key.Encrypt(label, []byte("swordfish"))
			if err != nil {
				t.Fatal(err)
			}
			plaintext, err := openKey(t, newBox(t, openVault(t, v)), org, wrapped).Decrypt(label, ciphertext)
			if err != nil || string(plaintext) != "swordfish" {
				t.Errorf("plaintext = %q, error = %v", plaintext, err)
			}
			if !bytes.Contains(wrapped, []byte(vaultURL+"/"+v.versions[0].id)) {
				t.Error("the wrapped key does not name the version that wrapped it")
			}
		})
	}
}

func TestVaultIsAskedOnceForAnOrganization(t *testing.T) {
	t.Parallel()
	v := newKeyVault(t, "RSA")
	box := newBox(t, openVault(t, v))
	org, wrapped, _ := newKey(t, box)
	openKey(t, box, org, wrapped)
	openKey(t, box, org, wrapped)
	if got := strings.Join(v.asked, " "); got != "get wrapkey unwrapkey" {
		t.Errorf("the vault was asked to %s", got)
	}
}

func TestVaultedKeyOpensForItsOrganizationOnly(t *testing.T) {
	t.Parallel()
	box := newBox(t, openVault(t, newKeyVault(t, "RSA")))
	_, wrapped, _ := newKey(t, box)
	if _, err := box.Open(t.Context(), tenants.NewID(), wrapped); err == nil {
		t.Error("another organization opened it")
	}
}

func TestVaultedKeyOfAnotherVersionsNameIsRefused(t *testing.T) {
	t.Parallel()
	v := newKeyVault(t, "oct-HSM")
	box := newBox(t, openVault(t, v))
	org, wrapped, _ := newKey(t, box)
	v.rotate(t)
	v.versions[1].aes = v.versions[0].aes // unwraps as well as the first
	renamed := bytes.Replace(wrapped, []byte(v.versions[0].id), []byte(v.versions[1].id), 1)
	if _, err := box.Open(t.Context(), org, renamed); err == nil {
		t.Error("a key under another version's name opened")
	}
}

func TestAlteredVaultedKeyIsRefused(t *testing.T) {
	t.Parallel()
	box := newBox(t, openVault(t, newKeyVault(t, "oct-HSM")))
	org, wrapped, _ := newKey(t, box)
	for i := range wrapped {
		altered := bytes.Clone(wrapped)
		altered[i] ^= 1
		if _, err := box.Open(t.Context(), org, altered); err == nil {
			t.Errorf("byte %d altered, and opened", i)
		}
	}
	for length := range len(wrapped) {
		if _, err := box.Open(t.Context(), org, wrapped[:length]); err == nil {
			t.Errorf("cut to %d bytes, and opened", length)
		}
	}
}

func TestRowCannotSendUsToAnotherVault(t *testing.T) {
	t.Parallel()
	v := newKeyVault(t, "RSA")
	kek := openVault(t, v)
	w, err := kek.Wrap(t.Context(), make([]byte, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	before := len(v.asked)
	for _, version := range []string{
		strings.Replace(w.Version, "contoso.", "fabrikam.", 1), strings.Replace(w.Version, "/kek/", "/other/", 1), vaultURL,
		"https://evil.example/keys/kek/" + v.versions[0].id, "local:0011223344556677", "",
	} {
		if _, err := kek.Unwrap(t.Context(), secrets.Wrapped{Version: version, Ciphertext: w.Ciphertext}, nil); err == nil || !strings.Contains(err.Error(), "not configured") {
			t.Errorf("%s: %v", version, err)
		}
	}
	if len(v.asked) != before {
		t.Errorf("the vault was asked to %v", v.asked[before:])
	}
}

func TestNewVersionIsFollowedAndOldOnesStillUnwrap(t *testing.T) {
	t.Parallel()
	v := newKeyVault(t, "RSA")
	running := newBox(t, openVault(t, v))
	org, wrapped, key := newKey(t, running)
	ciphertext, err := key.Encrypt(label, []byte("swordfish"))
	if err != nil {
		t.Fatal(err)
	}
	v.rotate(t)
	_, second, _ := newKey(t, running)
	if !bytes.Contains(second, []byte(v.versions[1].id)) {
		t.Error("a process that runs does not follow the key's new version")
	}
	fresh := newBox(t, openVault(t, v))
	rewrapped, err := fresh.Rewrap(t.Context(), org, wrapped)
	if err != nil || !bytes.Contains(rewrapped, []byte(v.versions[1].id)) {
		t.Fatalf("rewrapped = %q, error = %v", rewrapped, err)
	}
	v.versions = v.versions[1:] // the old version is gone for good
	if plaintext, err := openKey(t, fresh, org, rewrapped).Decrypt(label, ciphertext); err != nil || string(plaintext) != "swordfish" {
		t.Errorf("plaintext = %q, error = %v", plaintext, err)
	}
	if _, err := fresh.Open(t.Context(), org, wrapped); err == nil || fault.KindOf(err) == fault.Unavailable {
		t.Errorf("a version that is gone: %v", err)
	}
}

func TestPinnedVersionStays(t *testing.T) {
	t.Parallel()
	v := newKeyVault(t, "RSA")
	o := vaultOptions(t, v)
	o.Key = parseKey(t, vaultURL+"/"+v.versions[0].id)
	kek, err := secrets.OpenVaultKEK(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	v.rotate(t)
	if w, err := kek.Wrap(t.Context(), make([]byte, 32), nil); err != nil || w.Version != o.Key.String() || kek.Current() != w.Version {
		t.Errorf("wrapped under %s, current is %s, %v", w.Version, kek.Current(), err)
	}
}

func TestVaultThatCannotBeAskedIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		spoil func(*keyVault)
		kind  fault.Kind
		word  string
		again time.Duration
	}{
		"no permission":       {func(v *keyVault) { v.forbidden = true }, fault.Unavailable, "Key Vault Crypto Service Encryption User", 0},
		"the key is disabled": {func(v *keyVault) { v.disabled = true }, fault.Unavailable, "enable the key", 0},
		"too many requests":   {func(v *keyVault) { v.throttled = 1 }, fault.Unavailable, "Throttled", 7 * time.Second},
		"the key is gone":     {func(v *keyVault) { v.deleted = true }, fault.Internal, "recover it", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newKeyVault(t, "oct-HSM")
			box := newBox(t, openVault(t, v))
			org, wrapped, _ := newKey(t, box)
			box.Forget(org)
			row.spoil(v)
			_, err := box.Open(t.Context(), org, wrapped)
			if err == nil || fault.KindOf(err) != row.kind || !strings.Contains(err.Error(), row.word) || fault.RetryAfter(err) != row.again {
				t.Errorf("%v (%v, again after %s)", err, fault.KindOf(err), fault.RetryAfter(err))
			}
			if strings.Contains(fault.Public(err), "vault.azure.net") {
				t.Errorf("callers are told of the vault: %s", fault.Public(err))
			}
		})
	}
}

func TestVaultThatRecoversServesAgain(t *testing.T) {
	t.Parallel()
	v := newKeyVault(t, "oct-HSM")
	box := newBox(t, openVault(t, v))
	org, wrapped, _ := newKey(t, box)
	box.Forget(org)
	v.throttled = 1
	if _, err := box.Open(t.Context(), org, wrapped); err == nil {
		t.Fatal("opened although the vault refused")
	}
	openKey(t, box, org, wrapped)
}

func TestVaultKEKOpensOnlyUsableKeys(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		kind  string
		spoil func(*keyVault, *secrets.VaultOptions)
		word  string
	}{
		"an elliptic curve":       {"EC", func(*keyVault, *secrets.VaultOptions) {}, "cannot wrap keys"},
		"a disabled key":          {"oct-HSM", func(v *keyVault, _ *secrets.VaultOptions) { v.disabled = true }, "enable it"},
		"no such key":             {"oct-HSM", func(v *keyVault, _ *secrets.VaultOptions) { v.deleted = true }, "no such key"},
		"an answer about another": {"oct-HSM", func(v *keyVault, _ *secrets.VaultOptions) { v.answering = "fabrikam.vault.azure.net" }, "about another key"},
		"a challenge of another cloud": {"oct-HSM", func(_ *keyVault, o *secrets.VaultOptions) {
			k, _ := vaultkey.Parse("https://contoso.vault.azure.cn/keys/kek")
			o.Key = k
		}, "doesn't match"},
		"nobody who vouches for us": {"oct-HSM", func(_ *keyVault, o *secrets.VaultOptions) {
			o.Credential = vaultCredential{errors.New("no identity")}
		}, "no identity"},
		"no credential": {"oct-HSM", func(_ *keyVault, o *secrets.VaultOptions) { o.Credential = nil }, "required"},
		"no key":        {"oct-HSM", func(_ *keyVault, o *secrets.VaultOptions) { o.Key = vaultkey.Key{} }, "required"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newKeyVault(t, row.kind)
			o := vaultOptions(t, v)
			row.spoil(v, &o)
			if _, err := secrets.OpenVaultKEK(t.Context(), o); err == nil || !strings.Contains(err.Error(), row.word) {
				t.Errorf("error = %v, want one that says %q", err, row.word)
			}
		})
	}
}

func TestAnswerAboutAnotherKeyIsNotWrappedWith(t *testing.T) {
	t.Parallel()
	v := newKeyVault(t, "oct-HSM")
	kek := openVault(t, v)
	v.answering = "fabrikam.vault.azure.net"
	if _, err := kek.Wrap(t.Context(), make([]byte, 32), nil); err == nil {
		t.Error("wrapped under another vault's name")
	}
}

func TestMovingToAVaultKeepsWhatWasEncrypted(t *testing.T) {
	t.Parallel()
	org, wrapped, key := newKey(t, newBox(t, localKEK(t, 1)))
	ciphertext, err := key.Encrypt(label, []byte("swordfish"))
	if err != nil {
		t.Fatal(err)
	}
	v := newKeyVault(t, "RSA")
	vault := openVault(t, v)
	moving := newBox(t, secrets.WithPrevious(vault, localKEK(t, 2, 1)))
	openKey(t, moving, org, wrapped)
	rewrapped, err := moving.Rewrap(t.Context(), org, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	plaintext, err := openKey(t, newBox(t, vault), org, rewrapped).Decrypt(label, ciphertext)
	if err != nil || string(plaintext) != "swordfish" {
		t.Errorf("plaintext = %q, error = %v", plaintext, err)
	}
	old, err := secrets.NewVault(vaultOptions(t, v))
	if err != nil {
		t.Fatal(err)
	}
	back := newBox(t, secrets.WithPrevious(localKEK(t, 3), old))
	if plaintext, err := openKey(t, back, org, rewrapped).Decrypt(label, ciphertext); err != nil || string(plaintext) != "swordfish" {
		t.Errorf("back again: plaintext = %q, error = %v", plaintext, err)
	}
	if _, err := newBox(t, localKEK(t, 3)).Open(t.Context(), org, rewrapped); err == nil || !strings.Contains(err.Error(), "not configured") {
		t.Errorf("without the previous one: %v", err)
	}
}
