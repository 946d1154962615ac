package notify_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/notify"
)

// attempt is what a receiver is asked to judge.
type attempt struct {
	Secret  string
	Headers map[string]string
	Body    string
	Now     int64 // seconds
}

// attempts are a request of ours, and what others made of it. The first two are
// ours.
func attempts(t *testing.T) []attempt {
	t.Helper()
	url, got := receiver(t, http.StatusOK, nil)
	secret := notify.NewSecret()
	must(t, newSender(t, options(t)).Post(t.Context(), notify.Webhook{URL: url, Shape: notify.Plain, Secret: secret}, expiring()))
	r := <-got
	names := []string{"webhook-id", "webhook-timestamp", "webhook-signature"}
	genuine := func() attempt {
		a := attempt{secret, map[string]string{}, string(r.body), noon.Unix()}
		for _, name := range names {
			a.Headers[name] = r.header.Get(name)
		}
		return a
	}
	all := []attempt{genuine(), genuine()}
	all[1].Headers["webhook-signature"] = "v1a,other v1,AAAA " + all[1].Headers["webhook-signature"]
	change := func(how func(*attempt)) {
		a := genuine()
		how(&a)
		all = append(all, a)
	}
	change(func(a *attempt) { a.Body = strings.Replace(a.Body, "7 days", "9 days", 1) })
	change(func(a *attempt) { a.Secret = notify.NewSecret() })
	change(func(a *attempt) { a.Headers["webhook-id"] += "x" })
	change(func(a *attempt) { a.Headers["webhook-timestamp"] = fmt.Sprint(noon.Unix() + 1) })
	change(func(a *attempt) { a.Now += 301 })
	change(func(a *attempt) { a.Now -= 301 })
	change(func(a *attempt) { a.Headers["webhook-signature"] = "v1," })
	for _, name := range names {
		change(func(a *attempt) { a.Headers = maps.Clone(a.Headers); delete(a.Headers, name) })
	}
	return all
}

// snippet is what the page has in a language.
func snippet(t *testing.T, language string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/notifications.md")
	must(t, err)
	_, rest, found := strings.Cut(string(page), "```"+language+"\n")
	code, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("the page has no lines in %s", language)
	}
	return code
}

const driverOfGo = `package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	var all []struct {
		Secret, Body string
		Headers      map[string]string
		Now          int64
	}
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		panic(err)
	}
	for _, a := range all {
		header := http.Header{}
		for name, value := range a.Headers {
			header.Set(name, value)
		}
		fmt.Println(verified(a.Secret, header, []byte(a.Body), time.Unix(a.Now, 0)))
	}
}

`

const driverOfNode = `
import { readFileSync } from "node:fs";
for (const a of JSON.parse(readFileSync(0))) console.log(verified(a.Secret, a.Headers, Buffer.from(a.Body), a.Now * 1000));
`

func TestDocumentedLinesVerify(t *testing.T) {
	t.Parallel()
	for language, c := range map[string]struct {
		file, content string
		command       []string
	}{
		"js": {"verify.mjs", snippet(t, "js") + driverOfNode, []string{"node", "verify.mjs"}},
		"go": {"main.go", driverOfGo + snippet(t, "go"), []string{"go", "run", "main.go"}},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, c.file), []byte(c.content), 0o600))
			all := attempts(t)
			given, err := json.Marshal(all)
			must(t, err)
			cmd := exec.CommandContext(t.Context(), c.command[0], c.command[1:]...)
			cmd.Dir, cmd.Stdin, cmd.Stderr = dir, strings.NewReader(string(given)), os.Stderr
			out, err := cmd.Output()
			must(t, err)
			said := strings.Fields(string(out))
			if len(said) != len(all) {
				t.Fatalf("%d answers to %d requests: %s", len(said), len(all), out)
			}
			for i, answer := range said {
				if want := fmt.Sprint(i < 2); answer != want {
					t.Errorf("request %d: %s, want %s: %+v", i, answer, want, all[i])
				}
			}
		})
	}
}
