package laptop_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// alone is a running gatehouse-dev emulator.
type alone struct {
	entra, graph string
	table        string // what it prints for people
	warnings     string // what it prints on standard error before it is ready
}

// startAlone runs the emulator on free ports until the test ends, which has to
// stop it in time and without an error.
func startAlone(t *testing.T, flags ...string) alone {
	t.Helper()
	cmd := exec.Command(filepath.Join(shared.dir, "gatehouse-dev"), append([]string{"emulator", "--entra", "localhost:0", "--graph", "localhost:0"}, flags...)...)
	// A file, and not a pipe, holds what was said before the ready line by the
	// time that line is read.
	said, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir, cmd.Stderr = root(t), said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ready := make(chan string, 1)
	go func() {
		var table strings.Builder
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			table.WriteString(lines.Text() + "\n")
			if strings.HasPrefix(lines.Text(), "Stop with") {
				ready <- table.String()
			}
		}
		_, _ = io.Copy(io.Discard, out)
		ended <- cmd.Wait()
	}()
	t.Cleanup(func() {
		defer func() {
			t.Log(logged(t, said), said.Close())
		}()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("it stopped with %v", err)
			}
		case <-time.After(stopLimit):
			t.Errorf("it has not stopped after %s: %v", stopLimit, cmd.Process.Kill())
		}
	})
	select {
	case table := <-ready:
		words := strings.Fields(strings.SplitN(table, "\n", 2)[0])
		if len(words) != 4 || words[0] != "emulator:" || words[1] != "ready" {
			t.Fatalf("the first line is %q", words)
		}
		return alone{entra: words[2], graph: words[3], table: table, warnings: logged(t, said)}
	case <-time.After(startLimit):
		t.Fatalf("it is not ready after %s", startLimit)
		return alone{}
	}
}

// logged is what a process has written to a file so far.
func logged(t *testing.T, file *os.File) string {
	t.Helper()
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// trusting is a client to whom the certificate in a file is all there is to trust.
func trusting(t *testing.T, file string) *http.Client {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatalf("%s holds no certificate", file)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

const example = "examples/emulator/tenants.yaml"

// aliceToken asks for a token as the example's Alice.
func (a alone) aliceToken(t *testing.T, client *http.Client) string {
	t.Helper()
	return password(t, client, a.entra+"/contoso.example", url.Values{
		"client_id": {"04b07795-8ddb-461a-bbee-02f9e1bf7b46"}, "scope": {"https://api.contoso.example/access_as_user"},
		"username": {"alice@contoso.example"}, "password": {"alice-demo"},
	})
}

// password uses the password grant at a tenant's URL.
func password(t *testing.T, client *http.Client, tenant string, form url.Values) string {
	t.Helper()
	form.Set("grant_type", "password")
	resp, err := client.PostForm(tenant+"/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("no token: %s %v", answer.Description, err)
	}
	return answer.AccessToken
}

func TestEmulatorAloneAnswersWithTheTenantsOfAFile(t *testing.T) {
	t.Parallel()
	a := startAlone(t, "--config", example, "--token", "steer")
	if !strings.HasPrefix(a.entra, "http://localhost:") || !strings.HasPrefix(a.graph, "http://localhost:") {
		t.Errorf("it is at %s and %s", a.entra, a.graph)
	}
	a.aliceToken(t, http.DefaultClient)
	for _, part := range []string{
		"Control token", "steer", "alice@contoso.example", "alice-demo", "4f0f2f5e-3f0b-4d6b-9a55-5d6f3f1f7a01",
		"export IDENTITY_ENDPOINT=" + a.entra + "/_identity/msi/token IDENTITY_HEADER=steer\n",
	} {
		if !strings.Contains(a.table, part) {
			t.Errorf("the table does not say %q:\n%s", part, a.table)
		}
	}
	if strings.Contains(a.table, "AZURE_AUTHORITY_HOST") {
		t.Errorf("without https the table names an authority that Azure's libraries refuse:\n%s", a.table)
	}
	if status := a.steer(t, http.MethodGet, "/journal", ""); status != http.StatusOK {
		t.Errorf("its token opens the journal with %d", status)
	}
}

// steer sends a command with the control token "steer".
func (a alone) steer(t *testing.T, method, path, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.entra+"/_control"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer steer")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestEmulatorAlonePrintsTheIDsThatSteerIt(t *testing.T) {
	t.Parallel()
	a := startAlone(t, "--config", example, "--token", "steer")
	id := func(name string) string {
		_, rest, found := strings.Cut(a.table, "\n  "+name+" ")
		if !found {
			t.Fatalf("the table has no line of %s:\n%s", name, a.table)
		}
		return strings.Fields(rest)[0]
	}
	if status := a.steer(t, http.MethodPost, "/users/"+id("alice@contoso.example"), `{"enabled":false}`); status != http.StatusNoContent {
		t.Errorf("the object id beside alice disables her with %d", status)
	}
	if status := a.steer(t, http.MethodPost, "/ca", `{"tid":"contoso.example","rule":{"id":"`+id("policy MFA for finance")+`"},"remove":true}`); status != http.StatusNoContent {
		t.Errorf("the id beside the policy takes it away with %d", status)
	}
}

func TestEmulatorAloneWarnsOfKeysThatFollowFromAText(t *testing.T) {
	t.Parallel()
	if a := startAlone(t, "--config", example); a.warnings != "" {
		t.Errorf("without entropy it warns:\n%s", a.warnings)
	}
	if a := startAlone(t, "--config", example, "--entropy", "x"); !strings.Contains(a.warnings, "forge tokens") {
		t.Errorf("with entropy it says %q", a.warnings)
	}
}

func TestEmulatorAloneSpeaksTLSToWhoTrustsIt(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data of mine")
	a := startAlone(t, "--config", example, "--tls", "--data", data)
	ca := filepath.Join(data, "ca.pem")
	if !strings.HasPrefix(a.entra, "https://localhost:") || !strings.HasPrefix(a.graph, "https://localhost:") {
		t.Errorf("it is at %s and %s", a.entra, a.graph)
	}
	a.aliceToken(t, trusting(t, ca))
	if resp, err := http.Get(a.entra); err == nil {
		_ = resp.Body.Close()
		t.Error("who trusts the system only gets an answer")
	}
	for _, want := range []string{
		"export AZURE_AUTHORITY_HOST=" + a.entra + "/\n", "export SSL_CERT_FILE='" + ca + "' REQUESTS_CA_BUNDLE='" + ca + "' NODE_EXTRA_CA_CERTS='" + ca + "'\n",
	} {
		if !strings.Contains(a.table, want) {
			t.Errorf("the table does not say %q:\n%s", want, a.table)
		}
	}
	var files []string
	for _, name := range []string{"ca.pem", "ca-key.pem"} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, info.Mode().Perm().String())
	}
	if strings.Join(files, " ") != "-rw-r--r-- -rw-------" {
		t.Errorf("files have the modes %v", files)
	}
}

func TestEmulatorAloneHasTheCastWithoutAFile(t *testing.T) {
	t.Parallel()
	a := startAlone(t)
	password(t, http.DefaultClient, a.entra+"/fabrikam.example", url.Values{
		"client_id": {"aebc6443-996d-45c2-90f0-388ff96faa56"}, "scope": {"http://localhost:8080/t/fabrikam/mcp/access_as_user"},
		"username": {"frank@fabrikam.example"}, "password": {"frank-demo"},
	})
	printed, err := command(t, "gatehouse-dev", "emulator", "--print-cast").Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cast.yaml")
	if err := os.WriteFile(file, printed, 0o600); err != nil {
		t.Fatal(err)
	}
	if b := startAlone(t, "--config", file); table(b) != table(a) {
		t.Errorf("the cast as a file is\n%s\nwant\n%s", b.table, a.table)
	}
}

// table is what is said about tenants, without addresses and tokens.
func table(a alone) string {
	_, tenants, _ := strings.Cut(a.table, "\nContoso ")
	tenants, _, _ = strings.Cut(tenants, "\nAzure's libraries ")
	return tenants
}

func TestEmulatorAloneRefusesAddressesThatOthersReach(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--entra", "--graph"} {
		timed, cancel := context.WithTimeout(t.Context(), 20*time.Second) // one that is not refused runs on
		cmd := exec.CommandContext(timed, filepath.Join(shared.dir, "gatehouse-dev"), "emulator", "--entra", "localhost:0", "--graph", "localhost:0", flag, "0.0.0.0:0")
		out, err := cmd.CombinedOutput()
		cancel()
		if err == nil || !strings.Contains(string(out), "not on this machine") || !strings.Contains(string(out), "sign in as anybody") {
			t.Errorf("%s 0.0.0.0: %v %s", flag, err, out)
		}
	}
}

func TestEmulatorAloneAnswersToAnyNameWhenForced(t *testing.T) {
	t.Parallel()
	a := startAlone(t, "--config", example, "--force-address")
	if !strings.Contains(a.warnings, "other machines may reach this emulator") {
		t.Errorf("it warns of %q", a.warnings)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.entra+"/contoso.example/v2.0/.well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "emulator.example"
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("under another name it answers %d", resp.StatusCode)
	}
}

func TestBrokenTenantsAreShownWithTheirLines(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(file, []byte("tenants:\n  - name: Contoso\n    user: []\n    users:\n      - username: alice\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "gatehouse-dev", "emulator", "--config", file)
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("it ended with %v", err)
	}
	want := "gatehouse-dev: the tenants are not usable:\n" +
		file + ":3: tenants[0].user: is unknown; did you mean users?\n" +
		file + ":5: tenants[0].users[0].password: is empty; set it, or guest for somebody from elsewhere\n"
	if string(out) != want {
		t.Errorf("it says\n%swant\n%s", out, want)
	}
}

// TestEmulatorsLinesWorkAsPrinted types the blocks of docs/emulator.md that start
// and steer it into a shell, with nothing changed but ports and directories.
func TestEmulatorsLinesWorkAsPrinted(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root(t), "docs", "emulator.md"))
	if err != nil {
		t.Fatal(err)
	}
	section := ""
	for _, title := range []string{"Start it", "Steer it"} {
		_, text, found := strings.Cut(string(page), "\n## "+title+"\n")
		if !found {
			t.Fatalf("docs/emulator.md has no section %q", title)
		}
		text, _, _ = strings.Cut(text, "\n## ")
		section += text
	}
	data := t.TempDir()
	plain, secure := startAlone(t, "--config", example, "--token", "steer"), startAlone(t, "--config", example, "--tls", "--data", data)
	lines := strings.NewReplacer("http://localhost:8081", plain.entra, "https://localhost:8081", secure.entra, ".dev/ca.pem", filepath.Join(data, "ca.pem"))
	var said []string
	for _, b := range block.FindAllStringSubmatch(section, -1) {
		if strings.HasPrefix(b[1], "go run ./cmd/gatehouse-dev emulator --config "+example) {
			continue // running already
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", lines.Replace(b[1]))
		cmd.Dir = root(t)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", b[1], err, out)
		}
		said = append(said, string(out))
	}
	if len(said) != 3 || !strings.Contains(said[0], `"access_token":"`) || !strings.Contains(said[1], `"issuer":"`+secure.entra) || said[2] != "204\n204\n204\n" {
		t.Errorf("the lines say %q", said)
	}
}
