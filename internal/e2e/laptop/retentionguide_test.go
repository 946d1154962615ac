package laptop_test

import "testing"

// TestLinesAboutHoldsAndErasuresWorkAsPrinted types the blocks of docs/retention.md but the
// first after the one by which their reader becomes Carol, about Dan.
func TestLinesAboutHoldsAndErasuresWorkAsPrinted(t *testing.T) {
	t.Parallel()
	dan := shared.user(t, shared.org(t, "contoso"), "dan").OID
	begin := blocksOf(section(t, "docs/clients.md", "## Approve an app"))[:1]
	holding := blocksOf(section(t, "docs/retention.md", "## Legal hold"))[1:]
	erasing := blocksOf(section(t, "docs/retention.md", "## Erasing a person"))
	erasing[0] = "PERSON=" + dan + "\n" + erasing[0]
	holds(t, shared.typeAll(t, append(append(begin, holding...), erasing...)), [][]string{
		{},
		{`"reason":"Contoso ./. Fabrikam"`, `"until":"2026-03"`},
		{`"state":"asked"`, `"names":["Daniel Contoso-Smith"]`, dan},
	})
}
