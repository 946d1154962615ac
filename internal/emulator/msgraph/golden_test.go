package msgraph_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var rewrite = flag.Bool("update", false, "rewrite the golden files")

// mask replaces what differs from run to run.
type mask func(string) string

var changing = regexp.MustCompile(`"(request-id|client-request-id)": "[^"]*"|skiptoken=[A-Za-z0-9_-]+`)

// maskRequest masks ids of requests and tokens.
func maskRequest(text string) string {
	return changing.ReplaceAllStringFunc(text, func(s string) string {
		head, _, _ := strings.Cut(s, ":")
		if strings.HasPrefix(s, "skiptoken") {
			return "skiptoken={opaque}"
		}
		return head + `: "{guid}"`
	})
}

var (
	mailRandom = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	mailSealed = regexp.MustCompile(`(tempauth|skiptoken)=[A-Za-z0-9_-]+`)
	mailFixed  = strings.NewReplacer(nora, "{nora}", omar, "{omar}", rootURL, "{graph}")
)

// maskMailbox masks everything random, and whose mailbox it is.
func maskMailbox(text string) string {
	return mailSealed.ReplaceAllString(mailRandom.ReplaceAllString(mailFixed.Replace(text), "{guid}"), "$1={sealed}")
}

var (
	freshGUID  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	freshToken = regexp.MustCompile(`token=[A-Za-z0-9_-]+`)
)

// maskFresh masks what is made anew, and whose it is.
func maskFresh(text string) string {
	return freshToken.ReplaceAllString(freshGUID.ReplaceAllString(kept.Replace(text), "{guid}"), "token={token}")
}

var kept = strings.NewReplacer(aliceID, "{alice}", bobID, "{bob}", staffID, "{staff}", contosoID, "{contoso}", workerID, "{worker}")

// golden compares an answer with testdata/name.json; testdata/SOURCES.md says
// where each shape comes from.
func (a answer) golden(t *testing.T, name string) {
	t.Helper()
	compareGolden(t, name, a.text, a.mask)
}

// golden compares what an emulator has made.
func golden(t *testing.T, name, text string) {
	t.Helper()
	compareGolden(t, name, text, maskFresh)
}

func compareGolden(t *testing.T, name, text string, masked mask) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(strings.TrimSpace(text)), "", "  "); err != nil {
		t.Fatalf("%s: %v in %q", name, err, text)
	}
	got := masked(pretty.String()) + "\n"
	file := filepath.Join("testdata", name+".json")
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run the test with -update and read what it wrote", err)
	}
	if got != string(want) {
		t.Errorf("%s differs from its golden file:\n got %s\nwant %s", name, got, want)
	}
}
