package sources_test

import (
	"strings"
	"testing"

	"gatehouse/internal/sources"
	"gatehouse/internal/tools"
	"gatehouse/internal/tools/upstream"
)

// TestOfTwoThatHaveOneNameNeitherIsServed: a call would not say which it means.
func TestOfTwoThatHaveOneNameNeitherIsServed(t *testing.T) {
	t.Parallel()
	tool := func(hash byte) tools.Offer {
		return tools.Offer{Kind: tools.KindTool, Name: "search", Hash: tools.Hash{hash}}
	}
	bad := []upstream.Unusable{{Kind: tools.KindTool, Name: "search", Reason: "its schema is none"}}
	for name, row := range map[string]struct {
		said   upstream.Offering
		reason string
	}{
		"two that differ":       {upstream.Offering{Offers: []tools.Offer{tool(1), tool(2), tool(1)}}, "offers this name twice"},
		"the same on two pages": {upstream.Offering{Offers: []tools.Offer{tool(1), tool(1)}}, ""},
		"one of no use":         {upstream.Offering{Offers: []tools.Offer{tool(1)}, Unusable: bad}, "offers this name twice"},
		"of no use twice":       {upstream.Offering{Unusable: append(bad, bad...)}, "its schema is none"},
		"of another kind":       {upstream.Offering{Offers: []tools.Offer{tool(1), {Kind: tools.KindPrompt, Name: "search", Hash: tools.Hash{2}}}}, ""},
	} {
		for _, k := range sources.KeptOf(row.said) {
			if (row.reason == "") != (k.Unusable == "") || !strings.Contains(k.Unusable, row.reason) {
				t.Errorf("%s: %s %s is unusable because %q", name, k.Kind, k.Name, k.Unusable)
			}
		}
		if n := len(sources.KeptOf(row.said)); n != 1 && name != "of another kind" {
			t.Errorf("%s: %d are kept", name, n)
		}
	}
}
