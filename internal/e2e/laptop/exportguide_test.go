package laptop_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"gatehouse/internal/sinks/sinkstest"
)

// TestLinesAboutExportsToAStoreWorkAsPrinted types the blocks of that section of
// docs/audit.md, with a bucket of its own as the sink.
func TestLinesAboutExportsToAStoreWorkAsPrinted(t *testing.T) {
	t.Parallel()
	bucket := sinkstest.NewS3(t)
	carol := blocksOf(section(t, "docs/clients.md", "## Approve an app"))[:1]
	shared.typeAll(t, append(carol, blocksOf(section(t, "docs/siem.md", "## Add sinks"))[1],
		`api POST /organizations/contoso/sinks -d '{"name": "vault", "kind": "storage", "url": "`+bucket.URL+`/logs", "keyId": "`+sinkstest.KeyID+`", "region": "eu-central-1", "checkpoints": true}'
api PUT /organizations/contoso/sinks/vault/credential -H "If-Match: $(etag /organizations/contoso/sinks/vault)" -d '{"secret": "secret"}'`))
	lines := blocksOf(section(t, "docs/audit.md", "## With the management API"))[:1]
	for _, block := range blocksOf(section(t, "docs/audit.md", "## Have an export brought to a store")) {
		lines = append(lines, strings.ReplaceAll(block, `"archive"`, `"vault"`))
	}
	said := shared.typeAll(t, lines)
	holds(t, said, [][]string{{}, {`"state":"done"`, `"percent":100`, `"object":{"name":"exports/`, `"sha256":"`}, {`"name":"monthly"`, `"every":"month"`, `"items":[{`, `"madeBy":"Dan`}})
	for _, name := range bucket.Names() {
		sum := sha256.Sum256(bucket.Object(name))
		if strings.HasPrefix(name, "/logs/exports/") && strings.Contains(said[1], hex.EncodeToString(sum[:])) {
			return
		}
	}
	t.Errorf("what is said to have arrived is not there: %v\n%s", bucket.Names(), said[1])
}
