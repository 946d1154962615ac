package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"gatehouse/internal/onboarding/aztest"
)

// graphHosts are Microsoft Graph in all clouds; the emulator is all of them.
var graphHosts = []string{"graph.microsoft.com", "graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}

// rest is "az rest": one request with the signed-in person's token. A refusal is
// az's sentence, the reason and the body in parentheses.
func rest(rig aztest.Rig, args []string, out io.Writer) error {
	o, err := options(args)
	if err != nil {
		return err
	}
	req, err := request(rig, o)
	if err != nil {
		return err
	}
	token, err := signIn(rig)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	status, text, err := send(req)
	if err != nil {
		return err
	}
	if status >= http.StatusBadRequest {
		return fmt.Errorf("%s(%s)", http.StatusText(status), text)
	}
	if len(text) == 0 {
		return nil
	}
	var answer any
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	return show(answer, o, out)
}

func request(rig aztest.Rig, o map[string][]string) (*http.Request, error) {
	if len(o["--url"]) == 0 {
		return nil, fmt.Errorf("the following arguments are required: --url/--uri/-u")
	}
	at, err := url.Parse(o["--url"][0])
	if err != nil {
		return nil, err
	}
	if at.Scheme != "https" || !slices.Contains(graphHosts, at.Host) {
		return nil, fmt.Errorf("can't derive appropriate Azure AD resource from --url to acquire an access token: %s", at.Host)
	}
	body, err := content(o)
	if err != nil {
		return nil, err
	}
	method := http.MethodGet
	if len(o["--method"]) > 0 {
		method = strings.ToUpper(o["--method"][0])
	}
	req, err := http.NewRequestWithContext(context.Background(), method, rig.Graph+at.RequestURI(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, header := range o["--headers"] {
		name, value, ok := strings.Cut(header, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not in the form of header=value", header)
		}
		req.Header.Set(name, value)
	}
	if body != "" && json.Valid([]byte(body)) && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// content is the body: text, or what lies in the file behind an @.
func content(o map[string][]string) (string, error) {
	if len(o["--body"]) == 0 {
		return "", nil
	}
	text := o["--body"][0]
	if file, ok := strings.CutPrefix(text, "@"); ok {
		read, err := os.ReadFile(file) //nolint:gosec // az reads the file its user names
		return string(read), err
	}
	return text, nil
}

// azureCLI is az's own client id.
const azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// signIn gets the token that "az login" would have left.
func signIn(rig aztest.Rig) (string, error) {
	form := url.Values{
		"grant_type": {"password"}, "client_id": {azureCLI}, "scope": {"https://graph.microsoft.com/.default"},
		"username": {rig.Username}, "password": {rig.Password},
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, rig.Entra+"/"+rig.Tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, text, err := send(req)
	if err != nil {
		return "", err
	}
	var answer struct {
		Token       string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return "", err
	}
	if status != http.StatusOK {
		return "", fmt.Errorf("%s", answer.Description)
	}
	return answer.Token, nil
}

func send(req *http.Request) (int, []byte, error) {
	resp, err := (&http.Client{}).Do(req) //nolint:forbidigo // az is another program and has its own client
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is left to lose
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}
