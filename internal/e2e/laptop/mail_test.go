package laptop_test

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestMailPrintsWhatCameToTheWebhook(t *testing.T) {
	t.Parallel()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, shared.MailURL+"/hook", strings.NewReader(`{"type":"test"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Webhook-Id", "of this test")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	out, err := exec.CommandContext(t.Context(), filepath.Join(shared.dir, "gatehouse-dev"), "mail", "--data", shared.data()).CombinedOutput()
	if err != nil || resp.StatusCode != http.StatusNoContent || !strings.Contains(string(out), "id of this test\n\n{\"type\":\"test\"}") {
		t.Errorf("status %d, %v: %s", resp.StatusCode, err, out)
	}
}
