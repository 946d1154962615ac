package laptop_test

import "testing"

// TestLinesAboutEventsAndThePlatformsLogWorkAsPrinted types those blocks of docs/siem.md
// after the ones by which its reader becomes Carol. The platform's log begins within a
// minute after the first record is sealed.
func TestLinesAboutEventsAndThePlatformsLogWorkAsPrinted(t *testing.T) {
	t.Parallel()
	begin := blocksOf(section(t, "docs/clients.md", "## Approve an app"))[:1]
	events := blocksOf(section(t, "docs/siem.md", "## What arrives"))
	platform := blocksOf(section(t, "docs/siem.md", "## The platform's own log"))
	platform[0] = "cd $(mktemp -d)\nuntil curl -sf $GATEHOUSE_URL/platform/checkpoint > /dev/null; do sleep 1; done\n" + platform[0] + "cat platform.txt\n"
	holds(t, shared.typeAll(t, append(append(begin, events...), platform...)), [][]string{
		{},
		{`"name":"lake"`, `"format":"ocsf"`},
		{"/platform/log"},
	})
}
