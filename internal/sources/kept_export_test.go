package sources

import "gatehouse/internal/tools/upstream"

// KeptOf returns an offering as it is to be stored.
func KeptOf(o upstream.Offering) []Kept { return kept(offering{Offering: o}) }
